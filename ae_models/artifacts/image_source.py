"""The images of a data set: the original files if complete, else the bundled gallery."""

from ae_models.datasets import Images, Split, on_disk, original


def load(dataset: str, split: Split) -> Images:
    """The original images where all files of both splits are whole, else the gallery's.

    Raises `CheckpointError` where the gallery is missing or damaged too.
    """
    if on_disk(dataset):
        return original(dataset, split)
    from ae_models.artifacts import gallery  # imports torch: only to decode

    return gallery.load(dataset, split)
