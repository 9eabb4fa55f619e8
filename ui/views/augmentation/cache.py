"""Caches of the Augmentation page."""

import streamlit as st
from torch import nn

from ae_models import datasets
from ae_models.tasks.augmentation import study


@st.cache_resource(max_entries=4, show_spinner=False)
def curves(dataset: str) -> study.Curves:
    """The accuracies of the study, immutable. Raises `CheckpointError`."""
    return study.curves(dataset)


@st.cache_resource(max_entries=24, show_spinner=False)
def _learned(dataset: str, size: int, draw: int, on_disk: bool) -> list[nn.Module]:
    return []


def learned(dataset: str, size: int, draw: int) -> list[nn.Module]:
    """Where the small CVAE of a draw is kept: empty until its training has been appended.

    The training goes through the queue, for which a cached function cannot wait.
    """
    return _learned(dataset, size, draw, datasets.on_disk(dataset))
