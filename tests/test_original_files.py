"""The original files: read, or refused with a reason if damaged or incomplete."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from ae_models import original_files
from ae_models.original_files import faults, read

IMAGES, LABELS = "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"


def idx(array: np.ndarray) -> bytes:
    """The content of an idx file of bytes."""
    return b"".join(
        [(0x800 + array.ndim).to_bytes(4, "big")]
        + [length.to_bytes(4, "big") for length in array.shape]
        + [array.astype(np.uint8).tobytes()]
    )


RANDOM = np.random.default_rng(0)
PIXELS, TRAINING = (RANDOM.integers(0, 256, (count, 28, 28)) for count in (30, 60))
NUMBERS = np.arange(30) % 10


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """The four files of a small data set."""
    (tmp_path / "train-images-idx3-ubyte").write_bytes(idx(TRAINING))
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(idx(np.arange(60) % 10))
    (tmp_path / IMAGES).write_bytes(idx(PIXELS))
    (tmp_path / LABELS).write_bytes(idx(NUMBERS))
    return tmp_path


def said(raw: Path) -> list[str]:
    return [str(fault) for fault in faults(raw, 10, {})]


@pytest.mark.parametrize("zipped", [False, True])
def test_files_are_read_raw_and_gzipped(zipped: bool, raw: Path) -> None:
    if zipped:
        for path in list(raw.iterdir()):
            path.with_name(path.name + ".gz").write_bytes(gzip.compress(path.read_bytes()))
            path.unlink()
    assert said(raw) == []
    pixels, labels = read(raw, "test")
    assert np.array_equal(pixels, PIXELS) and np.array_equal(labels, NUMBERS)
    assert len(read(raw, "train")[0]) == 60


DAMAGES = {
    "empty": b"",
    "cut in the header": idx(PIXELS)[:10],
    "cut": idx(PIXELS)[:-1],
    "too long": idx(PIXELS) + b"0",
    "zeros": bytes(1000),
    "floats": b"\0\0\x0d\x03" + idx(PIXELS)[4:],
    "27 wide": idx(PIXELS[:, :, :27]),
    "claims 4 billion images": idx(PIXELS)[:4] + b"\xff" * 12 + idx(PIXELS)[16:],
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_named(damage: str, raw: Path) -> None:
    (raw / IMAGES).write_bytes(DAMAGES[damage])
    assert said(raw) == [f"{IMAGES} is damaged or not complete, and must be downloaded again"]
    with pytest.raises((ValueError, OSError)):
        read(raw, "test")


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
def test_a_bad_gzip_is_named(damage: str, raw: Path) -> None:
    (raw / IMAGES).unlink()
    (raw / f"{IMAGES}.gz").write_bytes(broken_gzips()[damage])
    assert said(raw) == [f"{IMAGES}.gz is damaged or not complete, and must be downloaded again"]


@pytest.mark.parametrize("ending", ["", ".gz"])
def test_a_web_page_saved_under_the_name_is_called_one(ending: str, raw: Path) -> None:
    (raw / IMAGES).unlink()
    (raw / f"{IMAGES}{ending}").write_bytes(b"\n<!DOCTYPE html><html>" + bytes(1000))
    assert said(raw) == [
        f"{IMAGES}{ending} is a web page instead of data, and must be downloaded again"
    ]


@pytest.mark.parametrize("ending", ["", ".gz"])
def test_a_name_as_7_zip_unpacks_it_is_named_with_the_right_one(ending: str, raw: Path) -> None:
    (raw / IMAGES).rename(raw / f"t10k-images.idx3-ubyte{ending}")
    assert said(raw) == [f"t10k-images.idx3-ubyte{ending} must be renamed to {IMAGES}{ending}"]
    assert original_files.any_there(raw)


def test_each_of_the_four_files_is_needed(raw: Path) -> None:
    names = sorted(path.name for path in raw.iterdir())
    assert names == sorted(original_files.NAMES)
    for name in names:
        content = (raw / name).read_bytes()
        (raw / name).unlink()
        assert said(raw) == [f"{name} is missing"]
        (raw / name).write_bytes(content)
    for name in names:
        (raw / name).unlink()
    assert said(raw) == [f"{name} is missing" for name in original_files.NAMES]
    assert not original_files.any_there(raw)


def test_as_many_labels_as_images(raw: Path) -> None:
    (raw / IMAGES).write_bytes(idx(np.concatenate([PIXELS, PIXELS])))
    assert said(raw) == [f"{IMAGES} and {LABELS} hold different numbers of images"]


def test_labels_beyond_the_classes_are_refused(raw: Path) -> None:
    (raw / LABELS).write_bytes(idx(NUMBERS + 1))
    assert said(raw) == [f"{LABELS} holds labels other than 0 to 9"]


def test_a_whole_file_is_read_once(raw: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert said(raw) == []
    monkeypatch.setattr(original_files, "_content", lambda path: pytest.fail("read again"))
    assert said(raw) == []
