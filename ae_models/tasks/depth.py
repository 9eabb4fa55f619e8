"""Depth: vanishing gradients, effective input weights of deep units, and overcomplete codes.

The vanishing gradient: Hochreiter 1991; Bengio, Simard & Frasconi 1994; Glorot & Bengio 2010,
"Understanding the difficulty of training deep feedforward neural networks". The functions
read the training history in a card, or compute from a trained `Stacked`.
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

DEEP, RANDOM = "stacked", "stacked-random"  # one architecture, with and without greedy pretraining
OVERCOMPLETE, UNDERCOMPLETE = "overcomplete", "undercomplete"


def layers(card: Card) -> list[str]:
    """The layers in the order of the forward pass, from the image to the code and back."""
    return sorted(card.history[-1].gradients, key=_depth)


def _depth(layer: str) -> tuple[bool, int]:
    """Encoder layers by number, then decoder layers in reverse: `up.0` gives the image."""
    half, number = layer.split(".")
    return half == "up", -int(number) if half == "up" else int(number)


def norms(card: Card) -> NDArray[np.float64]:
    """The gradient norm of every layer in every epoch, (layers, epochs), all phases counted.

    nan where a layer is not trained: greedy pretraining trains one pair of layers at a time.
    """
    names = layers(card)
    return np.array(
        [[epoch.gradients.get(name, np.nan) for epoch in card.history] for name in names]
    )


def greedy_epochs(card: Card) -> int:
    """Number of epochs before the joint training of all layers."""
    return sum("mse" not in epoch.validation for epoch in card.history)


def validation_errors(card: Card) -> tuple[list[int], list[float]]:
    """Epochs, counted from 1 over all phases, and the MSE on the validation images after each."""
    measured = [
        (number, epoch.validation["mse"])
        for number, epoch in enumerate(card.history, start=1)
        if "mse" in epoch.validation
    ]
    return [number for number, _ in measured], [mse for _, mse in measured]


class UnitStatistics(NamedTuple):
    """Statistics over images: the most varying units of each layer, and the pixels."""

    varied: list[NDArray[np.int64]]  # units of each layer by decreasing variance
    pixel_std: NDArray[np.float32]  # (784,), standard deviation of each pixel


def unit_statistics(model: nn.Module, x: Tensor, count: int) -> UnitStatistics:
    """The `count` units of each layer whose activation varies most over x (N, 1, 28, 28).

    Indices from 0; a layer with fewer units gives all.
    """
    stacked = inference.require(model, Stacked)
    varied, below = [], x.flatten(1)
    for layer in range(len(stacked.down)):
        below = inference.in_batches(
            stacked, lambda m, part, k=layer: m.layer_output(part, k), below
        )
        varied.append(below.var(dim=0).argsort(descending=True)[:count].numpy())
    return UnitStatistics(varied, x.flatten(1).std(dim=0).numpy())


def effective_weights(
    model: nn.Module, layer: int, units: NDArray[np.int64], pixel_std: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Products of the weight matrices from the pixels to units of a layer, (units, 28, 28).

    Multiplied by the standard deviation of each pixel, as the weights of constant pixels keep
    their random initial values; each unit is scaled to the range -1 to 1.
    """
    with torch.no_grad():
        weights = (
            inference.require(model, Stacked).effective_weights()[layer].cpu().numpy()[units]
            * pixel_std
        )
    largest = np.abs(weights).max(axis=1, keepdims=True).clip(min=1e-12)
    shown: NDArray[np.float32] = (weights / largest).reshape(-1, 28, 28)
    return shown


def random_pixels(count: int, seed: int) -> Tensor:
    """Images (count, 1, 28, 28) of independent pixels, uniform in [0, 1]."""
    return torch.rand((count, 1, 28, 28), generator=torch.Generator().manual_seed(seed))
