"""Caches of the page pages/contraction.py: shared by all visitors, and never written to."""

import numpy as np
import streamlit as st
import torch

from ae_models import datasets
from ae_models.tasks import contraction
from ui.cache.image_sets import images
from ui.cache.latent import codes
from ui.cache.models import model

NUDGED = 500  # test pictures that are nudged


@st.cache_data(max_entries=24, show_spinner=False)
def _spreads(dataset: str, name: str, on_disk: bool) -> contraction.Spreads:
    pixels = torch.from_numpy(images(dataset).pixels / np.float32(255))
    return contraction.Spreads(
        contraction.spread(pixels), contraction.spread(torch.tensor(codes(dataset, name)))
    )


def spreads(dataset: str, name: str) -> contraction.Spreads:
    """The units of length among the test pictures and among their codes."""
    return _spreads(dataset, name, datasets.on_disk(dataset))


@st.cache_data(max_entries=200, ttl=3600, show_spinner=False)
def _gains(dataset: str, name: str, size: float, seed: int, on_disk: bool) -> dict[str, float]:
    x = datasets.to_tensor(images(dataset).pixels[:NUDGED])
    shared, units = model(dataset, name), spreads(dataset, name)
    return {
        kind: contraction.gain(shared, x, contraction.nudge(x, kind, size, seed), units)
        .nanmean()
        .item()
        for kind in contraction.NUDGES
    }


def gains(dataset: str, name: str, size: float, seed: int) -> dict[str, float]:
    """Mean gain over the first NUDGED test pictures of each kind of nudge at a size."""
    return _gains(dataset, name, size, seed, datasets.on_disk(dataset))
