"""Caches of the Augmentation page."""

import streamlit as st
from torch import nn

from ae_models import data
from ae_models.tasks import data_augmentation


@st.cache_resource(max_entries=4, show_spinner=False)
def curves(dataset: str) -> data_augmentation.Curves:
    """What the study measured, frozen. Raises `CheckpointError`."""
    return data_augmentation.curves(dataset)


@st.cache_resource(max_entries=24, show_spinner=False)
def _learned(dataset: str, size: int, draw: int, on_disk: bool) -> list[nn.Module]:
    return []


def learned(dataset: str, size: int, draw: int) -> list[nn.Module]:
    """Where the small CVAE of a draw is kept: empty until somebody has trained and appended it.

    Training shows its progress, which a cached function cannot.
    """
    return _learned(dataset, size, draw, data.on_disk(dataset))
