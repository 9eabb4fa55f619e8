"""Noise on an image: NOISES, label -> function.

Every function takes images in [0, 1], a strength and a `torch.Generator` on the CPU,
and gives images in [0, 1] of the same shape. Strength 0 changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from ae_models.i18n import N_

Noise = Callable[[Tensor, float, torch.Generator], Tensor]


def gaussian(x: Tensor, strength: float, generator: torch.Generator) -> Tensor:
    """Add normal noise of standard deviation `strength`, then clip."""
    return (x + strength * _normal(x, generator)).clamp(0, 1)


def salt_and_pepper(x: Tensor, strength: float, generator: torch.Generator) -> Tensor:
    """Set a fraction `strength` of the pixels, half of them to 0 and half to 1."""
    u = _uniform(x, generator)
    return x.masked_fill(u < strength, 1.0).masked_fill(u < strength / 2, 0.0)


def masking(x: Tensor, strength: float, generator: torch.Generator) -> Tensor:
    """Set a fraction `strength` of the pixels to 0 (Vincent et al. 2008)."""
    return x.masked_fill(_uniform(x, generator) < strength, 0.0)


def speckle(x: Tensor, strength: float, generator: torch.Generator) -> Tensor:
    """Multiply by 1 + `strength` times normal noise, then clip."""
    return (x * (1 + strength * _normal(x, generator))).clamp(0, 1)


def block(x: Tensor, strength: float, generator: torch.Generator) -> Tensor:
    """Cover one random square of an image with 0; `strength` is its fraction of the area."""
    side = round(28 * min(max(strength, 0.0), 1.0) ** 0.5)
    corner = torch.rand((len(x), 2), generator=generator).to(x.device) * (29 - side)
    top, left = corner.long().unbind(1)  # (B,) each, in 0 … 28 - side
    line = torch.arange(28, device=x.device)
    rows = (line >= top[:, None]) & (line < top[:, None] + side)  # (B, 28)
    columns = (line >= left[:, None]) & (line < left[:, None] + side)
    return x.masked_fill((rows[:, :, None] & columns[:, None, :]).unsqueeze(1), 0.0)


def _normal(x: Tensor, generator: torch.Generator) -> Tensor:
    return torch.randn(x.shape, generator=generator).to(x.device)


def _uniform(x: Tensor, generator: torch.Generator) -> Tensor:
    return torch.rand(x.shape, generator=generator).to(x.device)


NOISES: dict[str, Noise] = {
    N_("Gaussian"): gaussian,
    N_("salt & pepper"): salt_and_pepper,
    N_("masking"): masking,
    N_("speckle"): speckle,
    N_("block"): block,
}
