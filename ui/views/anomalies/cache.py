"""Caches of the Anomalies page.

What is cached is shared by all visitors and never written to.
"""

from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ae_models import datasets
from ae_models.artifacts import study
from ae_models.datasets import Images
from ae_models.tasks.anomaly import baselines, evaluation
from ae_models.tasks.anomaly import detector as detectors
from ui.cache.image_sets import images

IMAGES = 1_000  # test images of the normal class, and as many anomalies


@st.cache_resource(max_entries=22, show_spinner=False)  # all detectors, 2 MB each
def detector(dataset: str, normal_class: int | None) -> detectors.Detector:
    """The shared detector of a normal class. Raises `checkpoint.CheckpointError`."""
    return detectors.load(dataset, normal_class)


@st.cache_resource(max_entries=2, show_spinner=False)
def figures(dataset: str) -> study.Study:
    """The study of the detectors: method and figures. Raises `CheckpointError`."""
    return study.read(dataset, detectors.NAME)


@st.cache_resource(max_entries=4, show_spinner=False)  # 5 MB each
def _fitted(dataset: str, normal_class: int | None, on_disk: bool) -> baselines.Baselines:
    training = images(dataset, "train")
    return baselines.fit(baselines.normal_training_images(training, normal_class))


def fitted(dataset: str, normal_class: int | None) -> baselines.Baselines:
    """The baselines, fitted on training images of the normal class."""
    return _fitted(dataset, normal_class, datasets.on_disk(dataset))


def other(dataset: str) -> str:
    """The data set whose images serve as anomalies."""
    return datasets.DATASETS[dataset].out_of_distribution


@st.cache_resource(max_entries=24, show_spinner=False)
def _scored_set(
    dataset: str, normal_class: int | None, foreign: bool, on_disk: tuple[bool, bool]
) -> evaluation.ScoredSet:
    normal, anomalies = evaluation.split_by_class(images(dataset), normal_class)
    if foreign:
        anomalies = images(other(dataset))
    scored = evaluation.score_set(
        detector(dataset, normal_class),
        fitted(dataset, normal_class),
        _first(normal),
        _first(anomalies),
    )
    arrays: list[NDArray[Any]] = [scored.pixels, scored.labels, scored.is_anomaly]
    for array in (*arrays, *scored.scores.values()):
        array.flags.writeable = False
    return scored


def scored_set(dataset: str, normal_class: int | None, foreign: bool) -> evaluation.ScoredSet:
    """The first IMAGES test images of the normal class and as many anomalies, with all scores.

    Anomalies are images of the other data set where `foreign`, else of the other classes.
    Raises `checkpoint.CheckpointError`.
    """
    on_disk = datasets.on_disk(dataset), datasets.on_disk(other(dataset))
    return _scored_set(dataset, normal_class, foreign, on_disk)


def scores(
    dataset: str, normal_class: int | None, pixels: NDArray[np.uint8]
) -> detectors.AnomalyScores:
    """Scores of a few images (N, 28, 28), not cached. Raises `CheckpointError`."""
    return detector(dataset, normal_class).scores(datasets.to_tensor(pixels))


def _first(shown: Images) -> Images:
    return Images(shown.pixels[:IMAGES], shown.labels[:IMAGES], shown.decoded)
