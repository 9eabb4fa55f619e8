"""The picture sheet: labelled rows of 28×28 pictures with crisp pixels.

All rows travel as one binary message (a JSON header, then raw pixels) and are painted on
canvases that stay in place: no second request, no decoding, no flicker on a slider move.
"""

import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ui.base.language import _
from ui.components.register import register

_mount = register(__file__, "sheet_image.js")
SIDE = 28


@dataclass(frozen=True)
class Row:
    """One labelled row. `images` is uint8, (N, 28, 28) grey or (N, 28, 28, 3) RGB.

    `note` is a quiet line under the label, `captions` one text under each picture, and
    `alt` says what the pictures show; it is the label where nothing is given. A `marked`
    row is the one that a control has chosen.
    """

    label: str
    images: np.ndarray
    note: str = ""
    captions: Sequence[str] | None = None
    alt: str = ""
    marked: bool = False

    def __post_init__(self) -> None:
        shape = self.images.shape
        if self.images.dtype != np.uint8 or shape[1:] not in ((SIDE, SIDE), (SIDE, SIDE, 3)):
            raise ValueError(f"a row takes uint8 (N, 28, 28[, 3]), not {self.images.dtype} {shape}")
        if self.captions is not None and len(self.captions) != shape[0]:
            raise ValueError(f"{len(self.captions)} captions for {shape[0]} images")


def picture_sheet(
    rows: Sequence[Row],
    key: str,
    *,
    selectable: bool = False,
    selected: tuple[int, int] | None = None,
    largest: int = 112,
) -> tuple[int, int] | None:
    """Shows the rows; returns (row, column) in the run that a click causes, else None.

    `selected` outlines one picture; `largest` is the largest side of a picture in
    pixels, where text has its usual size.
    """
    result = _mount(
        key=key,
        data=_message(rows, selectable, selected, largest),
        on_click_change=_ignore,
    )
    return _clicked(result.click, rows) if selectable else None


def _message(
    rows: Sequence[Row], selectable: bool, selected: tuple[int, int] | None, largest: int
) -> bytes:
    header = {
        "selectable": selectable,
        "selected": selected,
        "largest": largest,
        "save": _("Save as PNG"),
        "rows": [
            {
                "label": row.label,
                "note": row.note,
                "alt": row.alt or row.label,
                "captions": None if row.captions is None else list(row.captions),
                "marked": row.marked,
                "count": len(row.images),
                "channels": 1 if row.images.ndim == 3 else 3,
            }
            for row in rows
        ],
    }
    text = json.dumps(header, ensure_ascii=False).encode()
    pixels = (np.ascontiguousarray(row.images).tobytes() for row in rows)
    return b"".join((struct.pack("<I", len(text)), text, *pixels))


def _clicked(value: Any, rows: Sequence[Row]) -> tuple[int, int] | None:
    if not isinstance(value, list) or len(value) != 2:
        return None
    row, column = value
    if type(row) is not int or type(column) is not int:
        return None
    if not 0 <= row < len(rows) or not 0 <= column < len(rows[row].images):
        return None
    return row, column


def _ignore() -> None:
    """The component's events need a callback to exist; the value is read from the result."""
