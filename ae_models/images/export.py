"""Export of images: a contact sheet as PNG, a ZIP of PNG files, an NPZ of arrays."""

import csv
import io
import zipfile
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]  # (N, 28, 28)

# One date for all members: the same images make the same file, whenever it is made.
_DATE = (1980, 1, 1, 0, 0, 0)


def to_png(images: Pixels, columns: int, scale: int = 4, gap: int = 1, ground: int = 0) -> bytes:
    """A contact sheet of ``images`` (N, 28, 28), row by row, as one grey PNG.

    Every pixel becomes a square of ``scale`` pixels. Between two images lie ``gap``
    pixels (before scaling) of the grey level ``ground``, which also fills the last row.
    """
    _check(images)
    if columns < 1 or scale < 1 or gap < 0:
        raise ValueError("columns and scale are at least 1, and gap at least 0")
    columns = min(columns, len(images))
    rows = -(-len(images) // columns)
    step = 28 + gap
    sheet = np.full((rows * step - gap, columns * step - gap), ground, np.uint8)
    for index, image in enumerate(images):
        top, left = (step * place for place in divmod(index, columns))
        sheet[top : top + 28, left : left + 28] = image
    return _png(sheet.repeat(scale, axis=0).repeat(scale, axis=1))


def to_zip(images: Pixels, labels: Sequence[int], class_names: Sequence[str] = ()) -> bytes:
    """``images`` (N, 28, 28) as PNG files with their labels, and labels.csv, in a ZIP.

    File names hold only a number and a label (``0000_label-2.png``), so that they are
    safe on every system; class names stand in the table alone.
    """
    _check(images, labels)
    digits = max(4, len(str(len(images) - 1)))
    names = [f"{index:0{digits}d}_label-{int(label)}.png" for index, label in enumerate(labels)]

    table = io.StringIO()
    rows = csv.writer(table, lineterminator="\n")
    rows.writerow(["file", "label", "class"] if class_names else ["file", "label"])
    for name, label in zip(names, labels, strict=True):
        rows.writerow([name, int(label), *([class_names[int(label)]] if class_names else [])])

    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:  # stored: PNG is compressed already
        archive.writestr(zipfile.ZipInfo("labels.csv", _DATE), table.getvalue())
        for name, image in zip(names, images, strict=True):
            archive.writestr(zipfile.ZipInfo(name, _DATE), _png(image))
    return buffer.getvalue()


def to_npz(images: Pixels, labels: Sequence[int]) -> bytes:
    """A compressed NPZ with ``images`` uint8 (N, 28, 28) and ``labels`` int64 (N,)."""
    _check(images, labels)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, images=images, labels=np.asarray(labels, np.int64))
    return buffer.getvalue()


def _png(grey: Pixels) -> bytes:
    """(H, W) uint8 as a grey PNG."""
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(grey)).save(buffer, "PNG")
    return buffer.getvalue()


def _check(images: Pixels, labels: Sequence[int] | None = None) -> None:
    """Raise `ValueError` for arrays that cannot be exported."""
    if images.dtype != np.uint8 or images.shape[1:] != (28, 28) or not len(images):
        raise ValueError(f"expected uint8 (N, 28, 28), not {images.dtype} {images.shape}")
    if labels is not None and len(labels) != len(images):
        raise ValueError(f"{len(images)} images but {len(labels)} labels")
