"""Evaluates anomaly scores: a labelled set of test images, its ROC curve, and its counts."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from ae_models import datasets
from ae_models.datasets import Images
from ae_models.i18n import N_
from ae_models.tasks.anomaly.baselines import BASELINES, Baselines
from ae_models.tasks.anomaly.detector import AnomalyScores, Detector

# The detector's scores, and those of the baselines; a study has their figures by these names.
COMBINED, ERROR, DISTANCE = (
    N_("combined score"),
    N_("reconstruction error"),
    N_("latent k-NN distance"),
)
SCORES = (COMBINED, ERROR, DISTANCE, *BASELINES)


class ScoredSet(NamedTuple):
    """Normal test images, then anomalies, with all scores."""

    pixels: NDArray[np.uint8]  # (N, 28, 28)
    labels: NDArray[np.int64]  # (N,)
    is_anomaly: NDArray[np.bool_]  # (N,)
    scores: dict[str, NDArray[np.float32]]  # (N,) each, by a name of SCORES


class RocCurve(NamedTuple):
    """Rates at every threshold, from none to all images classified as anomalies."""

    false_positive_rate: NDArray[np.float64]  # (T,) from 0 to 1
    true_positive_rate: NDArray[np.float64]  # (T,) from 0 to 1


class ConfusionCounts(NamedTuple):
    """How many of 1,000 images are classified as what; an anomaly is a positive."""

    true_positives: float
    false_negatives: float
    false_positives: float
    true_negatives: float

    @property
    def precision(self) -> float:
        """Share of anomalies among the images classified as such; nan where there are none."""
        return _share(self.true_positives, self.true_positives + self.false_positives)

    @property
    def recall(self) -> float:
        """True positive rate: share of the anomalies that is detected; nan without any."""
        return _share(self.true_positives, self.true_positives + self.false_negatives)

    @property
    def false_positive_rate(self) -> float:
        """Share of the normal images classified as anomalies; nan where there are none."""
        return _share(self.false_positives, self.false_positives + self.true_negatives)


def split_by_class(images: Images, normal_class: int | None) -> tuple[Images, Images]:
    """The images of the normal class and all others; all are normal where it is None."""
    normal = np.full(len(images.labels), normal_class is None) | (images.labels == normal_class)
    chosen, others = (
        Images(images.pixels[rows], images.labels[rows], images.decoded)
        for rows in (normal, ~normal)
    )
    return chosen, others


def score_all(detector: Detector, fitted: Baselines, x: Tensor) -> dict[str, Tensor]:
    """Every score (N,) of images (N, 1, 28, 28), by a name of SCORES."""
    found: AnomalyScores = detector.scores(x)
    own = {COMBINED: found.combined, ERROR: found.error, DISTANCE: found.distance}
    return own | {name: score(fitted, x) for name, score in BASELINES.items()}


def score_set(
    detector: Detector, fitted: Baselines, normal: Images, anomalies: Images
) -> ScoredSet:
    """The normal images and the anomalies with all scores."""
    pixels = np.concatenate([normal.pixels, anomalies.pixels])
    scores = score_all(detector, fitted, datasets.to_tensor(pixels))
    return ScoredSet(
        pixels,
        np.concatenate([normal.labels, anomalies.labels]),
        np.arange(len(pixels)) >= len(normal.pixels),
        {name: values.numpy() for name, values in scores.items()},
    )


def roc(scores: ArrayLike, is_anomaly: ArrayLike) -> RocCurve | None:
    """The ROC curve of scores (N,); None where all images are normal, or all anomalies."""
    values, positive = np.asarray(scores, float), np.asarray(is_anomaly, bool)
    if positive.all() or not positive.any():
        return None
    from sklearn.metrics import roc_curve  # a second to import

    false_positive_rate, true_positive_rate, _thresholds = roc_curve(positive, values)
    return RocCurve(false_positive_rate, true_positive_rate)


def confusion_counts(
    scores: ArrayLike, is_anomaly: ArrayLike, threshold: float, prevalence: float
) -> ConfusionCounts | None:
    """Expected counts of 1,000 images of which a share `prevalence`, 0 to 1, is an anomaly.

    Images with a score above the threshold are classified as anomalies. The rates are those of
    the scores (N,); None where all images are normal, or all anomalies.
    """
    above, positive = np.asarray(scores, float) > threshold, np.asarray(is_anomaly, bool)
    if positive.all() or not positive.any():
        return None
    true_positive_rate, false_positive_rate = above[positive].mean(), above[~positive].mean()
    anomalies, normal = 1_000 * prevalence, 1_000 * (1 - prevalence)
    return ConfusionCounts(
        anomalies * true_positive_rate,
        anomalies * (1 - true_positive_rate),
        normal * false_positive_rate,
        normal * (1 - false_positive_rate),
    )


def _share(part: float, whole: float) -> float:
    return float(part / whole) if whole else float("nan")
