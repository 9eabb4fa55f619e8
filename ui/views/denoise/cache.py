"""Caches of the Denoise page: PSNR curves, the segmenter, and the figures of studies.

What is cached is shared by all visitors and never written to.
"""

import numpy as np
import streamlit as st
import torch
from numpy.typing import NDArray

from ae_models import datasets
from ae_models.artifacts import study
from ae_models.artifacts.card import CheckpointError, Figures
from ae_models.networks.segmenter import Segmenter
from ae_models.tasks import segmentation
from ae_models.tasks.restoration import methods
from ui.cache.image_sets import images
from ui.cache.models import model


@st.cache_resource(max_entries=2, show_spinner=False)
def segmenter(dataset: str) -> Segmenter:
    """The shared net for strokes of a data set. Raises `CheckpointError`."""
    return segmentation.load(dataset)


@st.cache_data(max_entries=10, ttl=3600, show_spinner=False)
def _figures(dataset: str, name: str) -> Figures | None:
    return study.read(dataset, name).test


def figures(dataset: str, name: str) -> Figures | None:
    """Test figures of a study, or None where it cannot be read."""
    try:
        return _figures(dataset, name)
    except CheckpointError:
        return None


@st.cache_data(
    max_entries=200,
    ttl=3600,
    show_spinner=False,
    hash_funcs={np.ndarray: lambda array: array.tobytes()},  # the default hashes a sample
)
def psnr_curves(
    dataset: str,
    pixels: NDArray[np.uint8],
    labels: NDArray[np.int64],
    noise: str,
    seed: int,
    names: tuple[str, ...],
    strengths: tuple[float, ...],
) -> dict[str, list[float]]:
    """PSNR in dB against strength of each method on a few images."""
    models = {name: model(dataset, name) for name in names}
    given = torch.from_numpy(labels.copy())  # torch cannot share a read-only array
    return methods.psnr_curve(datasets.to_tensor(pixels), noise, strengths, seed, models, given)


@st.cache_resource(max_entries=8, show_spinner=False)
def noisy_psnr(
    dataset: str, noise: str, strengths: tuple[float, ...], seed: int
) -> NDArray[np.float64]:
    """PSNR in dB of the noisy test pictures themselves, mean over all, (S,) read-only."""
    x = datasets.to_tensor(images(dataset).pixels)
    decibels = np.array(methods.noisy_psnr(x, noise, strengths, seed))
    decibels.flags.writeable = False
    return decibels
