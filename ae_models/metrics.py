"""Measures of the quality of reconstructions, samples, scores and clusterings.

Images are tensors (N, 1, 28, 28) in [0, 1]. Measures of single images return one value per
image, (N,), so that a mean is always taken over a stated set of images.
"""

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor
from torch.nn.functional import avg_pool2d

MAX_PSNR = 100.0  # dB


def mse(x_hat: Tensor, x: Tensor) -> Tensor:
    """Mean squared error per pixel of each image, (N,)."""
    _same_shape(x_hat, x)
    return (x_hat - x).square().flatten(1).mean(dim=1)


def psnr(x_hat: Tensor, x: Tensor) -> Tensor:
    """Peak signal-to-noise ratio of each image in dB, (N,), for a peak of 1.

    The PSNR of identical images is infinite, and so would be every mean over them;
    they count as ``MAX_PSNR``, an error of one part in 100,000.
    """
    return -10 * mse(x_hat, x).clamp(min=10 ** (-MAX_PSNR / 10)).log10()


def ssim(x_hat: Tensor, x: Tensor) -> Tensor:
    """Structural similarity of each image, (N,), at most 1.

    Wang et al. 2004, "Image quality assessment", with a uniform window of 7×7 and the
    sample covariance: what ``skimage.metrics.structural_similarity`` computes by
    default for ``data_range=1``, for all images at once.
    """
    _same_shape(x_hat, x)
    a, b = x_hat.double(), x.double()  # the variances below are small differences
    moments = torch.cat([a, b, a * a, b * b, a * b], dim=1)  # (N, 5, 28, 28)
    mean_a, mean_b, mean_aa, mean_bb, mean_ab = avg_pool2d(moments, 7, stride=1).unbind(dim=1)
    unbiased = 49 / 48
    var_a = unbiased * (mean_aa - mean_a * mean_a)
    var_b = unbiased * (mean_bb - mean_b * mean_b)
    cov = unbiased * (mean_ab - mean_a * mean_b)
    c1, c2 = 0.01**2, 0.03**2
    luminance = (2 * mean_a * mean_b + c1) / (mean_a * mean_a + mean_b * mean_b + c1)
    structure = (2 * cov + c2) / (var_a + var_b + c2)
    return (luminance * structure).flatten(1).mean(dim=1).to(x_hat.dtype)


def diversity(images: Tensor, labels: Tensor) -> float:
    """Mean Euclidean distance between two images of one class, averaged over classes.

    ``images`` (N, ...) and ``labels`` (N,). Exact: every pair counts once and no image
    is compared with itself. A class of one image has no pair and is left out; where no
    class has two, the result is nan.
    """
    if len(images) != len(labels):
        raise ValueError(f"{len(images)} images but {len(labels)} labels")
    flat = images.detach().flatten(1).double()  # (N, D)
    labels = labels.to(flat.device)
    per_class = [
        _mean_pairwise_distance(flat[labels == label])
        for label in sorted(set(labels.tolist()))
        if (labels == label).sum() > 1
    ]
    return float(np.mean(per_class)) if per_class else float("nan")


def frechet_distance(features_a: Tensor, features_b: Tensor) -> float:
    """Fréchet distance between Gaussians fitted to features (N, F) and (M, F).

    Heusel et al. 2017, "GANs trained by a two time-scale update rule", equation 6.
    Comparable only between features of the same network. Raises ``ValueError`` for
    fewer than two rows, which have no covariance, and for features that are not finite.
    """
    a, b = (f.detach().cpu().double().numpy() for f in (features_a, features_b))
    if a.ndim != 2 or b.ndim != 2 or a.shape[1] != b.shape[1]:
        raise ValueError(f"features of shapes {a.shape} and {b.shape} cannot be compared")
    if min(len(a), len(b)) < 2 or not (np.isfinite(a).all() and np.isfinite(b).all()):
        raise ValueError("the Fréchet distance needs two or more rows of finite features")
    cov_a, cov_b = np.atleast_2d(np.cov(a, rowvar=False)), np.atleast_2d(np.cov(b, rowvar=False))
    # tr((A B)^½) = tr((A^½ B A^½)^½): symmetric, so that eigenvalues stay real even where
    # the covariances are singular (fewer images than features).
    values, vectors = np.linalg.eigh(cov_a)
    root_a = (vectors * np.sqrt(values.clip(min=0))) @ vectors.T
    cross = np.linalg.eigvalsh(root_a @ cov_b @ root_a).clip(min=0)
    means = np.square(a.mean(axis=0) - b.mean(axis=0)).sum()
    spread = np.trace(cov_a) + np.trace(cov_b) - 2 * np.sqrt(cross).sum()
    return float(max(means + spread, 0.0))


def auroc(scores: ArrayLike, is_positive: ArrayLike) -> float:
    """Area under the ROC curve of ``scores`` (N,), which are high for positives.

    nan where all images are of one kind: there is no curve then.
    """
    scores, is_positive = np.asarray(scores, float), np.asarray(is_positive, bool)
    if is_positive.all() or not is_positive.any():
        return float("nan")
    from sklearn.metrics import roc_auc_score  # a second to import

    return float(roc_auc_score(is_positive, scores))


def clustering_accuracy(assigned: ArrayLike, labels: ArrayLike) -> float:
    """Share of images in the right cluster under the best one-to-one match to classes.

    ``assigned`` and ``labels`` (N,) of integers; clusters beyond the number of classes
    match none, so their images count as wrong. nan without images.
    """
    assigned, labels = np.asarray(assigned), np.asarray(labels)
    if assigned.shape != labels.shape:
        raise ValueError(f"{assigned.size} assigned images but {labels.size} labels")
    if not labels.size:
        return float("nan")
    from scipy.optimize import linear_sum_assignment  # slow to import as well
    from sklearn.metrics.cluster import contingency_matrix

    counts = contingency_matrix(labels, assigned)  # (classes, clusters)
    rows, columns = linear_sum_assignment(counts, maximize=True)
    return float(counts[rows, columns].sum() / labels.size)


def mutual_information(assigned: ArrayLike, labels: ArrayLike) -> float:
    """Normalised mutual information of clusters (N,) and labels (N,), 0 to 1.

    Mutual information over the mean of both entropies (Strehl & Ghosh 2002). nan where either
    is of one kind.
    """
    if min(np.unique(np.asarray(each)).size for each in (assigned, labels)) < 2:
        return float("nan")
    from sklearn.metrics import normalized_mutual_info_score

    return float(normalized_mutual_info_score(labels, assigned))


def adjusted_rand(assigned: ArrayLike, labels: ArrayLike) -> float:
    """Agreement on which pairs belong together: 1 for all, 0 by chance (Hubert & Arabie 1985).

    nan where clusters (N,) or labels (N,) are of one kind.
    """
    if min(np.unique(np.asarray(each)).size for each in (assigned, labels)) < 2:
        return float("nan")
    from sklearn.metrics import adjusted_rand_score

    return float(adjusted_rand_score(labels, assigned))


def _same_shape(x_hat: Tensor, x: Tensor) -> None:
    """Raise `ValueError` for shapes that would be broadcast."""
    if x_hat.shape != x.shape:
        raise ValueError(f"shapes {tuple(x_hat.shape)} and {tuple(x.shape)} differ")


def _mean_pairwise_distance(flat: Tensor) -> float:
    """Mean distance over all pairs of different rows of (N, D) float64, N > 1."""
    # Distances do not change with the origin, and near it their squares cancel less.
    flat = flat - flat.mean(dim=0)
    squares = flat.square().sum(dim=1)  # (N,)
    total = 0.0
    for start in range(0, len(flat), 1024):  # a slice of the N×N distances at a time
        rows = slice(start, start + 1024)
        squared = squares[rows, None] + squares - 2 * flat[rows] @ flat.T
        distances = squared.clamp(min=0).sqrt()
        distances.diagonal(offset=start).zero_()
        total += float(distances.sum())
    return total / (len(flat) * (len(flat) - 1))
