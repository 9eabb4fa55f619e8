"""Bytes per image, against Pillow, NumPy and 8-bit arithmetic."""

import io
import struct
import zlib

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image

from ae_models import datasets, metrics
from ae_models.artifacts import checkpoint
from ae_models.base import AutoencoderConfig
from ae_models.tasks import compression
from ae_models.training import recipes
from ae_models.variants.pca import Pca


@pytest.fixture
def pca(digits: tuple[torch.Tensor, torch.Tensor]) -> Pca:
    """Twelve components of the small digits."""
    model = Pca(AutoencoderConfig(latent_dim=12))
    model.fit(digits[0])
    return model.eval()


@pytest.fixture
def pixels(digits: tuple[torch.Tensor, torch.Tensor]) -> NDArray[np.uint8]:
    return datasets.to_pixels(digits[0][:12])


def decoded(file: bytes) -> NDArray[np.uint8]:
    return np.asarray(Image.open(io.BytesIO(file)))


def psnr(seen: NDArray[np.floating], x: NDArray[np.floating]) -> float:
    """Mean over pictures, by the textbook, of arrays (N, …) in [0, 1]."""
    error = np.square(seen - x).reshape(len(x), -1).mean(axis=1)
    return float(np.mean(10 * np.log10(1 / error)))


def test_every_latent_dimension_has_its_recipe() -> None:
    assert compression.WIDTHS == recipes.WIDTHS
    for width in compression.WIDTHS:
        for name in (compression.dense(width), compression.pca(width)):
            assert recipes.recipe("mnist", name).config.latent_dim == width  # type: ignore[attr-defined]
    assert recipes.recipe("mnist", compression.dense(8)).variant == "plain"
    assert recipes.recipe("mnist", compression.pca(8)).variant == "pca"


def test_a_quantised_code_has_256_levels_in_the_training_range(pca: Pca, digits) -> None:
    x, training = digits[0][:200], digits[0][200:]
    z = compression.at_8_bits(pca, x, training).numpy()
    seen, exact = pca.encode(training).numpy(), pca.encode(x).numpy()
    low, high = seen.min(0), seen.max(0)
    step = (high - low) / 255
    steps = (z - low) / step
    assert np.allclose(steps, steps.round(), atol=1e-2)
    assert (z >= low - 1e-4).all() and (z <= high + 1e-4).all()
    inside = (exact >= low) & (exact <= high)
    assert inside.mean() > 0.99
    assert (np.abs(z - exact) <= step / 2 + 1e-4)[inside].all()


def test_a_code_takes_one_byte_per_dimension_and_loses_little(pca: Pca, digits) -> None:
    x = digits[0][:200]
    kept = compression.as_code(pca, x, digits[0])
    assert kept.bytes == kept.data_bytes == kept.setting == 12
    exact = metrics.psnr(pca(x).x_hat, x).mean().item()
    assert exact - 0.5 < kept.psnr < exact + 0.01 and kept.psnr != exact


def test_fewer_components_of_pca_are_a_smaller_pca(pca: Pca, digits) -> None:
    """Truncated PCA by numpy's SVD, without the rounding to bytes."""
    x = digits[0][:100]
    flat = digits[0].flatten(1).double().numpy()
    mean = flat.mean(0)
    _, _, vectors = np.linalg.svd(flat - mean, full_matrices=False)
    seen = x.flatten(1).numpy()
    by_count = [
        psnr((mean + (seen - mean) @ vectors[:k].T @ vectors[:k]).clip(0, 1), seen)
        for k in range(1, 13)
    ]
    for count in (1, 5, 11):
        between = (by_count[count - 1] + by_count[count]) / 2
        kept = compression.as_pca(pca, x, digits[0], between)
        assert kept.bytes == kept.setting == count + 1
        assert kept.psnr == pytest.approx(by_count[count], abs=0.1)


def test_pca_that_cannot_come_as_close_says_how_close_it_comes(pca: Pca, digits) -> None:
    kept = compression.as_pca(pca, digits[0][:100], digits[0], 90.0)
    assert kept.setting == 12 and 10 < kept.psnr < 90
    assert kept.psnr == compression.as_code(pca, digits[0][:100], digits[0]).psnr


def test_jpeg_is_the_lowest_quality_that_comes_as_close(pixels: NDArray[np.uint8]) -> None:
    def by_pillow(quality: int) -> float:
        seen = []
        for picture in pixels:
            stream = io.BytesIO()
            Image.fromarray(picture).save(stream, "JPEG", quality=quality)
            seen.append(np.asarray(Image.open(stream)))
        return psnr(np.stack(seen) / 255, pixels / 255)

    every = [by_pillow(quality) for quality in range(1, 101)]
    for expected in (18.0, 24.0, 31.0, 40.0):
        kept = compression.as_jpeg(pixels, expected)
        enough = [q for q, reached in enumerate(every, start=1) if reached >= expected]
        assert kept.setting == enough[0]
        assert kept.psnr == pytest.approx(every[kept.setting - 1], abs=1e-3)
    assert compression.lowest_quality(pixels, 0.0) == 1
    assert compression.lowest_quality(pixels, 99.0) == 100


def test_jpeg_bytes_are_those_that_pillow_writes(pixels: NDArray[np.uint8]) -> None:
    kept = compression.as_jpeg(pixels, 24.0)
    lengths = []
    for picture in pixels:
        stream = io.BytesIO()
        Image.fromarray(picture).save(stream, "JPEG", quality=kept.setting, optimize=True)
        lengths.append(len(stream.getvalue()))
    assert kept.bytes == np.mean(lengths)
    assert kept.data_bytes < kept.bytes / 2  # headers and tables are most of the file


def segments(file: bytes) -> list[tuple[int, int]]:
    """Marker and length of each segment of a JPEG file before its entropy-coded data."""
    at, found = 2, []
    while True:
        marker, length = file[at + 1], struct.unpack(">H", file[at + 2 : at + 4])[0]
        found.append((marker, length))
        at += 2 + length
        if marker == 0xDA:
            return found


@pytest.mark.parametrize("quality", [1, 30, 95])
def test_the_picture_in_a_jpeg_file_is_what_no_segment_holds(
    pixels: NDArray[np.uint8], quality: int
) -> None:
    file = compression.jpeg(pixels[3], quality)
    overhead = 2 + 2 + sum(2 + length for _, length in segments(file))  # start, end, segments
    assert compression.scan_bytes(file) == len(file) - overhead > 0


def test_png_is_exact_and_its_picture_is_what_zlib_wrote(pixels: NDArray[np.uint8]) -> None:
    kept = compression.as_png(pixels)
    files, parts = [], []
    for picture in pixels:
        stream = io.BytesIO()
        Image.fromarray(picture).save(stream, "PNG", optimize=True)
        file = stream.getvalue()
        assert (decoded(file) == picture).all()
        begin = file.index(b"IDAT") + 4
        squeezed = zlib.decompressobj()
        lines = squeezed.decompress(file[begin:])
        assert len(lines) == 28 * (28 + 1)  # each with a byte for its filter
        files.append(len(file))
        parts.append(len(file[begin:]) - len(squeezed.unused_data))
    assert kept.bytes == np.mean(files)
    assert kept.data_bytes == np.mean(parts) < kept.bytes
    assert kept.psnr == metrics.MAX_PSNR


@pytest.mark.parametrize("dataset", datasets.DATASETS)
def test_shipped_codes_lose_little_by_their_rounding(dataset: str, original, lacking) -> None:
    names = checkpoint.available(dataset)
    if not {compression.dense(16), compression.pca(64)} <= set(names):
        lacking(f"needs the bottleneck sweep of {dataset}")
    x = datasets.to_tensor(original(dataset, "test").pixels[:300])
    training = datasets.to_tensor(original(dataset, "train").pixels[:2_000])
    for name in (compression.dense(16), compression.pca(64)):
        model = checkpoint.load(dataset, name, torch.device("cpu"))
        exact = metrics.psnr(model(x).x_hat, x).mean().item()
        assert 0 < exact - compression.as_code(model, x, training).psnr < 0.5
