"""Metrics against scikit-image, scipy, scikit-learn and closed forms."""

import math

import numpy as np
import pytest
import torch
from scipy.linalg import sqrtm
from scipy.spatial.distance import pdist
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from ae_models import metrics


def images(count: int, seed: int = 0) -> torch.Tensor:
    """Smooth blobs on black, with the exact zeros and ones that real images have."""
    noise = torch.rand(count, 1, 28, 28, generator=torch.Generator().manual_seed(seed))
    return (torch.nn.functional.avg_pool2d(noise, 5, 1, 2) * 8 - 3).clamp(0, 1)


X, X_HAT = images(12), images(12, seed=1)


def test_mse_and_psnr_are_scikit_images() -> None:
    mse, psnr = metrics.mse(X_HAT, X), metrics.psnr(X_HAT, X)
    assert mse.shape == psnr.shape == (12,)
    for index in range(12):
        a, b = X[index, 0].numpy(), X_HAT[index, 0].numpy()
        assert mse[index] == pytest.approx(np.square(a - b).mean(), rel=1e-5)
        assert psnr[index] == pytest.approx(peak_signal_noise_ratio(a, b, data_range=1), abs=1e-4)


def test_psnr_of_a_tenth_is_20_db_and_identical_images_stay_finite() -> None:
    assert metrics.psnr(
        torch.full((1, 1, 28, 28), 0.6), torch.full((1, 1, 28, 28), 0.5)
    ).item() == (pytest.approx(20, abs=1e-4))
    assert metrics.psnr(X, X).tolist() == [metrics.MAX_PSNR] * 12


def test_ssim_is_scikit_images() -> None:
    pairs = [(X_HAT, X), ((X + 0.2 * X_HAT).clamp(0, 1), X), (torch.zeros_like(X), X)]
    for x_hat, x in pairs:
        ours = metrics.ssim(x_hat, x)
        assert ours.shape == (12,) and ours.dtype == torch.float32
        theirs = [
            structural_similarity(
                a[0].double().numpy(), b[0].double().numpy(), data_range=1, win_size=7
            )
            for a, b in zip(x_hat, x, strict=True)
        ]
        assert np.allclose(ours.numpy(), theirs, atol=1e-6)


def test_ssim_of_an_image_with_itself_is_1_even_where_it_is_flat() -> None:
    flat = torch.ones(2, 1, 28, 28)
    assert torch.allclose(metrics.ssim(X, X), torch.ones(12))
    assert torch.allclose(metrics.ssim(flat, flat), torch.ones(2))


@pytest.mark.parametrize("metric", [metrics.mse, metrics.psnr, metrics.ssim])
def test_shapes_are_never_broadcast(metric) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match="differ"):
        metric(X[:1], X)


def test_diversity_is_the_mean_over_all_pairs_of_a_class() -> None:
    many, labels = images(1500), torch.arange(1500) % 7 % 3  # more than one slice, uneven classes
    expected = np.mean(
        [pdist(many[labels == c].flatten(1).double().numpy()).mean() for c in range(3)]
    )
    assert metrics.diversity(many, labels) == pytest.approx(expected, rel=1e-9)


def test_diversity_beyond_one_slice_excludes_every_image_itself() -> None:
    simplex = torch.eye(1100)  # any two are √2 apart
    labels = torch.zeros(1100, dtype=torch.int64)
    assert metrics.diversity(simplex, labels) == pytest.approx(math.sqrt(2), rel=1e-9)


def test_diversity_of_copies_and_of_single_images() -> None:
    copies = X[:1].repeat(5, 1, 1, 1)
    assert metrics.diversity(copies, torch.zeros(5)) == pytest.approx(0, abs=1e-6)
    assert math.isnan(metrics.diversity(X, torch.arange(12)))
    one_pair = torch.tensor([3, 3, *range(4, 14)])
    assert metrics.diversity(X, one_pair) == pytest.approx((X[0] - X[1]).norm().item(), rel=1e-5)
    with pytest.raises(ValueError, match="labels"):
        metrics.diversity(X, one_pair[:3])


def test_frechet_distance_of_one_dimension_is_closed_form() -> None:
    rng = np.random.default_rng(0)
    z = rng.standard_normal((4000, 1))
    z = (z - z.mean()) / z.std(ddof=1)
    a, b = torch.from_numpy(2 * z), torch.from_numpy(3 + 0.5 * z)
    assert metrics.frechet_distance(a, b) == pytest.approx(3**2 + (2 - 0.5) ** 2, rel=1e-6)


def test_frechet_distance_agrees_with_the_matrix_square_root() -> None:
    rng = np.random.default_rng(0)
    a = rng.standard_normal((300, 6)) @ rng.standard_normal((6, 6))
    b = rng.standard_normal((200, 6)) @ rng.standard_normal((6, 6)) + 1
    cov_a, cov_b = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    expected = np.square(a.mean(0) - b.mean(0)).sum() + np.trace(
        cov_a + cov_b - 2 * np.real(sqrtm(cov_a @ cov_b))
    )
    ours = metrics.frechet_distance(torch.from_numpy(a), torch.from_numpy(b))
    assert ours == pytest.approx(expected, rel=1e-8)


def test_frechet_distance_stays_finite_with_fewer_images_than_features() -> None:
    few = torch.randn(5, 64, generator=torch.Generator().manual_seed(0))
    assert metrics.frechet_distance(few, few) == pytest.approx(0, abs=1e-5)
    assert metrics.frechet_distance(few, few + 1) == pytest.approx(64, rel=1e-6)


@pytest.mark.parametrize(
    ("a", "b"),
    [((1, 4), (9, 4)), ((9, 4), (0, 4)), ((9, 4), (9, 5)), ((9,), (9,))],
)
def test_frechet_distance_refuses_what_has_no_covariance(
    a: tuple[int, ...], b: tuple[int, ...]
) -> None:
    with pytest.raises(ValueError, match=r"rows|compared"):
        metrics.frechet_distance(torch.rand(a), torch.rand(b))
    with pytest.raises(ValueError, match="finite"):
        metrics.frechet_distance(torch.full((9, 4), torch.nan), torch.rand(9, 4))


def test_auroc_is_the_share_of_pairs_in_order() -> None:
    scores, positive = [0.1, 0.4, 0.35, 0.8, 0.4], [False, False, True, True, True]
    pairs = [  # a tie is worth a half
        (p > n) + 0.5 * (p == n)
        for p, is_p in zip(scores, positive, strict=True) if is_p
        for n, is_n in zip(scores, positive, strict=True) if not is_n
    ]  # fmt: skip
    assert metrics.auroc(torch.tensor(scores), torch.tensor(positive)) == pytest.approx(
        np.mean(pairs)
    )
    assert metrics.auroc([1, 2, 3], [0, 0, 1]) == 1


@pytest.mark.parametrize("kind", [True, False])
def test_auroc_of_one_class_is_nan(kind: bool) -> None:
    assert math.isnan(metrics.auroc([0.1, 0.2, 0.3], [kind] * 3))
    assert math.isnan(metrics.auroc([], []))


def test_clustering_accuracy_finds_the_best_match() -> None:
    labels = np.repeat(np.arange(10), 5)
    assert metrics.clustering_accuracy((labels + 3) % 10 + 40, labels) == 1
    assert metrics.clustering_accuracy(np.zeros(50, int), labels) == 0.1
    # Each cluster's own majority would match both to class 0; one-to-one gives 2 + 1 of 6.
    assert metrics.clustering_accuracy([0, 0, 0, 1, 1, 1], [0, 0, 1, 0, 0, 2]) == 0.5


def test_clustering_accuracy_with_more_clusters_than_classes_or_points() -> None:
    assert metrics.clustering_accuracy([0, 1, 2, 3], [0, 0, 1, 1]) == 0.5
    assert metrics.clustering_accuracy([7], [3]) == 1
    assert math.isnan(metrics.clustering_accuracy([], []))
    with pytest.raises(ValueError, match="labels"):
        metrics.clustering_accuracy([1, 2], [1])
