"""Caches of the Few labels page.

What is cached is shared by all visitors and never written to.
"""

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from scipy import sparse
from torch import nn

from ae_models import datasets
from ae_models.tasks.few_labels import methods
from ae_models.tasks.few_labels.label_propagation import WeightedNeighbours
from ui.cache.image_sets import images
from ui.cache.models import model

POOL = 5_000  # training images of a live split; the gallery has as many
QUERIES = 2_000  # test images that are classified live


@st.cache_resource(max_entries=4, show_spinner=False)
def curves(dataset: str) -> methods.Curves:
    """The shipped curves, frozen. Raises `CheckpointError`."""
    return methods.curves(dataset)


@st.cache_resource(max_entries=4, show_spinner=False)
def _pool(dataset: str, on_disk: bool) -> datasets.Images:
    whole = methods.pool(images(dataset, "train"))
    decoded = whole.decoded
    return datasets.frozen(whole.pixels[:POOL].copy(), whole.labels[:POOL].copy(), decoded=decoded)


def pool(dataset: str) -> datasets.Images:
    """The training images of a live split, labelled and unlabelled, read-only."""
    return _pool(dataset, datasets.on_disk(dataset))


def queries(dataset: str) -> datasets.Images:
    """The test images that are classified live, read-only."""
    shown = images(dataset)
    return datasets.Images(shown.pixels[:QUERIES], shown.labels[:QUERIES], shown.decoded)


@st.cache_resource(max_entries=4, show_spinner=False)
def _own_net(dataset: str, name: str) -> nn.Module:
    return methods.model(dataset, name)


def _net(dataset: str, name: str) -> nn.Module:
    """A model that gives codes; those of other pages are shared with them."""
    return (model if name in methods.CHECKPOINTS else _own_net)(dataset, name)


def features(dataset: str, name: str) -> methods.FeatureSplit:
    """Features of the pool and of the queries; pixels, 22 MB, are not kept."""
    if name == methods.PIXELS:
        return _computed(dataset, name)
    return _features(dataset, name, datasets.on_disk(dataset))


@st.cache_resource(max_entries=2 * len(methods.FEATURES), show_spinner=False)
def _features(dataset: str, name: str, on_disk: bool) -> methods.FeatureSplit:
    return _computed(dataset, name)


def _computed(dataset: str, name: str) -> methods.FeatureSplit:
    nets = [_net(dataset, part) for part in methods.parts(dataset, name)]
    train, test = (
        methods.features(nets, each.pixels) for each in (pool(dataset), queries(dataset))
    )
    data = methods.concatenate(train, test)
    data.pool.flags.writeable = data.queries.flags.writeable = False
    return data


@st.cache_resource(max_entries=2 * len(methods.FEATURES), show_spinner=False)
def _graph(
    dataset: str, name: str, on_disk: bool
) -> tuple[sparse.csr_matrix | None, WeightedNeighbours | None]:
    found = methods.with_graph(features(dataset, name))
    return found.graph, found.near


def with_graph(dataset: str, name: str) -> methods.FeatureSplit:
    """The same with the graph that label spreading needs; neither depends on the split."""
    graph, near = _graph(dataset, name, datasets.on_disk(dataset))
    return features(dataset, name)._replace(graph=graph, near=near)


def labelled(dataset: str, total: int, seed: int, without: tuple[int, ...]) -> NDArray[np.int64]:
    """Indices of the labelled images, without the classes `without`. Raises `TooFew`."""
    labels = pool(dataset).labels
    rows = methods.split(labels, total, seed)
    return rows[~np.isin(labels[rows], without)]


@st.cache_data(max_entries=500, ttl=3600, show_spinner=False)
def _predictions(
    dataset: str,
    method: tuple[str, str],
    total: int,
    seed: int,
    without: tuple[int, ...],
    on_disk: bool,
) -> NDArray[np.int64]:
    head, name = method
    data = (with_graph if head in methods.GRAPHS else features)(dataset, name)
    rows = labelled(dataset, total, seed, without)
    return methods.predict(head, data, rows, pool(dataset).labels[rows])


def predictions(
    dataset: str, method: tuple[str, str], total: int, seed: int, without: tuple[int, ...]
) -> NDArray[np.int64]:
    """Predicted classes of the `queries` by a classifier on some features, (QUERIES,).

    Raises `TooFew`, and `CheckpointError` where a net is missing.
    """
    return _predictions(dataset, method, total, seed, without, datasets.on_disk(dataset))
