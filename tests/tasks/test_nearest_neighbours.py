"""k-nearest neighbours against scikit-learn's."""

import numpy as np
import pytest
import torch
from sklearn.neighbors import NearestNeighbors

from ae_models.tasks.nearest_neighbours import k_nearest

POINTS = torch.randn(120, 5, generator=torch.Generator().manual_seed(0))


def test_neighbours_are_those_of_scikit_learn() -> None:
    queries = POINTS[::7] + 0.01
    found = k_nearest(queries, POINTS, 6)
    distances, indices = NearestNeighbors(n_neighbors=6).fit(POINTS.numpy()).kneighbors(queries)
    np.testing.assert_array_equal(found.indices, indices)
    assert found.distances.numpy() == pytest.approx(distances, abs=1e-3)


def test_no_row_is_its_own_neighbour_where_that_is_excluded() -> None:
    rows = POINTS.clone()
    rows[7] = rows[3]  # duplicates are neighbours of each other
    found = k_nearest(rows, rows, 4, exclude_self=True, batch=50)
    own = torch.arange(len(rows))[:, None]
    assert not (found.indices == own).any()
    assert found.indices[7, 0] == 3 and found.indices[3, 0] == 7
    expected = NearestNeighbors(n_neighbors=4).fit(rows.numpy()).kneighbors()[0]
    assert found.distances.numpy() == pytest.approx(expected, abs=1e-3)


def test_batches_change_nothing() -> None:
    whole, parts = k_nearest(POINTS, POINTS, 3), k_nearest(POINTS, POINTS, 3, batch=7)
    assert torch.equal(whole.indices, parts.indices)
    assert torch.allclose(whole.distances, parts.distances, atol=1e-3)


def test_few_points_and_no_queries_give_fewer_neighbours() -> None:
    assert k_nearest(POINTS, POINTS[:2], 5).indices.shape == (120, 2)
    assert k_nearest(POINTS[:3], POINTS[:3], 5, exclude_self=True).indices.shape == (3, 2)
    assert k_nearest(POINTS[:0], POINTS, 5).distances.shape == (0, 5)
