"""Codes of the test images and what is derived from them, computed once for all visitors.

Arrays are read-only. Keys are names; whether the original images are on disk is part of them.
"""

import numpy as np
import streamlit as st
import torch
from numpy.typing import NDArray
from torch import Tensor

from ae_models import datasets, inference
from ae_models.tasks import projection
from ui.cache.image_sets import images
from ui.cache.models import model, needs_label
from ui.plots import latent_scatter


@st.cache_resource(max_entries=12, show_spinner=False)  # of a wide model, 40 MB
def _codes(dataset: str, name: str, on_disk: bool) -> NDArray[np.float32]:
    shown = images(dataset)
    labels = torch.from_numpy(shown.labels.copy()) if needs_label(dataset, name) else None
    return frozen(inference.encode(model(dataset, name), datasets.to_tensor(shown.pixels), labels))


def codes(dataset: str, name: str) -> NDArray[np.float32]:
    """Codes of the test images, (N, D) read-only; class-conditional models get the label."""
    return _codes(dataset, name, datasets.on_disk(dataset))


@st.cache_resource(max_entries=24, show_spinner=False)
def embedding(dataset: str, name: str) -> NDArray[np.float32] | None:
    """The t-SNE map that ships with a checkpoint, (10000, 2) read-only, or None."""
    return projection.shipped(dataset, name)


@st.cache_resource(max_entries=24, show_spinner=False)
def _principal(dataset: str, name: str, on_disk: bool) -> projection.Principal:
    return projection.principal(codes(dataset, name))


def principal(dataset: str, name: str) -> projection.Principal:
    """Principal directions of the codes of the test images."""
    return _principal(dataset, name, datasets.on_disk(dataset))


@st.cache_resource(max_entries=8, show_spinner=False)
def _decoded_places(dataset: str, name: str, on_disk: bool) -> latent_scatter.Background:
    places = latent_scatter.lattice(codes(dataset, name))
    x_hat = inference.decode(model(dataset, name), torch.from_numpy(places.places()))
    return latent_scatter.background(datasets.to_pixels(x_hat), places)


def decoded_places(dataset: str, name: str) -> latent_scatter.Background:
    """A grid of decoded positions of two-dimensional codes, over the map."""
    return _decoded_places(dataset, name, datasets.on_disk(dataset))


def frozen(tensor: Tensor) -> NDArray[np.float32]:
    """(N, …) as a read-only array (N, D)."""
    array: NDArray[np.float32] = tensor.flatten(1).numpy()
    array.flags.writeable = False
    return array
