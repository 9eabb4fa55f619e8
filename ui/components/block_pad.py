"""A picture on which a block is marked by hand: drag from corner to corner, or tap to move it."""

import base64
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ui.base.language import _
from ui.components.register import register

_mount = register(__file__)
SIDE = 28
Block = tuple[int, int, int, int]  # left, right, top, bottom; the pixels from left to right - 1


def block_pad(
    picture: NDArray[np.uint8], block: Block, *, key: str, on_block: Callable[[], None]
) -> None:
    """Shows a picture (28, 28) under the block; a new one calls `on_block` before the next run.

    There `blocked(st.session_state[key])` gives it. Controls of the page set it by keyboard.
    """
    _mount(
        key=key,
        width="content",
        data={
            "pixels": base64.b64encode(np.ascontiguousarray(picture).tobytes()).decode("ascii"),
            "block": list(block),
            "canvas": _("Picture to mark a block on: drag from corner to corner"),
        },
        on_block_change=on_block,
    )


def blocked(state: object) -> Block | None:
    """The block that the browser sent in `st.session_state[key]`, or None. It has a pixel or more.

    What comes from a browser is untrusted.
    """
    sent = getattr(state, "block", None)
    if not isinstance(sent, list) or len(sent) != 4 or any(type(at) is not int for at in sent):
        return None
    left, right, top, bottom = sent
    if not 0 <= left < right <= SIDE or not 0 <= top < bottom <= SIDE:
        return None
    return left, right, top, bottom
