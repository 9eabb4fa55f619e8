"""Encoder and decoder bodies, dense and convolutional.

A variant chooses one by its configuration. Both kinds take an optional condition,
(B, C), besides their input.
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
ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "relu": nn.ReLU,
    "silu": nn.SiLU,
    "sigmoid": nn.Sigmoid,
    "tanh": nn.Tanh,
    "leaky relu": nn.LeakyReLU,
}
Activation = Literal["relu", "silu", "sigmoid", "tanh", "leaky relu"]


class Body(BaseModel):
    """The layers between two linear ones, which both kinds share."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    activation: Activation = "relu"
    batch_norm: bool = False  # before each activation
    dropout: float = Field(0.0, ge=0, lt=1)  # after each activation


class Dense(Body):
    """Fully connected layers; `hidden` from the image towards the code."""

    kind: Literal["dense"] = "dense"
    hidden: tuple[int, ...] = (128, 64)


class Conv(Body):
    """Two strided convolutions, 28 -> 14 -> 7, and dense layers down to the code."""

    kind: Literal["conv"] = "conv"
    channels: tuple[int, int] = (16, 32)
    hidden: int = 256  # width of the dense layer beside the code; 0 for none


class BackboneConfig(AutoencoderConfig):
    """The configuration of a variant that has a trained encoder and decoder."""

    backbone: Annotated[Dense | Conv, Field(discriminator="kind")] = Dense()


class Conditioned(nn.Module):
    """Two modules in sequence; the condition is concatenated to the vector between them."""

    def __init__(self, before: nn.Module, after: nn.Module) -> None:
        super().__init__()
        self.before = before
        self.after = after

    def forward(self, x: Tensor, condition: Tensor | None = None) -> Tensor:
        vector = self.before(x)  # (B, F)
        if condition is not None:
            vector = torch.cat([vector, condition], dim=1)  # (B, F + C)
        return self.after(vector)


class Dropout(nn.Module):
    """In training mode, sets a fraction of the components to 0 and scales the others up.

    Srivastava et al. 2014, "Dropout: A Simple Way to Prevent Neural Networks from Overfitting".
    Its random state is part of the state dict, so that training is reproducible whatever
    else the process draws.
    """

    drawn: Tensor  # (2,) of int64: a seed, and the number of draws so far

    def __init__(self, fraction: float) -> None:
        super().__init__()
        self.fraction = fraction
        self.register_buffer("drawn", torch.tensor([int(torch.randint(2**31, ())), 0]))

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return x
        seed, times = self.drawn.tolist()
        self.drawn[1] += 1
        generator = torch.Generator().manual_seed(seed + 2**31 * times)
        return dropout(x, self.fraction, generator)


def dropout(x: Tensor, fraction: float, generator: torch.Generator | None) -> Tensor:
    """x with a fraction of its components set to 0, and the others divided by 1 - fraction.

    The generator is on the CPU, so that a seed gives the same numbers on every device.
    """
    kept = torch.rand(x.shape, generator=generator).to(x.device) >= fraction
    return x * kept / (1 - fraction)


def encoder(config: Dense | Conv, features: int, condition: int = 0) -> Conditioned:
    """(B, 1, 28, 28) and (B, condition) -> (B, features)."""
    if isinstance(config, Dense):
        widths = (PIXELS + condition, *config.hidden, features)
        return Conditioned(nn.Flatten(), layers(widths, config))
    first, second = config.channels
    convolutions = nn.Sequential(
        nn.Conv2d(1, first, 4, stride=2, padding=1),  # (B, first, 14, 14)
        *between(config, nn.BatchNorm2d(first)),
        nn.Conv2d(first, second, 4, stride=2, padding=1),  # (B, second, 7, 7)
        *between(config, nn.BatchNorm2d(second)),
        nn.Flatten(),
    )
    beside = (config.hidden,) if config.hidden else ()
    widths = (second * 49 + condition, *beside, features)
    return Conditioned(convolutions, layers(widths, config))


def decoder(config: Dense | Conv, features: int, condition: int = 0) -> Conditioned:
    """(B, features) and (B, condition) -> (B, 1, 28, 28) of logits."""
    image = nn.Unflatten(1, (1, 28, 28))
    if isinstance(config, Dense):
        widths = (features + condition, *reversed(config.hidden), PIXELS)
        return Conditioned(nn.Identity(), nn.Sequential(*layers(widths, config), image))
    first, second = config.channels
    beside = (config.hidden,) if config.hidden else ()
    widths = (features + condition, *beside, second * 49)
    return Conditioned(
        nn.Identity(),
        nn.Sequential(
            *layers(widths, config),
            *between(config, nn.BatchNorm1d(second * 49)),
            nn.Unflatten(1, (second, 7, 7)),
            nn.ConvTranspose2d(second, first, 4, stride=2, padding=1),  # (B, first, 14, 14)
            *between(config, nn.BatchNorm2d(first)),
            nn.ConvTranspose2d(first, 1, 4, stride=2, padding=1),  # (B, 1, 28, 28)
        ),
    )


def layers(widths: tuple[int, ...], body: Body) -> nn.Sequential:
    """Linear layers of these widths, with the body's layers between them."""
    steps: list[nn.Module] = [nn.Linear(widths[0], widths[1])]
    for before, after in pairwise(widths[1:]):
        steps += [*between(body, nn.BatchNorm1d(before)), nn.Linear(before, after)]
    return nn.Sequential(*steps)


def between(body: Body, norm: nn.Module) -> list[nn.Module]:
    """Normalisation (if configured), activation and dropout after a linear layer."""
    return [
        *([norm] if body.batch_norm else []),
        ACTIVATIONS[body.activation](),
        *([Dropout(body.dropout)] if body.dropout else []),
    ]
