"""Exported files can be read and hold the same images."""

import csv
import io
import re
import zipfile

import numpy as np
import pytest
from PIL import Image

from ae_models.images import export

IMAGES = np.random.default_rng(0).integers(0, 256, (5, 28, 28)).astype(np.uint8)
LABELS = [2, 0, 2, 6, 9]


def test_contact_sheet_places_every_image() -> None:
    file = export.to_png(IMAGES, columns=3, scale=2, gap=1, ground=7)
    with Image.open(io.BytesIO(file), formats=["PNG"]) as image:
        assert image.mode == "L"
        sheet = np.asarray(image)
    assert sheet.shape == ((2 * 28 + 1) * 2, (3 * 28 + 2) * 2)
    assert np.array_equal(sheet[::2, ::2], sheet[1::2, 1::2])  # squares of 2 pixels
    pixels = sheet[::2, ::2]
    assert np.array_equal(pixels[:28, 29:57], IMAGES[1])
    assert np.array_equal(pixels[29:, 29:57], IMAGES[4])
    assert (pixels[28] == 7).all() and (pixels[29:, 58:] == 7).all()  # gap and empty place


def test_contact_sheet_of_few_images_is_no_wider_than_they_are() -> None:
    with Image.open(io.BytesIO(export.to_png(IMAGES[:2], columns=10, scale=1, gap=0))) as image:
        assert image.size == (56, 28)


@pytest.mark.parametrize("wrong", [{"columns": 0}, {"columns": 1, "scale": 0}])
def test_impossible_sheets_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="at least"):
        export.to_png(IMAGES, **wrong)


def test_zip_holds_pictures_and_a_table() -> None:
    names = ["T-shirt/top", *"abcdefgh", "=boot, “left”"]
    with zipfile.ZipFile(io.BytesIO(export.to_zip(IMAGES, LABELS, names))) as archive:
        assert archive.testzip() is None
        members = archive.namelist()
        assert all(re.fullmatch(r"[0-9A-Za-z._-]+", name) for name in members)
        table = list(csv.DictReader(io.StringIO(archive.read("labels.csv").decode())))
        assert [row["file"] for row in table] == members[1:]
        assert [int(row["label"]) for row in table] == LABELS
        assert [row["class"] for row in table] == [names[label] for label in LABELS]
        assert members[1] == "0000_label-2.png"
        for row, expected in zip(table, IMAGES, strict=True):
            with Image.open(archive.open(row["file"])) as image:
                assert np.array_equal(np.asarray(image), expected)


def test_zip_without_class_names_and_the_same_bytes_twice() -> None:
    file = export.to_zip(IMAGES, LABELS)
    assert file == export.to_zip(IMAGES, LABELS)
    with zipfile.ZipFile(io.BytesIO(file)) as archive:
        assert archive.read("labels.csv").startswith(b"file,label\n0000_label-2.png,2\n")


def test_npz_gives_the_arrays_back() -> None:
    with np.load(io.BytesIO(export.to_npz(IMAGES, LABELS)), allow_pickle=False) as arrays:
        assert set(arrays) == {"images", "labels"}
        assert arrays["images"].dtype == np.uint8 and arrays["labels"].dtype == np.int64
        assert np.array_equal(arrays["images"], IMAGES)
        assert arrays["labels"].tolist() == LABELS


@pytest.mark.parametrize("write", [export.to_zip, export.to_npz])
def test_labels_must_match(write) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match="5 images but 4 labels"):
        write(IMAGES, LABELS[:4])


@pytest.mark.parametrize("images", [IMAGES[:0], IMAGES / 255, IMAGES[:, :27], IMAGES[0]])
def test_anything_but_images_is_refused(images: np.ndarray) -> None:
    with pytest.raises(ValueError, match="uint8"):
        export.to_png(images, columns=2)
