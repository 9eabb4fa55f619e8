"""Clusters images without labels; labels are used only to score the result.

k-means (Lloyd 1982), a Gaussian mixture, and HDBSCAN (Campello et al. 2013), which determines the
number of clusters and labels noise points, on pixels, PCA, a code or the shipped embedding
of a code. `assign` is the shipped clustering, for any image.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from ae_models import inference, metrics
from ae_models.artifacts import checkpoint
from ae_models.i18n import N_
from ae_models.metric_key import Metric
from ae_models.tasks import simclr
from ae_models.tasks.clustering import parametric_umap

NOISE = -1  # the label of noise points, as in `sklearn.cluster.HDBSCAN`
MAX_FULL = 64  # largest dimension whose Gaussians have full covariances
MIN_SHARE = 0.01  # smallest cluster of HDBSCAN, as a share of all images
SHIPPED = N_("shipped setting")
LINEAR, PLAIN = "pca-32", "conv"
PIXELS, MAP = N_("pixels"), N_("map")  # representations that are no model's code
UMAP_OF = N_("UMAP of the {name} code")  # title of MAP with the code that it embeds
Floats = NDArray[np.floating]
Ids = NDArray[np.int64]


class CannotCluster(ValueError):
    """The images cannot be clustered; the message says why."""


class Scores(NamedTuple):
    """Agreement of clusters with classes; nan where there are fewer than two of either."""

    accuracy: float  # under the best one-to-one match; noise points count as wrong
    nmi: float  # normalised mutual information, 0 to 1
    ari: float  # adjusted Rand index: 0 by chance, 1 for the same


def metrics_of(method: str, representation: str = "") -> tuple[Metric, Metric, Metric]:
    """The keys of `Scores` in a study: of an algorithm on a representation, or of SHIPPED."""
    accuracy, nmi, ari = (
        Metric(measure, method=method, representation=representation)
        for measure in ("clustering_accuracy", "nmi", "ari")
    )
    return accuracy, nmi, ari


def encoder(dataset: str) -> nn.Module:
    """The model whose code the shipped clustering embeds. Raises `CheckpointError`."""
    name = parametric_umap.code_name(dataset)
    if name == parametric_umap.INVARIANT:
        return simclr.load(dataset)
    return checkpoint.load(dataset, name)


def assign(dataset: str, images: Tensor) -> Tensor:
    """The shipped cluster of images (N, 1, 28, 28): (N,) of int64, from 0.

    Each image is assigned on its own. Raises `CheckpointError`.
    """
    codes = inference.encode(encoder(dataset), images).flatten(1)
    return parametric_umap.embed(parametric_umap.load(dataset), codes).probabilities.argmax(1)


def representations(dataset: str, images: Tensor) -> dict[str, Floats]:
    """Images (N, 1, 28, 28) as vectors, by name of the representation.

    Raises `CheckpointError`.
    """
    models: dict[str, nn.Module] = {n: checkpoint.load(dataset, n) for n in (LINEAR, PLAIN)}
    models[parametric_umap.code_name(dataset)] = encoder(dataset)
    codes = {name: inference.encode(model, images).flatten(1) for name, model in models.items()}
    found = parametric_umap.embed(
        parametric_umap.load(dataset), codes[parametric_umap.code_name(dataset)]
    )
    rows = {PIXELS: images.flatten(1), **codes, MAP: found.embedding}
    return {name: tensor.numpy() for name, tensor in rows.items()}


def k_means(vectors: Floats, count: int, seed: int) -> Ids:
    """The cluster of each row: the nearest of `count` means."""
    from sklearn.cluster import KMeans  # a second to import

    return np.asarray(KMeans(count, n_init=3, random_state=seed).fit_predict(vectors), np.int64)


def mixture(vectors: Floats, count: int, seed: int) -> Ids:
    """The most likely of `count` Gaussians; above MAX_FULL dimensions they are diagonal."""
    from sklearn.mixture import GaussianMixture

    kind = "full" if vectors.shape[1] <= MAX_FULL else "diag"
    scaled = vectors.astype(np.float64) / max(float(vectors.std()), 1e-12)
    found = GaussianMixture(
        count, covariance_type=kind, reg_covar=1e-3, max_iter=60, random_state=seed
    )
    return np.asarray(found.fit_predict(scaled), np.int64)


def hdbscan(vectors: Floats, count: int, seed: int) -> Ids:
    """Clusters of density; rows in none of them are NOISE. `count` and `seed` are not used."""
    from sklearn.cluster import HDBSCAN

    smallest = max(5, round(MIN_SHARE * len(vectors)))
    found = HDBSCAN(min_cluster_size=smallest, min_samples=5, algorithm="brute", copy=True)
    return np.asarray(found.fit_predict(vectors), np.int64)


ALGORITHMS: dict[str, Callable[[Floats, int, int], Ids]] = {
    N_("k-means"): k_means,
    N_("Gaussian mixture"): mixture,
    N_("HDBSCAN"): hdbscan,
}
COUNTED = ("k-means", "Gaussian mixture")  # take the number of clusters


def cluster(vectors: Floats, algorithm: str, count: int, seed: int) -> Ids:
    """The cluster of each row of (N, D), by a key of ALGORITHMS; the largest is 0.

    Raises `CannotCluster` where there are fewer distinct rows than clusters.
    """
    if not np.isfinite(vectors).all():
        raise CannotCluster(N_("Some of these images have no finite code."))
    different = len(np.unique(vectors, axis=0)) if len(vectors) else 0
    if different < 2:
        raise CannotCluster(N_("All of these images are identical: they cannot be clustered."))
    if algorithm in COUNTED and different < count:
        raise CannotCluster(N_("There are more clusters than distinct images."))
    return by_size(ALGORITHMS[algorithm](vectors, count, seed))


def by_size(found: Ids) -> Ids:
    """The same clusters (N,) renumbered by decreasing size from 0; NOISE stays NOISE."""
    numbers, sizes = np.unique(found[found != NOISE], return_counts=True)
    renumbered = np.full(len(found), NOISE, np.int64)
    for place, number in enumerate(numbers[np.argsort(-sizes, kind="stable")]):
        renumbered[found == number] = place
    return renumbered


def scores(found: Ids, labels: Ids) -> Scores:
    """Scores of clusters (N,) against labels (N,).

    Noise points count as misclassified, and as one more cluster in NMI and ARI. The scores are
    nan where there are fewer than two labels or two clusters.
    """
    if len(np.unique(labels)) < 2 or len(np.unique(found)) < 2:
        return Scores(math.nan, math.nan, math.nan)
    kept = found != NOISE
    accuracy = metrics.clustering_accuracy(found[kept], labels[kept]) if kept.any() else 0.0
    return Scores(
        accuracy * float(kept.mean()),
        metrics.mutual_information(found, labels),
        metrics.adjusted_rand(found, labels),
    )


def confusion(found: Ids, labels: Ids, classes: int) -> NDArray[np.int64]:
    """How many images of each cluster have each label, (K, classes); noise points come last.

    Their row is there only where there are any.
    """
    count = int(found.max(initial=NOISE)) + 1
    rows = np.where(found == NOISE, count, found)
    table = np.zeros((count + bool((found == NOISE).any()), classes), np.int64)
    np.add.at(table, (rows, labels), 1)
    return table


def distances_to_mean(vectors: Floats, found: Ids) -> Floats:
    """Euclidean distance of each row (N, D) from the mean of its cluster, (N,); nan for NOISE."""
    distances = np.full(len(vectors), np.nan)
    for number in np.unique(found[found != NOISE]):
        own = vectors[found == number]
        distances[found == number] = np.linalg.norm(own - own.mean(axis=0), axis=1)
    return distances


def members(distances: Floats, found: Ids, number: int, count: int) -> tuple[Ids, Ids]:
    """Indices of the `count` members nearest to the mean of a cluster, and of the farthest.

    `distances` (N,) are those of `distances_to_mean`; the farthest member comes first. A small
    cluster gives fewer indices, none of them twice.
    """
    own = np.flatnonzero(found == number)
    order = own[np.argsort(distances[own], kind="stable")]
    typical = order[:count]
    return typical, order[max(len(typical), len(order) - count) :][::-1]
