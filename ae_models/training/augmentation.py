"""Augmentation of the training input: blur, mirroring, shifts."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ae_models.images.corruptions import blurred
from ae_models.training.phases import IterativePhase


def augmented(x: Tensor, phase: IterativePhase, generator: torch.Generator) -> Tensor:
    """Randomly blurred, mirrored and shifted images (B, 1, 28, 28), as the phase specifies.

    Blur is drawn per batch, mirroring and shift per image.
    """
    if phase.blur:
        u = torch.rand((), generator=generator).item()
        x = blurred(x, phase.blur * max(2 * u - 1, 0))
    if phase.flip:
        mirrored = torch.rand(len(x), generator=generator).to(x.device) < 0.5
        x = torch.where(mirrored[:, None, None, None], x.flip(3), x)
    if not phase.shift:
        return x
    padded = nn.functional.pad(x, (phase.shift,) * 4)
    offsets = torch.randint(0, 2 * phase.shift + 1, (2, len(x)), generator=generator).to(x.device)
    line = torch.arange(28, device=x.device)
    rows = (offsets[0][:, None] + line)[:, None, :, None]  # (B, 1, 28, 1)
    columns = (offsets[1][:, None] + line)[:, None, None, :]  # (B, 1, 1, 28)
    image = torch.arange(len(x), device=x.device)[:, None, None, None]
    return padded[image, 0, rows, columns]
