"""ROC curves and counts against scikit-learn, and sets of images that have neither."""

import numpy as np
import pytest
from sklearn.metrics import (
    confusion_matrix,
    precision_score,
    recall_score,
    roc_auc_score,
    roc_curve,
)

from ae_models import datasets, metrics
from ae_models.tasks.anomaly import evaluation
from ae_models.tasks.anomaly.baselines import BASELINES

SCORES = np.array([0.1, 0.4, 0.4, 0.8, 0.9, 0.4, 0.2, 0.7])
IS_ANOMALY = np.array([0, 0, 1, 1, 1, 0, 0, 0], bool)


def test_the_curve_is_that_of_scikit_learn() -> None:
    found = evaluation.roc(SCORES, IS_ANOMALY)
    assert found is not None
    rates = roc_curve(IS_ANOMALY, SCORES)[:2]
    assert np.array(found) == pytest.approx(np.array(rates))
    assert np.trapezoid(found.true_positive_rate, found.false_positive_rate) == pytest.approx(
        metrics.auroc(SCORES, IS_ANOMALY)
    )


def test_the_area_is_the_share_of_pairs_in_the_right_order() -> None:
    pairs = [
        1.0 if a > b else 0.5 if a == b else 0.0
        for a in SCORES[IS_ANOMALY]
        for b in SCORES[~IS_ANOMALY]
    ]
    assert metrics.auroc(SCORES, IS_ANOMALY) == pytest.approx(np.mean(pairs))
    assert metrics.auroc(SCORES, IS_ANOMALY) == pytest.approx(roc_auc_score(IS_ANOMALY, SCORES))


@pytest.mark.parametrize("threshold", [0.15, 0.4, 0.75])
def test_counts_are_those_of_scikit_learn_at_the_prevalence_of_the_scores(threshold: float) -> None:
    found = evaluation.confusion_counts(SCORES, IS_ANOMALY, threshold, IS_ANOMALY.mean())
    assert found is not None
    above = np.greater(SCORES, threshold)
    assert found.precision == pytest.approx(precision_score(IS_ANOMALY, above))
    assert found.recall == pytest.approx(recall_score(IS_ANOMALY, above))
    counts = confusion_matrix(IS_ANOMALY, above) * 1_000 / len(SCORES)
    assert [
        found.true_negatives,
        found.false_positives,
        found.false_negatives,
        found.true_positives,
    ] == pytest.approx(counts.ravel())


def test_a_lower_prevalence_lowers_the_precision_alone() -> None:
    many, few = (
        evaluation.confusion_counts(SCORES, IS_ANOMALY, 0.3, prevalence)
        for prevalence in (0.5, 0.01)
    )
    assert many is not None and few is not None
    assert few.precision < many.precision and few.recall == many.recall
    assert sum(few) == pytest.approx(1_000)


@pytest.mark.parametrize("is_anomaly", [np.zeros(8, bool), np.ones(8, bool)], ids=["none", "all"])
def test_normal_images_or_anomalies_alone_have_no_curve_and_no_counts(
    is_anomaly: np.ndarray,
) -> None:
    assert evaluation.roc(SCORES, is_anomaly) is None
    assert evaluation.confusion_counts(SCORES, is_anomaly, 0.5, 0.5) is None
    assert np.isnan(metrics.auroc(SCORES, is_anomaly))


def test_no_images_and_no_detection_are_not_available() -> None:
    assert evaluation.roc([], []) is None and evaluation.confusion_counts([], [], 0.5, 0.5) is None
    quiet = evaluation.confusion_counts(SCORES, IS_ANOMALY, 2.0, 0.5)
    assert quiet is not None and np.isnan(quiet.precision) and quiet.recall == 0
    same = evaluation.roc(np.ones(8), IS_ANOMALY)
    assert same is not None and same.true_positive_rate.tolist() == [0, 1]


def test_images_are_split_by_the_normal_class() -> None:
    labels = np.array([0, 3, 3, 1])
    images = datasets.frozen(
        np.arange(4, dtype=np.uint8)[:, None, None].repeat(28, 1).repeat(28, 2),
        labels,
        decoded=True,
    )
    normal, others = evaluation.split_by_class(images, 3)
    assert normal.pixels[:, 0, 0].tolist() == [1, 2] and others.pixels[:, 0, 0].tolist() == [0, 3]
    assert normal.labels.tolist() == [3, 3] and normal.decoded
    normal, others = evaluation.split_by_class(images, None)
    assert len(normal.pixels) == 4 and len(others.pixels) == 0


def test_every_score_has_a_title() -> None:
    assert len(evaluation.SCORES) == len(set(evaluation.SCORES)) == 3 + len(BASELINES)
