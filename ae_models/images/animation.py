"""Export of images as an animated GIF or WebP that loops."""

import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]  # (N, 28, 28)

SCALE = 10  # side of the square that a pixel becomes
SHORTEST = 20  # ms; browsers play a GIF with shorter frames at 100 ms each
HOLD = 4  # duration of an end frame, as a multiple of the others


def forward_and_backward(images: Pixels) -> Pixels:
    """The same frames, then backwards without the two ends, for a loop without a jump."""
    return np.concatenate([images, images[-2:0:-1]])


def durations(count: int, rate: float, *, rest: Sequence[int] = ()) -> list[int]:
    """Durations in ms of `count` frames at `rate` frames per second, in multiples of 10.

    Frames whose index is in `rest` last HOLD times as long.
    """
    each = max(SHORTEST, round(100 / rate) * 10)
    return [each * HOLD if frame in rest else each for frame in range(count)]


def to_gif(images: Pixels, milliseconds: Sequence[int], scale: int = SCALE) -> bytes:
    """`images` (N, 28, 28) as a greyscale GIF that loops.

    Consecutive equal frames are merged.
    """
    return _animated(images, milliseconds, scale, "GIF", disposal=1, optimize=False)


def to_webp(images: Pixels, milliseconds: Sequence[int], scale: int = SCALE) -> bytes:
    """`images` (N, 28, 28) as a lossless WebP that loops, about a quarter of the GIF's size."""
    return _animated(images, milliseconds, scale, "WEBP", lossless=True, method=0)


def _animated(
    images: Pixels, milliseconds: Sequence[int], scale: int, kind: str, **how: object
) -> bytes:
    if images.dtype != np.uint8 or images.shape[1:] != (28, 28) or not len(images):
        raise ValueError(f"expected uint8 (N, 28, 28), not {images.dtype} {images.shape}")
    if len(milliseconds) != len(images):
        raise ValueError(f"{len(images)} images but {len(milliseconds)} durations")
    large = images.repeat(scale, axis=1).repeat(scale, axis=2)
    first, *rest = (Image.fromarray(frame) for frame in large)
    buffer = io.BytesIO()
    first.save(
        buffer,
        kind,
        save_all=True,
        append_images=rest,
        duration=list(milliseconds),
        loop=0,
        **how,
    )
    return buffer.getvalue()
