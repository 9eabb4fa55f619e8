"""Caches of the Denoise page: the segmenter, and the figures of studies.

As in `ui.cache.shared`: what is cached is shared by all visitors and never written to.
"""

import streamlit as st

from ae_models.artifacts import study
from ae_models.artifacts.card import CheckpointError, Figures
from ae_models.networks.segmenter import Segmenter
from ae_models.tasks import segmentation


@st.cache_resource(max_entries=1, show_spinner=False)
def segmenter() -> Segmenter:
    """The shared net. Raises `CheckpointError`."""
    return segmentation.load()


@st.cache_data(max_entries=10, ttl=3600, show_spinner=False)
def _figures(dataset: str, name: str) -> Figures | None:
    return study.read(dataset, name).test


def figures(dataset: str, name: str) -> Figures | None:
    """Test figures of a study, or None where it cannot be read."""
    try:
        return _figures(dataset, name)
    except CheckpointError:
        return None
