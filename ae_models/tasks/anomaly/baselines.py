"""Baseline anomaly scores, which the detector's are compared with.

The reconstruction error of PCA (Pearson 1901), the k-NN distance of the pixels, and the mean
brightness, which does not depend on the normal class. Images are tensors (N, 1, 28, 28) in
[0, 1], scores (N,), higher for anomalies. Every image is scored on its own.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from ae_models import datasets
from ae_models.i18n import N_
from ae_models.tasks.nearest_neighbours import k_nearest

COMPONENTS = 32
NEIGHBOURS = 5
MAX_IMAGES = 6_000  # normal images that are used: about as many as one class has


class Baselines(NamedTuple):
    """Parameters of the baselines, fitted on normal images."""

    mean: Tensor  # (784,)
    components: Tensor  # (COMPONENTS, 784), orthonormal; fewer where there are few images
    images: Tensor  # (M, 784), uint8: the images themselves


def normal_training_images(training: datasets.Images, normal_class: int | None) -> Tensor:
    """The normal images (M, 1, 28, 28) of a training split for `fit`, at most MAX_IMAGES.

    Those of one class, or of all classes where it is None, without the validation part.
    """
    rows = np.arange(len(training.labels))
    if not training.decoded:  # the gallery holds images of the fitted part alone
        rows, _ = datasets.split_off_validation(len(rows))
    if normal_class is not None:
        rows = rows[training.labels[rows] == normal_class]
    return datasets.to_tensor(training.pixels[rows[:MAX_IMAGES]])


def fit(x: Tensor) -> Baselines:
    """Fit on the first MAX_IMAGES of normal images (N, 1, 28, 28). Raises `ValueError` if N = 0."""
    if not len(x):
        raise ValueError("there are no normal images to fit the baselines on")
    from sklearn.decomposition import PCA  # a second to import

    images = x[:MAX_IMAGES].flatten(1)
    # Double precision: pixels that are black in all images make many equal eigenvalues.
    pca = PCA(min(COMPONENTS, *images.shape), svd_solver="covariance_eigh")
    pca.fit(images.double().numpy())
    components = torch.from_numpy(pca.components_).float()
    return Baselines(images.mean(0), components, (images * 255).round().to(torch.uint8))


def pca_error(fitted: Baselines, x: Tensor) -> Tensor:
    """Squared reconstruction error of PCA, summed over the pixels."""
    centred = x.flatten(1) - fitted.mean
    return (centred - centred @ fitted.components.T @ fitted.components).square().sum(1)


def knn_distance(fitted: Baselines, x: Tensor) -> Tensor:
    """Mean squared distance to the NEIGHBOURS nearest normal training images."""
    return mean_squared_distance(x.flatten(1), fitted.images.float() / 255, NEIGHBOURS)


def brightness(fitted: Baselines, x: Tensor) -> Tensor:
    """Mean over all pixels: the brighter an image, the higher its score."""
    return x.flatten(1).mean(1)


BASELINES = {
    N_("PCA-32 reconstruction error"): pca_error,
    N_("pixel k-NN distance"): knn_distance,
    N_("mean brightness"): brightness,
}


def mean_squared_distance(queries: Tensor, points: Tensor, k: int) -> Tensor:
    """Mean squared distance of each query (N, D) to its `k` nearest points (M, D): (N,)."""
    return k_nearest(queries, points, k).distances.square().mean(1)
