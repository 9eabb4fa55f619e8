"""Properties of an image that can be measured without a model: thickness, slant, brightness, width.

A class-conditional model can take them as input; its samples are measured in the same way.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from ae_models.i18n import N_

EMPTY = 1e-6  # an image without ink measures 0, not nan
FLAT = 1e-10  # keeps the gradient of the outline finite in constant regions


class Attribute(NamedTuple):
    """A measured property: its unit, and a function (N, 1, 28, 28) in [0, 1] -> (N,)."""

    unit: str
    measure: Callable[[Tensor], Tensor]


def thickness(x: Tensor) -> Tensor:
    """Width of the strokes in pixels, (N,): twice their area over the length of their outline.

    A stroke of width w and length L has area wL and an outline of 2L; the outline is the
    total variation of the image (Rudin et al. 1992), so that grey edges count in part.
    """
    padded = torch.nn.functional.pad(x, (1, 1, 1, 1))
    across = padded[..., :-1, 1:] - padded[..., :-1, :-1]
    down = padded[..., 1:, :-1] - padded[..., :-1, :-1]
    outline = (across.square() + down.square() + FLAT).sqrt().sum(dim=(1, 2, 3))
    return 2 * x.sum(dim=(1, 2, 3)) / outline.clamp(min=EMPTY)


def slant(x: Tensor) -> Tensor:
    """Slant to the right in degrees: the shear of the second moments of the ink, (N,)."""
    _, down, both = _moments(x)
    return torch.rad2deg(torch.atan(-both / down.clamp(min=EMPTY)))  # rows count downwards


def brightness(x: Tensor) -> Tensor:
    """Mean grey of the foreground, 0 … 1, (N,): pixels are weighted by their brightness."""
    return x.square().sum(dim=(1, 2, 3)) / x.sum(dim=(1, 2, 3)).clamp(min=EMPTY)


def width(x: Tensor) -> Tensor:
    """Width in pixels of a uniform bar with the horizontal variance of the image, (N,)."""
    across, _, _ = _moments(x)
    return (12 * across.clamp(min=EMPTY)).sqrt()


def _moments(x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Central second moments of each image (N,): across, down, and both together."""
    ink = x.squeeze(1) / x.sum(dim=(1, 2, 3)).clamp(min=EMPTY)[:, None, None]
    line = torch.arange(28, dtype=x.dtype, device=x.device)
    column, row = (ink.sum(1) * line).sum(1), (ink.sum(2) * line).sum(1)
    aside, below = line - column[:, None], line - row[:, None]  # (N, 28)
    across = (ink.sum(1) * aside.square()).sum(1)
    down = (ink.sum(2) * below.square()).sum(1)
    both = (ink * below[:, :, None] * aside[:, None, :]).sum(dim=(1, 2))
    return across, down, both


MEASURES: dict[str, Attribute] = {
    N_("thickness"): Attribute(N_("pixels"), thickness),
    N_("slant"): Attribute(N_("degrees"), slant),
    N_("brightness"): Attribute("", brightness),
    N_("width"): Attribute(N_("pixels"), width),
}


def measure(names: Sequence[str], x: Tensor) -> Tensor:
    """Attributes, keys of MEASURES, of images (N, 1, 28, 28) in [0, 1]: (N, A), in their units."""
    return torch.stack([MEASURES[name].measure(x) for name in names], dim=1)
