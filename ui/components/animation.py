"""An animation of 28×28 images, with a button to pause and a slider to seek.

All frames travel as one binary message (a JSON header, then raw pixels): a moved control
shows another animation at once, and nothing is encoded before it is downloaded.
"""

import json
import struct
from collections.abc import Sequence

import numpy as np

from ui.base.language import _
from ui.components.register import register

_mount = register(__file__)


def play(frames: np.ndarray, milliseconds: Sequence[int], *, key: str, alt: str) -> None:
    """Plays uint8 frames (N, 28, 28) in a loop, each for its number of milliseconds.

    Where the visitor's system asks for reduced motion, it starts paused.
    """
    if frames.dtype != np.uint8 or frames.shape[1:] != (28, 28) or not len(frames):
        raise ValueError(f"an animation takes uint8 (N, 28, 28), not {frames.dtype} {frames.shape}")
    if len(milliseconds) != len(frames):
        raise ValueError(f"{len(milliseconds)} durations for {len(frames)} frames")
    header = {
        "milliseconds": list(milliseconds),
        "alt": alt,
        "play": _("Play"),
        "pause": _("Pause"),
        "seek": _("Frame"),
    }
    text = json.dumps(header, ensure_ascii=False).encode()
    pixels = np.ascontiguousarray(frames).tobytes()
    _mount(key=key, data=b"".join((struct.pack("<I", len(text)), text, pixels)))
