"""Cache of the Compare page: shared by all visitors, and never written to."""

import numpy as np
import streamlit as st
import torch
from numpy.typing import NDArray

from ae_models import datasets, inference, metrics
from ui.cache.image_sets import images
from ui.cache.latent import frozen
from ui.cache.models import model, needs_label


@st.cache_resource(max_entries=24, show_spinner=False)
def _errors(dataset: str, name: str, on_disk: bool) -> NDArray[np.float32]:
    shown = images(dataset)
    x = datasets.to_tensor(shown.pixels)
    labels = torch.from_numpy(shown.labels.copy()) if needs_label(dataset, name) else None
    return frozen(metrics.mse(inference.reconstruct(model(dataset, name), x, labels), x)[:, None])


def errors(dataset: str, name: str) -> NDArray[np.float32]:
    """MSE per pixel of every test image, (N,) read-only."""
    return _errors(dataset, name, datasets.on_disk(dataset))[:, 0]
