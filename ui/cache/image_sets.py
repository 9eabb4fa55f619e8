"""The images of the data sets and their sprite sheets, read once for all visitors.

Arrays are read-only. Whether the original files are on disk is part of each key, so that files
that arrive later are noticed.
"""

import streamlit as st

from ae_models import datasets
from ae_models.artifacts import image_source
from ui.base import sprite_sheets


@st.cache_resource(max_entries=8, show_spinner=False)
def _images(dataset: str, split: datasets.Split, on_disk: bool) -> datasets.Images:
    return image_source.load(dataset, split)


# 47 MB, read in a tenth of a second: of one data set at a time.
@st.cache_resource(max_entries=1, show_spinner=False)
def _original_training_images(dataset: str) -> datasets.Images:
    return image_source.load(dataset, "train")


def images(dataset: str, split: datasets.Split = "test") -> datasets.Images:
    """The images of a split, original or decoded; files that arrive later are noticed."""
    on_disk = datasets.on_disk(dataset)
    if on_disk and split == "train":
        return _original_training_images(dataset)
    return _images(dataset, split, on_disk)


@st.cache_resource(max_entries=4, show_spinner=False)
def _sprites(dataset: str, on_disk: bool) -> str:
    return sprite_sheets.publish(images(dataset).pixels)


def sprites(dataset: str) -> str:
    """The name of the sprite sheet of the test images."""
    return _sprites(dataset, datasets.on_disk(dataset))
