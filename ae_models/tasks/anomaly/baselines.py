"""Plain ways to say how strange a picture is, for whoever scores strangeness to be held against.

The error that principal components leave (Pearson 1901), the distance from the nearest pictures
that are known, and the mean brightness, which knows nothing of what is normal. Pictures are
tensors (N, 1, 28, 28) in [0, 1], scores (N,), higher is stranger; each is scored alone.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from ae_models.i18n import N_

COMPONENTS = 32
NEAREST = 5
MOST = 6_000  # normal pictures that are looked at: as many as a class has


class Plain(NamedTuple):
    """What the plain ways know of normal pictures."""

    mean: Tensor  # (784,)
    components: Tensor  # (784, COMPONENTS), orthonormal; fewer where there are few pictures
    known: Tensor  # (M, 784), the pictures themselves


def fit(x: Tensor) -> Plain:
    """Of normal pictures, the first MOST of them. Raises `ValueError` without any."""
    if not len(x):
        raise ValueError("there is no normal picture to learn from")
    known = x[:MOST].flatten(1)
    mean = known.mean(0)
    away = known - mean
    # Pixels that no picture lights make many equal eigenvalues: single precision may fail.
    _, directions = torch.linalg.eigh((away.T @ away).double())  # ascending
    components = directions.flip(1)[:, : min(COMPONENTS, len(known))]
    return Plain(mean, components.float().contiguous(), known)


def pca_error(plain: Plain, x: Tensor) -> Tensor:
    """The squared length of what the components leave over."""
    away = x.flatten(1) - plain.mean
    return (away - away @ plain.components @ plain.components.T).square().sum(1)


def neighbours(plain: Plain, x: Tensor) -> Tensor:
    """The mean squared distance from the NEAREST pictures that are known."""
    return nearest(x.flatten(1), plain.known, NEAREST)


def brightness(plain: Plain, x: Tensor) -> Tensor:
    """The mean of all pixels: what is bright counts as strange."""
    return x.flatten(1).mean(1)


WAYS = {
    N_("PCA-32 error"): pca_error,
    N_("nearest pictures"): neighbours,
    N_("mean brightness"): brightness,
}


def nearest(z: Tensor, known: Tensor, count: int, batch: int = 500) -> Tensor:
    """Mean squared distance of each row of (N, D) from its `count` nearest of (M, D)."""
    squares = known.square().sum(1)
    found = [
        (part.square().sum(1, keepdim=True) - 2 * part @ known.T + squares)
        .topk(min(count, len(known)), largest=False)
        .values.mean(1)
        .clamp(min=0)
        for part in z.split(batch)
    ]
    return torch.cat(found) if found else z.new_zeros(0)
