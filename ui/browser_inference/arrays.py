"""Arrays in the data of a component; `unpacked…` in live_sheet.js read them."""

import base64

import numpy as np
import torch
from numpy.typing import NDArray

NORMAL = ("Gaussian", "speckle")  # noises with a normal value a pixel; others have a uniform one


def packed(array: NDArray[np.floating]) -> str:
    """Any array as the base64 of its values in float32, row by row."""
    return base64.b64encode(np.ascontiguousarray(array, "<f4").tobytes()).decode("ascii")


def packed_bytes(pixels: NDArray[np.uint8]) -> str:
    """Greys from 0 to 255 of any shape as base64, row by row."""
    return base64.b64encode(np.ascontiguousarray(pixels).tobytes()).decode("ascii")


def random_field(noise: str, count: int, seed: int) -> NDArray[np.float32]:
    """What `restoration.methods.corrupt` draws for `count` images, flat, at any strength.

    `ops.noises` in ops.js makes the same noisy images of it. `noise` is a key of NOISES.
    """
    generator = torch.Generator().manual_seed(seed)
    if noise == "block":
        return torch.rand((count, 2), generator=generator).flatten().numpy()
    draw = torch.randn if noise in NORMAL else torch.rand
    return draw((count, 1, 28, 28), generator=generator).flatten().numpy()
