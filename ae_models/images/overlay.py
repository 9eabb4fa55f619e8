"""Digits composited over garments: images with an exact segmentation mask.

Compositing gives the ground truth without annotation (Dwibedi, Misra & Hebert 2017, "Cut, Paste
and Learn"). The background is an enlarged part of a garment; the digit is lighter or darker.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

INKED = 0.5  # brightness from which a pixel of a digit is part of the mask
CONTRASTS = (0.15, 0.6)  # differences of digit and background in training and in the figures
ZOOM = (0.4, 0.8)  # fraction of a garment's side that the background shows
ASIDE = 0.2  # largest offset of that part from the centre, in half sides
SHIFT = 3  # largest shift of a digit, in pixels
DARKEST, BRIGHTEST = (0.0, 0.4), (0.6, 1.0)  # ranges of the background's minimum and maximum
OPACITY = (0.6, 1.0)  # of the digit over the background


class Overlay(NamedTuple):
    """N images and their segmentation masks."""

    images: Tensor  # (N, 1, 28, 28) in [0, 1]
    ink: Tensor  # (N, 1, 28, 28) of bool


def composite(
    digits: Tensor, garments: Tensor, generator: torch.Generator, contrast: float | None = None
) -> Overlay:
    """Composite each digit over the garment of the same index, (N, 1, 28, 28) in [0, 1] both.

    Position, crop, range of the background, opacity and sign of the contrast are random; so is
    the contrast, from `CONTRASTS`, where none is given: the difference of the digit from the mean
    of the background below it, limited by black and white.
    """
    uniform = torch.rand((11, len(digits), 1, 1, 1), generator=generator).to(digits.device)
    ground = placed(
        garments,
        _between(*ZOOM, uniform[0]),
        ASIDE * (2 * uniform[1] - 1),
        ASIDE * (2 * uniform[2] - 1),
        mirrored=uniform[3] < 0.5,
    )
    low, high = _between(*DARKEST, uniform[4]), _between(*BRIGHTEST, uniform[5])
    ground = low + (high - low) * ground
    whole = torch.ones_like(low)
    across, down = (torch.floor((2 * SHIFT + 1) * uniform[k]) - SHIFT for k in (6, 7))
    cover = placed(digits, whole, across / 14, down / 14, mirrored=whole < 0)
    ink = cover >= INKED
    below = (ground * cover).sum((2, 3), keepdim=True) / cover.sum((2, 3), keepdim=True).clamp(1e-6)
    difference = _between(*CONTRASTS, uniform[8]) if contrast is None else contrast * whole
    lighter = torch.where(uniform[9] < 0.5, below + difference <= 1, below - difference < 0)
    shade = torch.where(lighter, below + difference, below - difference).clamp(0, 1)
    covered = _between(*OPACITY, uniform[10]) * cover
    return Overlay((ground + covered * (shade - ground)).clamp(0, 1), ink)


def placed(x: Tensor, zoom: Tensor, across: Tensor, down: Tensor, mirrored: Tensor) -> Tensor:
    """A crop of each image at full size: `zoom` of its side, its centre offset in half sides.

    All parameters are (N, 1, 1, 1). Outside an image is 0.
    """
    zero = torch.zeros_like(zoom)
    wide = torch.where(mirrored, -zoom, zoom)
    maps = torch.cat([wide, zero, across, zero, zoom, down], 1).view(-1, 2, 3)
    grid = F.affine_grid(maps, list(x.shape), align_corners=False)
    return F.grid_sample(x, grid, align_corners=False)


def _between(low: float, high: float, fraction: Tensor) -> Tensor:
    return low + (high - low) * fraction
