"""What is on disk, and how it is verified: cards, checkpoints, studies, the bundled gallery."""
