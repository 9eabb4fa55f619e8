"""Caches of the page on few labels.

What is cached is shared by all visitors and never written to.
"""

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from torch import nn

from ae_models import datasets
from ae_models.tasks.few_labels import methods
from ui.cache.image_sets import images
from ui.cache.models import model

STANDING_BY = 5_000  # training pictures that a live draw is made from; the gallery has as many
ASKED = 2_000  # test pictures that are asked about live


@st.cache_resource(max_entries=4, show_spinner=False)
def curves(dataset: str) -> methods.Curves:
    """The shipped curves, frozen. Raises `CheckpointError`."""
    return methods.curves(dataset)


@st.cache_resource(max_entries=4, show_spinner=False)
def _standing_by(dataset: str, on_disk: bool) -> datasets.Images:
    pool = methods.pool(images(dataset, "train"))
    decoded = pool.decoded
    return datasets.frozen(pool.pixels[:STANDING_BY], pool.labels[:STANDING_BY], decoded=decoded)


def standing_by(dataset: str) -> datasets.Images:
    """The training pictures from which a live draw is made, read-only."""
    return _standing_by(dataset, datasets.on_disk(dataset))


def asked(dataset: str) -> datasets.Images:
    """The test pictures that are asked about live, read-only."""
    shown = images(dataset)
    return datasets.Images(shown.pixels[:ASKED], shown.labels[:ASKED], shown.decoded)


@st.cache_resource(max_entries=4, show_spinner=False)
def _own_net(dataset: str, name: str) -> nn.Module:
    return methods.model(dataset, name)


def _net(dataset: str, name: str) -> nn.Module:
    """A net that gives codes; those that other pages show are shared with them."""
    return (model if name in methods.CHECKPOINTS else _own_net)(dataset, name)


@st.cache_resource(max_entries=2 * len(methods.FEATURES), show_spinner=False)
def _seen(dataset: str, name: str, on_disk: bool) -> methods.Seen:
    nets = [_net(dataset, part) for part in methods.parts(dataset, name)]
    known, test = (
        methods.features(nets, shown.pixels) for shown in (standing_by(dataset), asked(dataset))
    )
    found = methods.side_by_side(known, test)
    found.known.flags.writeable = found.asked.flags.writeable = False
    return found


@st.cache_resource(max_entries=2 * len(methods.FEATURES), show_spinner=False)
def _joined_up(dataset: str, name: str, on_disk: bool) -> methods.Seen:
    return methods.joined_up(_seen(dataset, name, on_disk))


def drawn(dataset: str, total: int, seed: int, without: tuple[int, ...]) -> NDArray[np.int64]:
    """Which pictures that stand by are labelled; none of the classes `without`. Raises `TooFew`."""
    labels = standing_by(dataset).labels
    rows = methods.draw(labels, total, seed)
    return rows[~np.isin(labels[rows], without)]


@st.cache_data(max_entries=500, ttl=3600, show_spinner=False)
def _told(
    dataset: str,
    way: tuple[str, str],
    total: int,
    seed: int,
    without: tuple[int, ...],
    on_disk: bool,
) -> NDArray[np.int64]:
    head, name = way
    seen = (_joined_up if head in methods.GRAPHS else _seen)(dataset, name, on_disk)
    rows = drawn(dataset, total, seed, without)
    return methods.predict(head, seen, rows, standing_by(dataset).labels[rows])


def told(
    dataset: str, way: tuple[str, str], total: int, seed: int, without: tuple[int, ...]
) -> NDArray[np.int64]:
    """The classes of the `asked` pictures by a head on some features, (ASKED,).

    Raises `TooFew`, and `CheckpointError` where a net is missing.
    """
    return _told(dataset, way, total, seed, without, datasets.on_disk(dataset))
