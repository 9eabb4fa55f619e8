"""The baseline scores against scikit-learn."""

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA
from sklearn.neighbors import NearestNeighbors

from ae_models import datasets
from ae_models.tasks.anomaly import baselines


def test_the_pca_error_is_that_of_scikit_learn(images) -> None:
    x, other = images(200), images(30, seed=1)
    pca = PCA(baselines.COMPONENTS, svd_solver="full").fit(x.flatten(1).numpy())
    flat = other.flatten(1).numpy()
    residual = flat - pca.inverse_transform(pca.transform(flat))
    found = baselines.pca_error(baselines.fit(x), other)
    assert found.numpy() == pytest.approx(np.square(residual).sum(1), rel=1e-3)


def test_the_knn_distance_is_that_of_scikit_learn(images) -> None:
    x, other = images(200), images(30, seed=1)
    known = NearestNeighbors(n_neighbors=baselines.NEIGHBOURS).fit(x.flatten(1).numpy())
    distance, _ = known.kneighbors(other.flatten(1).numpy())
    found = baselines.knn_distance(baselines.fit(x), other)
    assert found.numpy() == pytest.approx(np.square(distance).mean(1), rel=1e-3)


@pytest.mark.parametrize("score", baselines.BASELINES.values(), ids=baselines.BASELINES)
def test_few_equal_and_no_images_have_finite_scores(images, score) -> None:
    same = images(1).expand(3, -1, -1, -1)
    fitted = baselines.fit(same)
    assert score(fitted, same).isfinite().all()
    assert score(fitted, same[:0]).shape == (0,)


def test_fitting_needs_images(images) -> None:
    with pytest.raises(ValueError, match="no normal images"):
        baselines.fit(images(3)[:0])


def test_only_the_first_images_are_used() -> None:
    x = torch.zeros(baselines.MAX_IMAGES + 1, 1, 28, 28)
    x[-1] = 1
    fitted = baselines.fit(x)
    assert len(fitted.images) == baselines.MAX_IMAGES
    assert fitted.images.max() == 0 == fitted.mean.max()


def test_only_the_normal_class_and_no_validation_image_is_taken() -> None:
    count = 6_000
    labels = np.arange(count) % 10
    pixels = np.zeros((count, 28, 28), np.uint8)
    kept, held = datasets.split_off_validation(count)
    pixels[held] = 255
    images = datasets.frozen(pixels, labels, decoded=False)
    assert baselines.normal_training_images(images, None).shape == (len(kept), 1, 28, 28)
    of_class = baselines.normal_training_images(images, 3)
    assert len(of_class) == (labels[kept] == 3).sum() and not of_class.any()
    assert len(baselines.normal_training_images(images._replace(decoded=True), 3)) == count // 10
