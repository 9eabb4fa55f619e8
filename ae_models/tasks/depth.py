"""Depth: where the gradient fades in a deep net, what its layers draw, and who merely copies.

The vanishing gradient: Hochreiter 1991; Bengio, Simard & Frasconi 1994; Glorot & Bengio 2010,
"Understanding the difficulty of training deep feedforward neural networks". What is here is
read from the records of a training, or asked of a finished `Stacked`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ae_models import inference
from ae_models.artifacts.card import Card
from ae_models.variants.stacked import Stacked

DEEP, RANDOM = "stacked", "stacked-random"  # the same net, pretrained greedily and not
COPYING, SQUEEZING = "overcomplete", "undercomplete"


def layers(card: Card) -> list[str]:
    """The layers that the error passes, from the image down to the code and up again."""
    return sorted(card.history[-1].gradients, key=_depth)


def _depth(layer: str) -> tuple[bool, int]:
    """Encoders rise by number, decoders fall: `up.0` makes the image."""
    way, number = layer.split(".")
    return way == "up", -int(number) if way == "up" else int(number)


def norms(card: Card) -> NDArray[np.float64]:
    """The gradient norm of every layer in every epoch, (layers, epochs), all phases counted.

    nan where a layer rests: a phase that trains one pair of layers alone says nothing of
    the others.
    """
    names = layers(card)
    return np.array(
        [[epoch.gradients.get(name, np.nan) for epoch in card.history] for name in names]
    )


def greedy_epochs(card: Card) -> int:
    """How many epochs went by before all layers were trained together."""
    return sum("mse" not in epoch.validation for epoch in card.history)


def validation_errors(card: Card) -> tuple[list[int], list[float]]:
    """Epochs, counted from 1 over all phases, and the MSE on the validation images after each."""
    measured = [
        (number, epoch.validation["mse"])
        for number, epoch in enumerate(card.history, start=1)
        if "mse" in epoch.validation
    ]
    return [number for number, _ in measured], [mse for _, mse in measured]


class Watched(NamedTuple):
    """What a net does while it looks at images."""

    varied: list[NDArray[np.int64]]  # the units of each layer, the most varied first
    spread: NDArray[np.float32]  # (784,), standard deviation of each pixel


def watch(model: nn.Module, x: Tensor, count: int) -> Watched:
    """The `count` units of each layer whose activity varies most over x (N, 1, 28, 28).

    Units are numbered from 0; a layer that has fewer gives all.
    """
    stacked = inference.asked(model, Stacked)
    varied, below = [], x.flatten(1)
    for layer in range(len(stacked.down)):
        below = inference.in_batches(stacked, lambda m, part, k=layer: m.rise_one(part, k), below)
        varied.append(below.var(dim=0).argsort(descending=True)[:count].numpy())
    return Watched(varied, x.flatten(1).std(dim=0).numpy())


def drawings(
    model: nn.Module, layer: int, units: NDArray[np.int64], spread: NDArray[np.float32]
) -> NDArray[np.float32]:
    """What units of a layer respond to, (units, 28, 28), each scaled to the range -1 … 1.

    A pixel weighs as much as it varies: what never changes moves no unit, and its weights
    are still those that training began with.
    """
    with torch.no_grad():
        reach = inference.asked(model, Stacked).reaches()[layer].cpu().numpy()[units] * spread
    largest = np.abs(reach).max(axis=1, keepdims=True).clip(min=1e-12)
    shown: NDArray[np.float32] = (reach / largest).reshape(-1, 28, 28)
    return shown


def random_pixels(count: int, seed: int) -> Tensor:
    """Images (count, 1, 28, 28) of pixels that know nothing of each other, uniform in [0, 1]."""
    return torch.rand((count, 1, 28, 28), generator=torch.Generator().manual_seed(seed))
