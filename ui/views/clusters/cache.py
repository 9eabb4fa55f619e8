"""Caches of the Clusters page.

What is cached is shared by all visitors and never written to.
"""

import numpy as np
import streamlit as st
import torch
from numpy.typing import NDArray
from torch import nn

from ae_models import datasets, inference
from ae_models.artifacts import study
from ae_models.artifacts.card import CheckpointError, Figures
from ae_models.tasks.clustering import methods, parametric_umap
from ui.cache.image_sets import images
from ui.cache.latent import codes, frozen

Floats = NDArray[np.float32]
Ids = NDArray[np.int64]


@st.cache_resource(max_entries=2, show_spinner=False)
def net(dataset: str) -> parametric_umap.ParametricUmap:
    """The shipped net. Raises `CheckpointError`."""
    return parametric_umap.load(dataset)


@st.cache_resource(max_entries=2, show_spinner=False)
def encoder(dataset: str) -> nn.Module:
    """The shared model whose code the net embeds. Raises `CheckpointError`."""
    return methods.encoder(dataset)


@st.cache_resource(max_entries=4, show_spinner=False)
def _encoded(dataset: str, on_disk: bool) -> Floats:
    return frozen(inference.encode(encoder(dataset), datasets.to_tensor(images(dataset).pixels)))


def encoded(dataset: str, name: str) -> Floats:
    """Codes of the test images, (N, D) read-only. Raises `CheckpointError`."""
    if name == parametric_umap.INVARIANT:  # ships as a study, not as a checkpoint
        return _encoded(dataset, datasets.on_disk(dataset))
    return codes(dataset, name)


@st.cache_resource(max_entries=4, show_spinner=False)
def _embedded(dataset: str, on_disk: bool) -> tuple[Floats, Floats, Ids]:
    rows = torch.tensor(encoded(dataset, parametric_umap.code_name(dataset)))
    found = parametric_umap.embed(net(dataset), rows)
    assigned: Ids = found.probabilities.argmax(1).numpy()
    assigned.flags.writeable = False
    return frozen(found.embedding), frozen(found.plane), assigned


def embedding(dataset: str) -> Floats:
    """The shipped embedding, (N, DIMENSIONS) read-only. Raises `CheckpointError`."""
    return _embedded(dataset, datasets.on_disk(dataset))[0]


def plane(dataset: str) -> Floats:
    """The two-dimensional map of the test images, (N, 2) read-only. Raises `CheckpointError`."""
    return _embedded(dataset, datasets.on_disk(dataset))[1]


def shipped(dataset: str) -> Ids:
    """The clusters of the test images by the shipped setting, (N,). Raises `CheckpointError`."""
    return _embedded(dataset, datasets.on_disk(dataset))[2]


def vectors(dataset: str, representation: str) -> Floats:
    """The test images as vectors (N, D): pixels, the embedding, or the code of a model.

    Raises `CheckpointError`.
    """
    if representation == methods.PIXELS:
        return datasets.to_tensor(images(dataset).pixels).flatten(1).numpy()
    return embedding(dataset) if representation == methods.MAP else encoded(dataset, representation)


@st.cache_resource(max_entries=60, ttl=3600, show_spinner=False)
def _clusters(
    dataset: str,
    representation: str,
    algorithm: str,
    number: int,
    count: int,
    seed: int,
    on_disk: bool,
) -> Ids:
    rows = vectors(dataset, representation)[:count]
    assigned = methods.cluster(rows, algorithm, number, seed)
    assigned.flags.writeable = False
    return assigned


def clusters(
    dataset: str, representation: str, algorithm: str, number: int, count: int, seed: int
) -> Ids:
    """The clusters of the first `count` test images, (count,) read-only.

    Raises `clustering.CannotCluster` and `CheckpointError`.
    """
    on_disk = datasets.on_disk(dataset)
    return _clusters(dataset, representation, algorithm, number, count, seed, on_disk)


@st.cache_data(max_entries=4, ttl=3600, show_spinner=False)
def _figures(dataset: str) -> Figures | None:
    return study.read(dataset, parametric_umap.NAME).test


def figures(dataset: str) -> Figures | None:
    """The figures of the study on the whole test split, or None where it cannot be read."""
    try:
        return _figures(dataset)
    except CheckpointError:
        return None
