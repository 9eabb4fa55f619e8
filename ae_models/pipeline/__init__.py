"""From recipe to checkpoint: plan, build, evaluate, studies, previews."""
