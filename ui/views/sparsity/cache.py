"""Caches of the Sparsity page: shared by all visitors, and never written to."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ae_models import datasets, inference
from ae_models.base import HasAtoms
from ae_models.tasks import sparsity
from ui.cache.latent import codes, frozen
from ui.cache.models import model


@st.cache_resource(max_entries=24, show_spinner=False)
def _activity(dataset: str, name: str, on_disk: bool) -> sparsity.Activity:
    return sparsity.activity(codes(dataset, name))


def activity(dataset: str, name: str) -> sparsity.Activity:
    """Activity of the units of a code over the test images."""
    return _activity(dataset, name, datasets.on_disk(dataset))


@st.cache_resource(max_entries=4, show_spinner=False)
def atoms(dataset: str, name: str) -> NDArray[np.float32]:
    """The atoms of a sparse autoencoder's units, (units, 784) read-only."""
    return frozen(inference.require(model(dataset, name), HasAtoms).atoms().cpu())
