"""Clustering against plain loops, scikit-learn and scipy, and what cannot be clustered."""

import itertools
import math

import numpy as np
import pytest

from ae_models import metrics
from ae_models.tasks.clustering import methods
from ae_models.tasks.clustering.methods import ALGORITHMS, COUNTED, NOISE


def gaussians(each: list[int], wide: int = 4, apart: float = 12.0) -> tuple[np.ndarray, np.ndarray]:
    """Gaussians far apart with so many rows each, and the label of each row."""
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(len(each)), each)
    middles = apart * np.eye(len(each), wide)
    order = rng.permutation(len(labels))
    rows = middles[labels] + rng.normal(size=(len(labels), wide))
    return rows[order].astype(np.float32), labels[order]


@pytest.fixture
def guesses() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 4, 200)
    return np.where(rng.random(200) < 0.6, (labels + 1) % 4, rng.integers(0, 4, 200)), labels


def test_accuracy_is_that_of_the_best_of_all_matches(guesses) -> None:
    found, labels = guesses
    best = max(
        np.mean(np.array(match)[found] == labels) for match in itertools.permutations(range(4))
    )
    assert methods.scores(found, labels).accuracy == pytest.approx(best)


def test_nmi_and_ari_are_their_definitions(guesses) -> None:
    found, labels = guesses
    table = np.array([[np.sum((found == a) & (labels == b)) for b in range(4)] for a in range(4)])
    p = table / table.sum()
    rows, columns = p.sum(1), p.sum(0)
    information = np.sum(p[p > 0] * np.log(p[p > 0] / np.outer(rows, columns)[p > 0]))
    entropies = [-np.sum(q * np.log(q)) for q in (rows, columns)]
    assert methods.scores(found, labels).nmi == pytest.approx(information / np.mean(entropies))

    def pairs(n: np.ndarray) -> float:
        return float(np.sum(n * (n - 1) / 2))

    both, of_found, of_labels = pairs(table), pairs(table.sum(1)), pairs(table.sum(0))
    chance = of_found * of_labels / pairs(table.sum())
    expected = (both - chance) / ((of_found + of_labels) / 2 - chance)
    assert methods.scores(found, labels).ari == pytest.approx(expected)


def test_scores_are_those_of_scikit_learn(guesses) -> None:
    from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

    scores = methods.scores(*guesses)
    assert scores.nmi == pytest.approx(normalized_mutual_info_score(*guesses))
    assert scores.ari == pytest.approx(adjusted_rand_score(*guesses))


def test_noise_points_count_as_wrong() -> None:
    labels = np.array([0, 0, 1, 1, 2, 2])
    found = np.array([0, 0, 1, 1, NOISE, NOISE])
    assert methods.scores(found, labels).accuracy == pytest.approx(4 / 6)
    everything_out = methods.scores(np.full(6, NOISE), labels)
    assert all(math.isnan(score) for score in everything_out)


def test_nothing_is_scored_where_there_is_one_class_or_one_cluster() -> None:
    some, one = np.array([0, 1, 0, 1]), np.zeros(4, int)
    for found, labels in ((some, one), (one, some)):
        assert all(math.isnan(score) for score in methods.scores(found, labels))
    assert math.isnan(metrics.mutual_information(some, one))
    assert math.isnan(metrics.adjusted_rand(one, some))


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_every_algorithm_finds_planted_clusters(algorithm: str) -> None:
    rows, labels = gaussians([120, 90, 60, 30])
    found = methods.cluster(rows, algorithm, 4, seed=0)
    kept = found != NOISE
    assert kept.mean() > 0.95
    assert metrics.adjusted_rand(found[kept], labels[kept]) == 1
    sizes = np.bincount(found[kept])
    assert (np.diff(sizes) <= 0).all()  # the largest comes first
    np.testing.assert_array_equal(found, methods.cluster(rows, algorithm, 4, seed=0))


def test_a_mixture_in_many_dimensions_is_fitted() -> None:
    rows, labels = gaussians([40, 40, 40], wide=methods.MAX_FULL + 1)
    assert metrics.adjusted_rand(methods.cluster(rows, "Gaussian mixture", 3, 0), labels) == 1


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("rows", [np.ones((30, 3)), np.zeros((0, 3)), np.zeros((1, 3))])
def test_identical_images_cannot_be_clustered(algorithm: str, rows: np.ndarray) -> None:
    with pytest.raises(methods.CannotCluster, match="identical"):
        methods.cluster(rows, algorithm, 2, 0)


@pytest.mark.parametrize("algorithm", COUNTED)
def test_there_may_not_be_more_clusters_than_different_images(algorithm: str) -> None:
    rows = np.repeat(np.eye(3), 10, axis=0)
    with pytest.raises(methods.CannotCluster, match="more clusters"):
        methods.cluster(rows, algorithm, 4, 0)
    assert len(np.unique(methods.cluster(rows, algorithm, 3, 0))) == 3


def test_codes_that_are_not_finite_are_refused() -> None:
    with pytest.raises(methods.CannotCluster, match="finite"):
        methods.cluster(np.array([[0.0], [np.nan], [1.0]]), "k-means", 2, 0)


def test_the_confusion_counts_each_image_once() -> None:
    found, labels = np.array([0, 0, 1, NOISE]), np.array([2, 1, 0, 2])
    table = methods.confusion(found, labels, 3)
    assert table.tolist() == [[0, 1, 1], [1, 0, 0], [0, 0, 1]]
    assert methods.confusion(found[:3], labels[:3], 3).tolist() == table.tolist()[:2]


def test_members_are_the_nearest_to_the_mean_and_the_farthest() -> None:
    rows = np.array([[0.0], [1], [2], [3], [10], [100], [101]])
    found = np.array([0, 0, 0, 0, 0, 1, NOISE])
    away = methods.distances_to_mean(rows, found)
    assert away[:6].tolist() == pytest.approx([3.2, 2.2, 1.2, 0.2, 6.8, 0])
    assert math.isnan(away[6])
    near, far = methods.members(away, found, 0, 2)
    assert (near.tolist(), far.tolist()) == ([3, 2], [4, 0])
    near, far = methods.members(away, found, 0, 4)
    assert (near.tolist(), far.tolist()) == ([3, 2, 1, 0], [4])  # none of them twice
    near, far = methods.members(away, found, 1, 4)
    assert (near.tolist(), far.tolist()) == ([5], [])
