"""Classical interpolation of small images to 28×28, the baselines of super-resolution.

Pillow's resampling filters: bicubic convolution (Keys 1981) and Lanczos (Duchon 1979).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from ae_models.i18n import N_

SIDE = 28
Enlarger = Callable[[Tensor], Tensor]  # (N, 1, side, side) -> (N, 1, 28, 28), both in [0, 1]


def nearest(small: Tensor) -> Tensor:
    """Nearest-neighbour interpolation."""
    return _resized(small, Image.Resampling.NEAREST)


def bicubic(small: Tensor) -> Tensor:
    """Bicubic convolution; overshoots are clipped."""
    return _resized(small, Image.Resampling.BICUBIC)


def lanczos(small: Tensor) -> Tensor:
    """Windowed sinc with a support of three pixels; overshoots are clipped."""
    return _resized(small, Image.Resampling.LANCZOS)


def _resized(small: Tensor, how: Image.Resampling) -> Tensor:
    large = [
        np.asarray(Image.fromarray(picture).resize((SIDE, SIDE), how))
        for picture in small.squeeze(1).float().cpu().numpy()
    ]
    if not large:
        return small.new_empty((0, 1, SIDE, SIDE))
    return torch.from_numpy(np.stack(large)).unsqueeze(1).clamp(0, 1)


ENLARGERS: dict[str, Enlarger] = {
    N_("nearest"): nearest,
    N_("bicubic"): bicubic,
    N_("Lanczos"): lanczos,
}
