"""The plain ways against scikit-learn."""

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA
from sklearn.neighbors import NearestNeighbors

from ae_models.tasks.anomaly import baselines


def test_the_error_is_that_of_scikit_learns_components(images) -> None:
    x, other = images(200), images(30, seed=1)
    pca = PCA(baselines.COMPONENTS, svd_solver="full").fit(x.flatten(1).numpy())
    left = other.flatten(1).numpy()
    left = left - pca.inverse_transform(pca.transform(left))
    found = baselines.pca_error(baselines.fit(x), other)
    assert found.numpy() == pytest.approx(np.square(left).sum(1), rel=1e-3)


def test_the_distance_is_that_of_scikit_learns_neighbours(images) -> None:
    x, other = images(200), images(30, seed=1)
    known = NearestNeighbors(n_neighbors=baselines.NEAREST).fit(x.flatten(1).numpy())
    distance, _ = known.kneighbors(other.flatten(1).numpy())
    found = baselines.neighbours(baselines.fit(x), other)
    assert found.numpy() == pytest.approx(np.square(distance).mean(1), rel=1e-3)


def test_batches_change_no_distance(images) -> None:
    z = images(30).flatten(1)
    assert torch.allclose(baselines.nearest(z, z[:9], 2, batch=7), baselines.nearest(z, z[:9], 2))


@pytest.mark.parametrize("way", baselines.WAYS.values(), ids=baselines.WAYS)
def test_few_equal_and_no_pictures_have_finite_scores(images, way) -> None:
    same = images(1).expand(3, -1, -1, -1)
    plain = baselines.fit(same)
    assert way(plain, same).isfinite().all()
    assert way(plain, same[:0]).shape == (0,)


def test_nothing_is_learnt_from_nothing(images) -> None:
    with pytest.raises(ValueError, match="no normal picture"):
        baselines.fit(images(3)[:0])


def test_only_so_many_pictures_are_looked_at() -> None:
    x = torch.zeros(baselines.MOST + 1, 1, 28, 28)
    x[-1] = 1
    plain = baselines.fit(x)
    assert len(plain.known) == baselines.MOST
    assert plain.known.max() == 0 == plain.mean.max()
