"""Export of labelled sets: the same arrays, in bounded memory, complete or not at all."""

import io
import tracemalloc
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from ae_models import datasets
from ae_models.images import export, labelled_set
from ae_models.images.labelled_set import LabelledImages, Part

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (70, 28, 28)).astype(np.uint8)
LABELS = RNG.integers(0, 10, 70)


def labelled(begin: int, end: int, size: int = 16) -> LabelledImages:
    """Some of the images, a few at a time."""
    starts = range(begin, end, size)
    parts = [(IMAGES[s : min(s + size, end)], LABELS[s : min(s + size, end)]) for s in starts]
    return LabelledImages(end - begin, parts)


def endless(count: int) -> Iterator[Part]:
    for _ in range(count // 1_000):
        yield np.zeros((1_000, 28, 28), np.uint8), np.zeros(1_000, np.int64)


@pytest.mark.parametrize("dataset", datasets.DATASETS)
def test_a_folder_is_read_as_the_data_set_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, any_content: None, dataset: str
) -> None:
    steps = labelled_set.to_folder(tmp_path, dataset, labelled(0, 60), labelled(60, 70))
    assert list(steps) == [16, 32, 48, 60, 70]
    monkeypatch.setenv("AE_DATA_DIR", str(tmp_path))
    for split, part in (("train", slice(0, 60)), ("test", slice(60, 70))):
        found = datasets.original(dataset, split)
        assert np.array_equal(found.pixels, IMAGES[part])
        assert np.array_equal(found.labels, LABELS[part])


def test_a_zip_holds_the_files_of_the_folder(tmp_path: Path) -> None:
    file = io.BytesIO()
    list(labelled_set.to_folder(tmp_path, "fashion", labelled(0, 60), labelled(60, 70)))
    list(labelled_set.to_zip(file, "fashion", labelled(0, 60), labelled(60, 70)))
    with zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
        for name in archive.namelist():
            assert archive.read(name) == (tmp_path / name).read_bytes()
        files = [p.relative_to(tmp_path) for p in tmp_path.rglob("*") if p.is_file()]
        assert sorted(archive.namelist()) == sorted(map(str, files))
        assert len(files) == 4


def test_an_npz_is_that_of_the_whole_arrays() -> None:
    file = io.BytesIO()
    assert list(labelled_set.to_npz(file, labelled(0, 70))) == [16, 32, 48, 64, 70]
    file.seek(0)
    whole = io.BytesIO(export.to_npz(IMAGES, LABELS.tolist()))
    with np.load(file, allow_pickle=False) as arrays, np.load(whole) as expected:
        assert arrays.files == expected.files
        for name in arrays.files:
            assert arrays[name].dtype == expected[name].dtype
            assert np.array_equal(arrays[name], expected[name])


def test_the_same_images_make_the_same_file() -> None:
    files = [io.BytesIO(), io.BytesIO()]
    for file in files:
        list(labelled_set.to_zip(file, "mnist", labelled(0, 60), labelled(60, 70)))
    assert files[0].getvalue() == files[1].getvalue()


def test_sixty_thousand_take_the_memory_of_a_few(tmp_path: Path) -> None:
    count = 60_000
    tracemalloc.start()
    with (tmp_path / "set.npz").open("wb") as file:
        steps = labelled_set.to_npz(file, LabelledImages(count, endless(count)))
        assert max(steps) == count
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < count * 28 * 28 / 4


@pytest.mark.parametrize("count", [59, 61])
def test_another_number_than_promised_leaves_no_folder(tmp_path: Path, count: int) -> None:
    wrong = labelled(0, 60)._replace(total=count)
    with pytest.raises(ValueError, match=f"60 images came, not {count}"):
        list(labelled_set.to_folder(tmp_path, "mnist", wrong, labelled(60, 70)))
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_one_that_is_stopped_leaves_no_folder(tmp_path: Path) -> None:
    steps = labelled_set.to_folder(tmp_path, "mnist", labelled(0, 60), labelled(60, 70))
    assert next(steps) == 16
    steps.close()  # type: ignore[attr-defined]
    assert not list((tmp_path / "MNIST").iterdir())


def test_what_is_no_image_is_refused() -> None:
    for images in (IMAGES / 255, IMAGES[:, :27], IMAGES[:69]):
        with pytest.raises(ValueError, match="uint8"):
            list(labelled_set.to_npz(io.BytesIO(), LabelledImages(70, [(images, LABELS)])))


def test_a_test_part_goes_with_every_set() -> None:
    assert [labelled_set.tested(count) for count in (1, 60, 60_000)] == [1, 10, 10_000]
