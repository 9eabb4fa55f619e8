"""Caches of the Contraction page: shared by all visitors, and never written to."""

import streamlit as st
import torch

from ae_models import datasets
from ae_models.tasks import contraction
from ui.cache.image_sets import images
from ui.cache.latent import codes
from ui.cache.models import model

PERTURBED = 500  # test images over which gains are averaged


@st.cache_data(max_entries=24, show_spinner=False)
def _scales(dataset: str, name: str, on_disk: bool) -> contraction.Scales:
    pixels = datasets.to_tensor(images(dataset).pixels)
    return contraction.Scales(
        contraction.rms_distance(pixels),
        contraction.rms_distance(torch.tensor(codes(dataset, name))),
    )


def scales(dataset: str, name: str) -> contraction.Scales:
    """RMS distances from the mean of the test images and of their codes."""
    return _scales(dataset, name, datasets.on_disk(dataset))


@st.cache_data(max_entries=200, ttl=3600, show_spinner=False)
def _gains(dataset: str, name: str, size: float, seed: int, on_disk: bool) -> dict[str, float]:
    x = datasets.to_tensor(images(dataset).pixels[:PERTURBED])
    return contraction.mean_gains(model(dataset, name), x, size, seed, scales(dataset, name))


def gains(dataset: str, name: str, size: float, seed: int) -> dict[str, float]:
    """Mean gain over the first PERTURBED test images, by kind of perturbation."""
    return _gains(dataset, name, size, seed, datasets.on_disk(dataset))
