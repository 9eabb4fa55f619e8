"""Digits laid over the weave of clothes: pictures whose every pixel's truth is known.

Nobody has marked which pixels of a photograph are the object; where the object is laid over
a ground by us, the truth comes for nothing (Dwibedi, Misra & Hebert 2017, "Cut, Paste and
Learn"). The ground is an enlarged part of a garment; the ink is lighter or darker than it.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

INKED = 0.5  # a pixel of a digit is ink from this brightness on
CONTRASTS = (0.15, 0.6)  # how much ink and ground differ in training and in the figures
ZOOM = (0.4, 0.8)  # the part of a garment's side that the ground shows
ASIDE = 0.2  # how far off its middle that part may lie, of half a side
SHIFT = 3  # pixels that a digit is moved at most
DARKEST, BRIGHTEST = (0.0, 0.4), (0.6, 1.0)  # of a ground: where its range begins and ends
OPACITY = (0.6, 1.0)  # less lets the weave shine through the ink


class Overlay(NamedTuple):
    """N pictures, and which of their pixels are ink."""

    images: Tensor  # (N, 1, 28, 28) in [0, 1]
    ink: Tensor  # (N, 1, 28, 28) of bool


def lay(
    digits: Tensor, garments: Tensor, generator: torch.Generator, contrast: float | None = None
) -> Overlay:
    """Each digit over the garment of the same place, (N, 1, 28, 28) in [0, 1] both.

    Place, part, range of the ground, opacity and direction of the ink are drawn; so is the
    contrast from `CONTRASTS`, where none is given: the difference of the ink from the mean
    of the ground below it, as far as black and white allow.
    """
    chance = torch.rand((11, len(digits), 1, 1, 1), generator=generator).to(digits.device)
    ground = placed(
        garments,
        _between(*ZOOM, chance[0]),
        ASIDE * (2 * chance[1] - 1),
        ASIDE * (2 * chance[2] - 1),
        mirrored=chance[3] < 0.5,
    )
    low, high = _between(*DARKEST, chance[4]), _between(*BRIGHTEST, chance[5])
    ground = low + (high - low) * ground
    whole = torch.ones_like(low)
    across, down = (torch.floor((2 * SHIFT + 1) * chance[k]) - SHIFT for k in (6, 7))
    cover = placed(digits, whole, across / 14, down / 14, mirrored=whole < 0)
    ink = cover >= INKED
    below = (ground * cover).sum((2, 3), keepdim=True) / cover.sum((2, 3), keepdim=True).clamp(1e-6)
    apart = _between(*CONTRASTS, chance[8]) if contrast is None else contrast * whole
    lighter = torch.where(chance[9] < 0.5, below + apart <= 1, below - apart < 0)
    shade = torch.where(lighter, below + apart, below - apart).clamp(0, 1)
    covered = _between(*OPACITY, chance[10]) * cover
    return Overlay((ground + covered * (shade - ground)).clamp(0, 1), ink)


def placed(x: Tensor, zoom: Tensor, across: Tensor, down: Tensor, mirrored: Tensor) -> Tensor:
    """A part of each picture at full size: `zoom` of its side, its middle off by so many half
    sides; all parameters (N, 1, 1, 1). What lies outside a picture is 0."""
    zero = torch.zeros_like(zoom)
    wide = torch.where(mirrored, -zoom, zoom)
    maps = torch.cat([wide, zero, across, zero, zoom, down], 1).view(-1, 2, 3)
    grid = F.affine_grid(maps, list(x.shape), align_corners=False)
    return F.grid_sample(x, grid, align_corners=False)


def _between(low: float, high: float, part: Tensor) -> Tensor:
    return low + (high - low) * part
