"""Neighbours against scikit-learn's, and label spreading within clusters."""

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from ae_models.tasks.few_labels import label_propagation


@pytest.fixture
def clusters() -> tuple[np.ndarray, np.ndarray]:
    """Three clusters of points (300, 2), and which one each is of."""
    random = np.random.default_rng(0)
    sizes, places = (100, 100, 100), np.array([[0, 0], [9, 0], [0, 9]])
    points = [random.normal(p, 1, (n, 2)) for n, p in zip(sizes, places, strict=True)]
    return np.concatenate(points).astype(np.float32), np.repeat(np.arange(3), sizes)


def test_neighbours_are_those_of_scikit_learn(clusters) -> None:
    points, _ = clusters
    known = NearestNeighbors(n_neighbors=label_propagation.NEIGHBOURS).fit(points)
    found = label_propagation.neighbours(points, points, exclude_self=True)
    assert (np.sort(found.indices) == np.sort(known.kneighbors(return_distance=False))).all()
    asked = points[::7] + 0.01
    found = label_propagation.neighbours(asked, points)
    assert (np.sort(found.indices) == np.sort(known.kneighbors(asked, return_distance=False))).all()
    assert ((found.weights > 0) & (found.weights <= 1)).all()
    assert (np.diff(found.weights, axis=1) <= 0).all()  # the nearest first


def test_the_graph_is_symmetric_and_joins_no_image_to_itself(clusters) -> None:
    points, _ = clusters
    graph = label_propagation.graph(label_propagation.neighbours(points, points, exclude_self=True))
    assert abs(graph - graph.T).max() < 1e-6
    assert graph.diagonal().sum() == 0
    assert (graph.getnnz(axis=1) >= label_propagation.NEIGHBOURS).all()


def test_one_label_a_cluster_is_enough(clusters) -> None:
    points, truth = clusters
    graph = label_propagation.graph(label_propagation.neighbours(points, points, exclude_self=True))
    reached = label_propagation.spread(graph, np.array([3, 120, 280]), np.array([0, 1, 2]), 3)
    assert (reached.argmax(axis=1) == truth).mean() > 0.98
    predicted = label_propagation.predict(
        label_propagation.neighbours(points + 0.05, points), reached
    )
    assert (predicted == truth).mean() > 0.98


def test_a_class_without_a_label_is_never_predicted(clusters) -> None:
    points, _ = clusters
    graph = label_propagation.graph(label_propagation.neighbours(points, points, exclude_self=True))
    reached = label_propagation.spread(graph, np.array([3, 280]), np.array([0, 2]), 3)
    assert (reached[:, 1] == 0).all()
    assert set(
        label_propagation.predict(label_propagation.neighbours(points, points), reached)
    ) <= {0, 2}


def test_classes_are_predicted_about_equally_often() -> None:
    random = np.random.default_rng(1)
    reached = random.random((3000, 4), np.float32) * np.array([8, 1, 1, 0], np.float32)
    factors = label_propagation.balance(reached)
    wins = np.bincount((reached * factors).argmax(axis=1), minlength=4) / 3000
    assert wins == pytest.approx([1 / 3, 1 / 3, 1 / 3, 0], abs=0.05)
    assert (np.bincount(reached.argmax(axis=1), minlength=4) / 3000)[0] > 0.8  # it did not before


def test_too_few_images_are_refused_and_identical_ones_are_not(clusters) -> None:
    points, _ = clusters
    with pytest.raises(ValueError, match="too few"):
        label_propagation.neighbours(points, points[:10], exclude_self=True)
    same = np.ones((30, 2), np.float32)
    graph = label_propagation.graph(label_propagation.neighbours(same, same, exclude_self=True))
    assert np.isfinite(label_propagation.spread(graph, np.array([0, 1]), np.array([0, 1]), 2)).all()
