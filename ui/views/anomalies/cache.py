"""Caches of the page on anomalies.

What is cached is shared by all visitors and never written to.
"""

from typing import Any, NamedTuple

import numpy as np
import streamlit as st
import torch
from numpy.typing import NDArray

from ae_models import datasets
from ae_models.artifacts import study
from ae_models.tasks.anomaly import baselines
from ae_models.tasks.anomaly import detector as anomaly_detector
from ui.cache.image_sets import images

ASIDE = 1_000  # test pictures of either side, normal and strange
BOTH, REDRAWING, CODE = "autoencoder", "redrawing alone", "code alone"


class Crowd(NamedTuple):
    """Normal and strange test pictures, first the normal ones, with all scores; read-only."""

    pixels: NDArray[np.uint8]  # (N, 28, 28)
    labels: NDArray[np.int64]  # (N,)
    strange: NDArray[np.bool_]  # (N,)
    scores: dict[str, NDArray[np.float32]]  # by way, (N,) each


@st.cache_resource(max_entries=22, show_spinner=False)  # every one there is, 2 MB each
def detector(dataset: str, normal_class: int | None) -> anomaly_detector.Detector:
    """A shared detector. Raises `checkpoint.CheckpointError`."""
    return anomaly_detector.detector(dataset, normal_class)


@st.cache_resource(max_entries=2, show_spinner=False)
def figures(dataset: str) -> study.Study:
    """How the detectors came about, and what was measured. Raises `CheckpointError`."""
    return study.read(dataset, anomaly_detector.NAME)


@st.cache_resource(max_entries=4, show_spinner=False)  # 20 MB each
def _plain(dataset: str, normal_class: int | None, on_disk: bool) -> baselines.Plain:
    training = images(dataset, "train")
    rows = np.arange(len(training.labels))
    if not training.decoded:  # those of the gallery are all from the part that is trained on
        rows, _ = datasets.split_off_validation(len(rows))
    if normal_class is not None:
        rows = rows[training.labels[rows] == normal_class]
    return baselines.fit(datasets.to_tensor(training.pixels[rows[: baselines.MOST]]))


def plain(dataset: str, normal_class: int | None) -> baselines.Plain:
    """What the plain ways know of the training pictures of a kind."""
    return _plain(dataset, normal_class, datasets.on_disk(dataset))


def other(dataset: str) -> str:
    """The other data set."""
    return next(name for name in datasets.DATASETS if name != dataset)


@st.cache_resource(max_entries=24, show_spinner=False)
def _crowd(
    dataset: str, normal_class: int | None, foreign: bool, on_disk: tuple[bool, bool]
) -> Crowd:
    here = images(dataset)
    there = images(other(dataset)) if foreign else here
    kind = slice(None) if normal_class is None else here.labels == normal_class
    apart = slice(None) if foreign else here.labels != normal_class
    pixels = [here.pixels[kind][:ASIDE], there.pixels[apart][:ASIDE]]
    labels = [here.labels[kind][:ASIDE], there.labels[apart][:ASIDE]]
    every = np.concatenate(pixels)
    x = datasets.to_tensor(every)
    marks, known = detector(dataset, normal_class).marks(x), plain(dataset, normal_class)
    tensors = {BOTH: marks.scores, REDRAWING: marks.redrawing, CODE: marks.code}
    tensors |= {name: way(known, x) for name, way in baselines.WAYS.items()}
    found = Crowd(
        every,
        np.concatenate(labels),
        np.arange(len(every)) >= len(pixels[0]),
        {name: scores.numpy() for name, scores in tensors.items()},
    )
    shared: list[NDArray[Any]] = [found.pixels, found.labels, found.strange]
    for array in (*shared, *found.scores.values()):
        array.flags.writeable = False
    return found


def crowd(dataset: str, normal_class: int | None, foreign: bool) -> Crowd:
    """The first ASIDE test pictures of a kind and as many strange ones, with all scores.

    Strange are pictures of the other data set where `foreign`, else of the other classes.
    Raises `checkpoint.CheckpointError`.
    """
    on_disk = datasets.on_disk(dataset), datasets.on_disk(other(dataset))
    return _crowd(dataset, normal_class, foreign, on_disk)


def marks(
    dataset: str, normal_class: int | None, pixels: NDArray[np.uint8]
) -> anomaly_detector.Marks:
    """Of a few pictures (N, 28, 28), live."""
    with torch.no_grad():
        return detector(dataset, normal_class).marks(datasets.to_tensor(pixels))
