"""Image restoration by the blind model, and denoising by models and classical filters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from ae_models import inference, metrics
from ae_models.artifacts import checkpoint
from ae_models.images.corruptions import CORRUPTIONS
from ae_models.images.filters import FILTERS

BLIND = "unet"  # blind: it is given neither the kind nor the place of the corruption


class Quality(NamedTuple):
    """PSNR and SSIM against the clean images, mean over images."""

    psnr: float  # dB
    ssim: float


def corrupt(x: Tensor, noise: str, strength: float, seed: int) -> Tensor:
    """Images (N, 1, 28, 28) in [0, 1] corrupted by a key of CORRUPTIONS; a seed repeats exactly."""
    return CORRUPTIONS[noise](x, strength, torch.Generator().manual_seed(seed))


def restore(dataset: str, images: Tensor) -> Tensor:
    """Blind restoration of corrupted images, (N, 1, 28, 28) in [0, 1].

    Missing pixels must be 0. Raises `checkpoint.CheckpointError`.
    """
    return inference.reconstruct(checkpoint.load(dataset, BLIND), images)


def denoise(
    noisy: Tensor, models: Mapping[str, nn.Module], label: Tensor | None = None
) -> dict[str, Tensor]:
    """Denoised images (N, 1, 28, 28) by each model and then by each filter, by name.

    `label` (N,) is passed to the class-conditional models.
    """
    by_model = {
        name: inference.reconstruct(model, noisy, label if model.needs_label else None)
        for name, model in models.items()
    }
    stack = noisy.squeeze(1).numpy()
    by_filter = {name: torch.from_numpy(f(stack)).unsqueeze(1) for name, f in FILTERS.items()}
    return by_model | by_filter


def quality(x_hat: Tensor, x: Tensor) -> Quality:
    """PSNR and SSIM of (N, 1, 28, 28), mean over images."""
    return Quality(metrics.psnr(x_hat, x).mean().item(), metrics.ssim(x_hat, x).mean().item())


def psnr_curve(
    x: Tensor,
    noise: str,
    strengths: Sequence[float],
    seed: int,
    models: Mapping[str, nn.Module],
    label: Tensor | None = None,
) -> dict[str, list[float]]:
    """PSNR in dB at each strength, for the noisy images themselves and each method."""
    curves: dict[str, list[float]] = {}
    for strength in strengths:
        noisy = corrupt(x, noise, strength, seed)
        for name, x_hat in ({"noisy": noisy} | denoise(noisy, models, label)).items():
            curves.setdefault(name, []).append(metrics.psnr(x_hat, x).mean().item())
    return curves


def noisy_psnr(x: Tensor, noise: str, strengths: Sequence[float], seed: int) -> list[float]:
    """PSNR in dB of the noisy images themselves at each strength, mean over (N, 1, 28, 28)."""
    noisy = (corrupt(x, noise, strength, seed) for strength in strengths)
    return [metrics.psnr(one, x).mean().item() for one in noisy]
