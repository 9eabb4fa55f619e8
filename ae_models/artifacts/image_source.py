"""Where images come from: the original files where they are, else the bundled gallery."""

from ae_models.datasets import DataMissing, Images, Split, original


def load(dataset: str, split: Split) -> Images:
    """The original images where they are on disk, else the gallery's."""
    try:
        return original(dataset, split)
    except DataMissing:
        from ae_models.artifacts import gallery  # imports torch: only to decode

        return gallery.load(dataset, split)
