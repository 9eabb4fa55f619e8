"""Files on disk and their verification: cards, checkpoints, studies, the bundled gallery."""
