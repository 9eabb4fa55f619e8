"""The original files: read, refused where damaged, and what stands in for them."""

import gzip
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from ae_models import datasets
from ae_models.artifacts import image_source

RAW = "MNIST/raw"
IMAGES, LABELS = "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"


def idx(array: np.ndarray) -> bytes:
    """The content of an idx file of bytes."""
    return b"".join(
        [(0x800 + array.ndim).to_bytes(4, "big")]
        + [length.to_bytes(4, "big") for length in array.shape]
        + [array.astype(np.uint8).tobytes()]
    )


PIXELS = np.random.default_rng(0).integers(0, 256, (30, 28, 28))
NUMBERS = np.arange(30) % 10


@pytest.fixture
def raw(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with thirty test images and no training images."""
    monkeypatch.setenv("AE_DATA_DIR", str(tmp_path))
    folder = tmp_path / RAW
    folder.mkdir(parents=True)
    (folder / IMAGES).write_bytes(idx(PIXELS))
    (folder / LABELS).write_bytes(idx(NUMBERS))
    return folder


@pytest.mark.parametrize("zipped", [False, True])
def test_files_are_read_raw_and_gzipped(zipped: bool, raw: Path) -> None:
    if zipped:
        for path in list(raw.iterdir()):
            path.with_name(path.name + ".gz").write_bytes(gzip.compress(path.read_bytes()))
            path.unlink()
    assert datasets.on_disk("mnist") and not datasets.on_disk("fashion")
    images = image_source.load("mnist", "test")
    assert np.array_equal(images.pixels, PIXELS) and np.array_equal(images.labels, NUMBERS)
    assert images.pixels.dtype == np.uint8 and images.labels.dtype == np.int64
    assert images.decoded is False


def test_arrays_are_read_only(raw: Path) -> None:
    for array in image_source.load("mnist", "test")[:2]:
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


CORRUPTIONS = {
    "empty": b"",
    "cut in the header": idx(PIXELS)[:10],
    "cut": idx(PIXELS)[:-1],
    "too long": idx(PIXELS) + b"0",
    "not idx": b"<html>" + bytes(1000),
    "floats": b"\0\0\x0d\x03" + idx(PIXELS)[4:],
    "27 wide": idx(PIXELS[:, :, :27]),
    "more images than labels": idx(np.concatenate([PIXELS, PIXELS])),
    "claims 4 billion images": idx(PIXELS)[:4] + b"\xff" * 12 + idx(PIXELS)[16:],
}


@pytest.mark.parametrize("damage", CORRUPTIONS)
def test_a_damaged_file_is_data_missing_by_name(damage: str, raw: Path) -> None:
    (raw / IMAGES).write_bytes(CORRUPTIONS[damage])
    with pytest.raises(datasets.DataMissing, match=re.escape(str(raw))):
        datasets.original("mnist", "test")


def broken_gzips() -> dict[str, bytes]:
    whole = gzip.compress(idx(PIXELS))
    return {
        "not gzip": idx(PIXELS),
        "cut": whole[: len(whole) // 2],
        "a byte changed": whole[:50] + bytes([whole[50] ^ 0xFF]) + whole[51:],
        "wrong checksum": whole[:-8] + bytes(8),
        "broken deflate": whole[:10] + b"\xff" * 40,
    }


@pytest.mark.parametrize("damage", broken_gzips())
def test_a_bad_gzip_is_data_missing(damage: str, raw: Path) -> None:
    (raw / IMAGES).unlink()
    (raw / f"{IMAGES}.gz").write_bytes(broken_gzips()[damage])
    with pytest.raises(datasets.DataMissing, match="damaged"):
        datasets.original("mnist", "test")


def test_labels_beyond_9_are_refused(raw: Path) -> None:
    (raw / LABELS).write_bytes(idx(NUMBERS + 1))
    with pytest.raises(datasets.DataMissing, match="label"):
        datasets.original("mnist", "test")


def test_without_files_the_gallery_stands_in(raw: Path, monkeypatch) -> None:
    from ae_models.artifacts import gallery

    asked: list[tuple[str, str]] = []
    monkeypatch.setattr(gallery, "load", lambda *which: asked.append(which))
    image_source.load("mnist", "test")
    image_source.load("mnist", "train")  # the training files are missing here
    (raw / LABELS).write_bytes(b"")
    image_source.load("mnist", "test")
    image_source.load("fashion", "test")
    assert asked == [("mnist", "train"), ("mnist", "test"), ("fashion", "test")]


@pytest.mark.parametrize("count", [60_000, 10_000])
def test_the_validation_part_is_disjoint_and_always_the_same(count: int) -> None:
    kept, held = datasets.split_off_validation(count)
    assert len(held) == 5_000
    assert np.array_equal(np.sort(np.concatenate([kept, held])), np.arange(count))
    torch.manual_seed(1)
    np.random.seed(1)
    for one, other in zip(datasets.split_off_validation(count), (kept, held), strict=True):
        assert np.array_equal(one, other)


def test_the_validation_part_is_the_one_that_the_cards_speak_of() -> None:
    kept, held = datasets.split_off_validation(60_000)
    assert held[:5].tolist() == [4, 11, 18, 19, 27]
    assert int(held.sum()) == 148_954_282 and len(kept) == 55_000


def test_pixels_and_tensors_are_inverses() -> None:
    every = np.arange(784, dtype=np.uint8).reshape(1, 28, 28)  # each byte, 0 to 255
    tensor = datasets.to_tensor(every)
    assert tensor.shape == (1, 1, 28, 28) and tensor.dtype == torch.float32
    assert tensor.min() == 0 and tensor.max() == 1
    assert np.array_equal(datasets.to_pixels(tensor), every)


@pytest.mark.data
@pytest.mark.parametrize("dataset", datasets.DATASETS)
def test_the_original_data_sets_are_whole(dataset: str, original) -> None:
    train, test = original(dataset, "train"), original(dataset, "test")
    assert train.pixels.shape == (60_000, 28, 28) and test.pixels.shape == (10_000, 28, 28)
    assert set(np.unique(train.labels)) == set(np.unique(test.labels)) == set(range(10))
    assert len(datasets.CLASS_NAMES[dataset]) == 10


def test_where_data_is_looked_for(monkeypatch) -> None:
    monkeypatch.setenv("AE_DATA_DIR", "/somewhere")
    assert datasets.root() == Path("/somewhere")
    for unset in ("", None):
        monkeypatch.setenv("AE_DATA_DIR", "") if unset == "" else monkeypatch.delenv("AE_DATA_DIR")
        assert datasets.root() == Path(__file__).parent.parent / "data"


def test_images_are_read_without_torch(raw: Path) -> None:
    code = (
        "import sys; from ae_models.artifacts import image_source;"
        "print(len(image_source.load('mnist', 'test').pixels));"
        "print('torch' in sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parent.parent,
        env=os.environ | {"AE_DATA_DIR": str(raw.parent.parent)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.split() == ["30", "False"]
