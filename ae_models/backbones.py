"""Encoder and decoder bodies, dense and convolutional.

A variant chooses one by its configuration and adds its own idea on top. Both kinds
take an optional condition, a vector of C numbers an image, beside their input.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Annotated, Literal

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn

from ae_models.base import AutoencoderConfig

PIXELS = 28 * 28
ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {"relu": nn.ReLU, "silu": nn.SiLU}


class Dense(BaseModel):
    """Fully connected layers; `hidden` from the image towards the code."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["dense"] = "dense"
    hidden: tuple[int, ...] = (128, 64)
    activation: Literal["relu", "silu"] = "relu"


class Conv(BaseModel):
    """Two strided convolutions, 28 -> 14 -> 7, and dense layers down to the code."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["conv"] = "conv"
    channels: tuple[int, int] = (16, 32)
    hidden: int = 256  # width of the dense layer beside the code; 0 for none
    activation: Literal["relu", "silu"] = "relu"


class BackboneConfig(AutoencoderConfig):
    """The configuration of a variant that has a trained encoder and decoder."""

    backbone: Annotated[Dense | Conv, Field(discriminator="kind")] = Dense()


class Conditioned(nn.Module):
    """A body between a head and a tail, with the condition joined to the vector inside."""

    def __init__(self, before: nn.Module, after: nn.Module) -> None:
        super().__init__()
        self.before = before
        self.after = after

    def forward(self, x: Tensor, condition: Tensor | None = None) -> Tensor:
        vector = self.before(x)  # (B, F)
        if condition is not None:
            vector = torch.cat([vector, condition], dim=1)  # (B, F + C)
        return self.after(vector)


def encoder(config: Dense | Conv, features: int, condition: int = 0) -> Conditioned:
    """(B, 1, 28, 28) and (B, condition) -> (B, features)."""
    if isinstance(config, Dense):
        widths = (PIXELS + condition, *config.hidden, features)
        return Conditioned(nn.Flatten(), layers(widths, config.activation))
    act = ACTIVATIONS[config.activation]
    first, second = config.channels
    convolutions = nn.Sequential(
        nn.Conv2d(1, first, 4, stride=2, padding=1),  # (B, first, 14, 14)
        act(),
        nn.Conv2d(first, second, 4, stride=2, padding=1),  # (B, second, 7, 7)
        act(),
        nn.Flatten(),
    )
    beside = (config.hidden,) if config.hidden else ()
    widths = (second * 49 + condition, *beside, features)
    return Conditioned(convolutions, layers(widths, config.activation))


def decoder(config: Dense | Conv, features: int, condition: int = 0) -> Conditioned:
    """(B, features) and (B, condition) -> (B, 1, 28, 28) of logits."""
    image = nn.Unflatten(1, (1, 28, 28))
    if isinstance(config, Dense):
        widths = (features + condition, *reversed(config.hidden), PIXELS)
        return Conditioned(nn.Identity(), nn.Sequential(*layers(widths, config.activation), image))
    act = ACTIVATIONS[config.activation]
    first, second = config.channels
    beside = (config.hidden,) if config.hidden else ()
    widths = (features + condition, *beside, second * 49)
    return Conditioned(
        nn.Identity(),
        nn.Sequential(
            *layers(widths, config.activation),
            act(),
            nn.Unflatten(1, (second, 7, 7)),
            nn.ConvTranspose2d(second, first, 4, stride=2, padding=1),  # (B, first, 14, 14)
            act(),
            nn.ConvTranspose2d(first, 1, 4, stride=2, padding=1),  # (B, 1, 28, 28)
        ),
    )


def layers(widths: tuple[int, ...], activation: str) -> nn.Sequential:
    """Linear layers of these widths with the activation between them, not after the last."""
    steps: list[nn.Module] = []
    for before, after in pairwise(widths):
        steps += [nn.Linear(before, after), ACTIVATIONS[activation]()]
    return nn.Sequential(*steps[:-1])
