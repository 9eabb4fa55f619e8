"""Inpainting: pixels of an image are hidden and predicted from the visible ones.

Two baselines get the same input as a model with `Inpaints`: PCA, whose code is fitted to the
visible pixels alone, and the biharmonic equation, which needs no training images.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ae_models import inference, metrics
from ae_models.base import Inpaints
from ae_models.images.classical_restoration import biharmonic as biharmonic
from ae_models.metric_key import Metric
from ae_models.variants.mae import GRID, SIDE, hide
from ae_models.variants.pca import Pca

BASELINE = "pca-64"
HIDDEN = Metric("psnr", condition="hidden_patches")
HIDDEN_BASELINE = Metric("psnr", method=BASELINE, condition="hidden_patches")
HALF = 0.5
RIDGE = 0.015  # best of 0.003 … 2 for a hidden half, on average over both data sets
BATCH = 250


def hide_patches(x: Tensor, fraction: float, generator: torch.Generator) -> Tensor:
    """Mask of hidden pixels, (B, 1, 28, 28) of bool: `round(49 * fraction)` patches per image."""
    hidden = hide(len(x), fraction, generator).view(-1, 1, GRID, GRID).to(x.device)
    return hidden.repeat_interleave(SIDE, 2).repeat_interleave(SIDE, 3)


def hide_pixels(x: Tensor, fraction: float, generator: torch.Generator) -> Tensor:
    """Mask of hidden pixels, (B, 1, 28, 28) of bool: each independently with this probability."""
    return (torch.rand(x.shape, generator=generator) < fraction).to(x.device)


def hide_block(count: int, across: tuple[int, int], down: tuple[int, int]) -> Tensor:
    """Mask of one rectangle, (count, 1, 28, 28) of bool; the ends are excluded."""
    line = torch.arange(28)
    columns = (line >= across[0]) & (line < across[1])
    rows = (line >= down[0]) & (line < down[1])
    return (rows[:, None] & columns).expand(count, 1, -1, -1)


def blind_fill(model: nn.Module, x: Tensor, hidden: Tensor) -> Tensor:
    """Reconstruction of (N, 1, 28, 28) with the hidden pixels set to 0, by a model without mask.

    The visible pixels keep their values.
    """
    seen = x.masked_fill(hidden, 0.0)
    return torch.where(hidden, inference.reconstruct(model, seen), x)


def fill(model: nn.Module, x: Tensor, hidden: Tensor) -> Tensor:
    """Images (N, 1, 28, 28) with their hidden pixels predicted, in batches, on the CPU.

    Raises `LacksAbility` for a model without `Inpaints`.
    """
    able = inference.require(model, Inpaints)
    return inference.in_batches(able, lambda m, images, where: m.inpaint(images, where), x, hidden)


def pca_fill(pca: nn.Module, x: Tensor, hidden: Tensor) -> Tensor:
    """Hidden pixels decoded from the least-squares code of the visible ones.

    z minimises ||visible (x - mean - z @ components)||² + RIDGE ||z||². The ridge was chosen on
    the validation images; without it, components that are hardly visible take extreme values,
    which costs more than a dB on MNIST.
    """
    return inference.in_batches(inference.require(pca, Pca), _pca_fill, x, hidden, batch=BATCH)


def _pca_fill(pca: nn.Module, x: Tensor, hidden: Tensor) -> Tensor:
    assert isinstance(pca, Pca)
    mean, components = pca.mean.double(), pca.components.double()  # (784,), (D, 784)
    visible = ~hidden.flatten(1)  # (B, 784)
    seen = components * visible[:, None]  # (B, D, 784)
    ridge = RIDGE * torch.eye(len(components), dtype=torch.double, device=x.device)
    off = (x.flatten(1) - mean)[:, :, None]
    z = torch.linalg.solve(seen @ components.T + ridge, seen @ off).squeeze(2)  # (B, D)
    return torch.where(hidden, pca.decode(z.float()), x)


def hidden_psnr(x_hat: Tensor, x: Tensor, hidden: Tensor) -> Tensor:
    """PSNR in dB of each image over its hidden pixels alone, (N,)."""
    error = ((x_hat - x).square() * hidden).flatten(1).sum(1) / hidden.flatten(1).sum(1)
    return -10 * error.clamp(min=10 ** (-metrics.MAX_PSNR / 10)).log10()


def figures(model: nn.Module, pca: Pca, x: Tensor, seed: int) -> dict[Metric, float]:
    """PSNR of the hidden half of (N, 1, 28, 28), mean over images: the model's and PCA's."""
    hidden = hide_patches(x, HALF, torch.Generator().manual_seed(seed))
    filled = {
        HIDDEN: fill(model, x, hidden),
        HIDDEN_BASELINE: pca_fill(pca, x, hidden),
    }
    return {key: hidden_psnr(x_hat, x, hidden).mean().item() for key, x_hat in filled.items()}
