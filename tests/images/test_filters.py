"""Classical denoising filters: gain, range, and unchanged input."""

import numpy as np
import pytest
from scipy import ndimage
from skimage.restoration import denoise_nl_means

from ae_models import datasets
from ae_models.images.filters import FILTERS, noise_sigma


def squares(count: int = 6) -> np.ndarray:
    images = np.zeros((count, 28, 28), np.float32)
    for index, image in enumerate(images):
        image[6 + index : 20, 8:22] = 0.9
    return images


def noisy(images: np.ndarray, sigma: float) -> np.ndarray:
    noise = sigma * np.random.default_rng(0).standard_normal(images.shape)
    return (images + noise).clip(0, 1).astype(np.float32)


def psnr(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.mean(-10 * np.log10(np.square(a - b).mean(axis=(1, 2)))))


def test_reading_order() -> None:
    assert list(FILTERS) == ["median", "gaussian", "non-local means"]


@pytest.mark.parametrize("name", FILTERS)
def test_a_filter_keeps_shape_type_range_and_input(name: str) -> None:
    images = noisy(squares(), 0.5)
    images.flags.writeable = False  # cached arrays are shared by all visitors
    cleaned = FILTERS[name](images)
    assert cleaned.shape == images.shape and cleaned.dtype == np.float32
    assert cleaned.min() >= 0 and cleaned.max() <= 1
    assert not np.shares_memory(cleaned, images)


@pytest.mark.parametrize("name", FILTERS)
@pytest.mark.parametrize("sigma", [0.3, 0.5])
def test_a_filter_gains_2_db(name: str, sigma: float) -> None:
    clean = squares()
    images = noisy(clean, sigma)
    assert psnr(FILTERS[name](images), clean) > psnr(images, clean) + 2


@pytest.mark.parametrize("name", FILTERS)
def test_images_are_filtered_one_by_one(name: str) -> None:
    images = noisy(squares(), 0.3)
    alone = np.concatenate([FILTERS[name](image[None]) for image in images])
    assert np.allclose(FILTERS[name](images), alone, atol=1e-6)


@pytest.mark.parametrize("name", FILTERS)
@pytest.mark.parametrize("grey", [0, 0.5, 1])
def test_flat_images_stay_flat(name: str, grey: float) -> None:
    flat = np.full((2, 28, 28), grey, np.float32)
    assert np.allclose(FILTERS[name](flat), grey, atol=1e-6)


@pytest.mark.parametrize("name", FILTERS)
def test_no_images_give_no_images(name: str) -> None:
    assert FILTERS[name](np.zeros((0, 28, 28), np.float32)).shape == (0, 28, 28)


def test_median_and_gaussian_are_the_textbooks() -> None:
    images = noisy(squares(), 0.3)
    assert np.array_equal(
        FILTERS["median"](images)[3], ndimage.median_filter(images[3], 3, mode="nearest")
    )
    assert np.allclose(
        FILTERS["gaussian"](images)[3], ndimage.gaussian_filter(images[3], 0.8), atol=1e-6
    )


def test_non_local_means_is_scikit_images() -> None:
    images = noisy(squares(2), 0.3)
    sigma = float(noise_sigma(images)[1])
    expected = denoise_nl_means(
        images[1], patch_size=5, patch_distance=4, h=0.6 * sigma, sigma=sigma
    )
    assert np.allclose(FILTERS["non-local means"](images)[1], expected, atol=1e-6)


@pytest.mark.parametrize("sigma", [0.02, 0.1, 0.15])
def test_noise_is_estimated_where_nothing_is_clipped(sigma: float) -> None:
    grey = np.full((20, 28, 28), 0.5, np.float32)
    assert noise_sigma(noisy(grey, sigma)).mean() == pytest.approx(sigma, rel=0.03)
    assert noise_sigma(grey).max() == pytest.approx(0, abs=1e-6)


# Lower ends in dB of what was measured on 200 test images with Gaussian noise of .3 and .5.
FLOORS = {
    "mnist": {"median": (16.9, 13.9), "gaussian": (15.1, 12.1), "non-local means": (16.4, 12.3)},
    "fashion": {"median": (16.0, 13.3), "gaussian": (15.7, 12.9), "non-local means": (16.1, 12.5)},
}


@pytest.mark.data
@pytest.mark.parametrize("name", FILTERS)
@pytest.mark.parametrize("dataset", FLOORS)
def test_every_filter_reaches_a_minimum_psnr(dataset: str, name: str) -> None:
    clean = datasets.original(dataset, "test").pixels[:100].astype(np.float32) / 255
    for sigma, floor in zip((0.3, 0.5), FLOORS[dataset][name], strict=True):
        assert psnr(FILTERS[name](noisy(clean, sigma)), clean) > floor
