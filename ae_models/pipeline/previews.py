"""A preview without torch: one image per class with its code and reconstruction.

`evaluate` makes it from gallery images, so that it equals what the page computes
live later; it is read by NumPy alone.
"""

from __future__ import annotations

import io
import zlib
from typing import NamedTuple
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from ae_models.artifacts.card import folder

MODEL = "undercomplete"
FILE = "preview.npz"


class Preview(NamedTuple):
    """The first test picture of each class, its code and its reconstruction."""

    number: NDArray[np.int64]  # (C,) which test picture it is
    x: NDArray[np.uint8]  # (C, 28, 28), gallery pictures
    z: NDArray[np.float32]  # (C, D)
    x_hat: NDArray[np.uint8]  # (C, 28, 28)


def read(dataset: str) -> Preview | None:
    """The shipped preview, or None where it is missing or damaged."""
    try:
        with np.load(folder(dataset) / FILE, allow_pickle=False) as arrays:
            return Preview(*(arrays[field] for field in Preview._fields))
    except (OSError, EOFError, ValueError, KeyError, BadZipFile, zlib.error):
        return None


def first_of_each_class(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """(C,): the number of the first image of each class."""
    return np.array([int(np.argmax(labels == label)) for label in range(labels.max() + 1)])


def write(dataset: str) -> None:
    """Make the preview from the gallery and the shipped model."""
    from ae_models import datasets, inference
    from ae_models.artifacts import checkpoint, gallery

    pictures = gallery.load(dataset, "test")
    number = first_of_each_class(pictures.labels)
    model = checkpoint.load(dataset, MODEL)
    x = datasets.to_tensor(pictures.pixels[number])
    content = io.BytesIO()
    np.savez_compressed(
        content,
        number=number,
        x=pictures.pixels[number],
        z=inference.encode(model, x).numpy(),
        x_hat=datasets.to_pixels(inference.reconstruct(model, x)),
    )
    checkpoint.write(dataset, "", FILE, content.getvalue())
