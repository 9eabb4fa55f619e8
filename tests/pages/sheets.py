"""What is on a picture sheet, as `conftest.sheet` reads it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Sheet = list[tuple[dict[str, Any], NDArray[np.uint8]]]


def notes(rows: Sheet) -> dict[str, str]:
    """The quiet line of each labelled row."""
    return {row["label"]: row["note"] for row, _ in rows if row["label"]}


def pixels(rows: Sheet) -> NDArray[np.uint8]:
    """All pictures of rows of equal length."""
    return np.stack([images for _, images in rows])
