"""Images of chosen classes, in chosen styles, and how good they are.

`sample` draws from the conditional VAE: each draw is decoded once. A *style* is a
draw of D standard normal numbers; the same style under ten labels is one handwriting.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn

from ae_models import inference, metrics
from ae_models.base import CLASSES
from ae_models.checkpoint import load
from ae_models.judge import Judge
from ae_models.variants.cvae import Cvae

SAMPLER = "cvae"


def sample(
    dataset: str,
    labels: Tensor | Sequence[int],
    *,
    seed: int = 0,
    temperature: float = 1.0,
    model: nn.Module | None = None,
) -> Tensor:
    """One image a label: (N,) in 0 … 9 -> (N, 1, 28, 28) in [0, 1], on the CPU.

    The same seed gives the same images. `temperature` scales the styles before the prior
    bends them towards a class; at 0 a class has one image. Raises `ValueError` for labels
    that no class has and for a temperature below 0.
    """
    chosen = torch.as_tensor(labels, dtype=torch.long)
    model = _sampler(dataset, model)
    drawn = styles(dataset, len(chosen), seed, model=model)
    return in_styles(dataset, chosen, drawn, temperature=temperature, model=model)


def styles(dataset: str, count: int, seed: int, *, model: nn.Module | None = None) -> Tensor:
    """`count` styles for a seed, (count, D); the first ones are the same for every count."""
    generator = torch.Generator().manual_seed(seed)
    dim = _sampler(dataset, model).config.latent_dim
    whole = -(-dim // 16) * 16  # torch draws in blocks of 16, and a part of one differently
    return torch.randn((count, whole), generator=generator)[:, :dim]


def in_styles(
    dataset: str,
    labels: Tensor,
    style: Tensor,
    *,
    temperature: float = 1.0,
    model: nn.Module | None = None,
) -> Tensor:
    """Labels (N,) each in the style beside it, (N, D) -> (N, 1, 28, 28) in [0, 1]."""
    if not 0 <= temperature < math.inf:
        raise ValueError("a temperature is a number from 0 upwards")
    if ((labels < 0) | (labels >= CLASSES)).any():  # a GPU would stop the whole process
        raise ValueError(f"labels are whole numbers from 0 to {CLASSES - 1}")
    return inference.in_batches(
        _sampler(dataset, model),
        lambda m, eps, label: m.decode(m.from_style(temperature * eps, label), label),
        style,
        labels,
    )


def style_of(
    dataset: str, images: Tensor, labels: Tensor, *, model: nn.Module | None = None
) -> Tensor:
    """The style of images (N, 1, 28, 28) known to show `labels` (N,) -> (N, D)."""
    return inference.in_batches(
        _sampler(dataset, model),
        lambda m, x, label: m.to_style(m.encode(x, label), label),
        images,
        labels,
    )


def nearest(images: Tensor, among: Tensor) -> Tensor:
    """For each image (N, 1, 28, 28), the index (N,) of the closest one `among` (M, 1, 28, 28)."""
    return torch.cdist(images.flatten(1), among.flatten(1)).argmin(dim=1)


@torch.no_grad()
def figures(
    model: nn.Module,
    judge: Judge,
    real: Tensor,
    real_labels: Tensor,
    *,
    each: int,
    seed: int,
) -> dict[str, float]:
    """Judge's agreement, diversity and Fréchet distance of `each` samples a class.

    `diversity` is the mean distance between two samples of one class over that between
    two real images of one class. The Fréchet distance is in the judge's features, and
    comes with its floor: the distance between two halves of the real images.
    """
    labels = torch.arange(CLASSES).repeat(each)
    generator = torch.Generator().manual_seed(seed)
    device = inference.device_of(model)
    images = model.sample(labels.to(device), generator).cpu()  # type: ignore[operator]
    features = inference.in_batches(judge, lambda m, x: m.features(x), images)
    real_features = inference.in_batches(judge, lambda m, x: m.features(x), real)
    result = {
        "frechet": metrics.frechet_distance(features, real_features),
        "frechet_floor": metrics.frechet_distance(real_features[::2], real_features[1::2]),
    }
    if model.samples_by_label:
        opinion = inference.opinions(judge, images).argmax(1)
        result["agreement"] = (opinion == labels).float().mean().item()
        result["diversity"] = metrics.diversity(images, labels) / metrics.diversity(
            real, real_labels
        )
    return result


def _sampler(dataset: str, model: nn.Module | None) -> Cvae:
    return cast(Cvae, model if model is not None else load(dataset, SAMPLER))
