"""Corruptions of an image: CORRUPTIONS, label -> function, which includes NOISES.

Each has the interface of a noise: images in [0, 1], a strength and a
`torch.Generator` on the CPU give images in [0, 1] of the same shape, and strength 0 changes
nothing.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ae_models.i18n import N_
from ae_models.images.noise import NOISES, Noise

SIDES = (N_("top"), N_("bottom"), N_("left"), N_("right"))
REACH = 6  # of the blur, in pixels: three times its largest sigma


def half(x: Tensor, strength: float, generator: torch.Generator) -> Tensor:
    """Set the fraction `strength` of each image to 0, from a random side on."""
    hidden = torch.cat([hide_side(side, strength) for side in SIDES])  # (4, 1, 28, 28)
    drawn = torch.randint(len(SIDES), (len(x),), generator=generator)
    return x.masked_fill(hidden[drawn].to(x.device), 0.0)


def hide_side(side: str, fraction: float = 0.5) -> Tensor:
    """A mask that hides a fraction of an image from one of SIDES on: (1, 1, 28, 28) of bool."""
    lines = torch.arange(28) < round(28 * min(max(fraction, 0.0), 1.0))
    if side in ("bottom", "right"):
        lines = lines.flip(0)
    hidden = lines[:, None] if side in ("top", "bottom") else lines[None]
    return hidden.expand(28, 28)[None, None]


def low_resolution(x: Tensor, strength: float, generator: torch.Generator) -> Tensor:
    """Reduce the side length by the fraction `strength`: 0.5 leaves 14×14, 0.75 leaves 7×7."""
    return enlarged(reduced(x, side(strength)))


def side(strength: float) -> int:
    """Pixels per side at a low resolution, from 1 to 28."""
    return max(1, round(28 * (1 - strength)))


def reduced(x: Tensor, side: int) -> Tensor:
    """(N, 1, 28, 28) -> (N, 1, side, side): each pixel the mean over its area."""
    return nn.functional.adaptive_avg_pool2d(x, side)


def enlarged(small: Tensor) -> Tensor:
    """(N, 1, side, side) -> (N, 1, 28, 28) by the nearest pixel, which adds no new grey levels."""
    return nn.functional.interpolate(small, size=(28, 28), mode="nearest-exact")


def blur(x: Tensor, strength: float, generator: torch.Generator) -> Tensor:
    """Blur by a Gaussian of standard deviation `strength`, in pixels."""
    return blurred(x, strength)


def gaussian_kernel(sigma: float, reach: int, dtype: torch.dtype = torch.float32) -> Tensor:
    """A Gaussian of standard deviation `sigma` at the offsets -reach … reach, summing to 1."""
    offset = torch.arange(-reach, reach + 1, dtype=dtype)
    kernel = torch.exp(-0.5 * (offset / max(sigma, 1e-3)).square())
    return kernel / kernel.sum()


def blurred(x: Tensor, sigma: float) -> Tensor:
    """(N, 1, 28, 28) convolved with a Gaussian of `sigma` pixels; zero-padded."""
    kernel = gaussian_kernel(sigma, REACH).to(x.device)
    across = nn.functional.conv2d(x, kernel.view(1, 1, 1, -1), padding=(0, REACH))
    return nn.functional.conv2d(across, kernel.view(1, 1, -1, 1), padding=(REACH, 0)).clamp(0, 1)


CORRUPTIONS: dict[str, Noise] = NOISES | {
    N_("half"): half,
    N_("low resolution"): low_resolution,
    N_("blur"): blur,
}
