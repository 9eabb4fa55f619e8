"""An autoencoder that learns to draw what is covered, and so what a kind of picture is like.

While it is trained, squares of each input are covered, and all of the picture is asked for
(context encoders, Pathak et al. 2016; attribute restoration, Ye et al. 2022). What does not
belong to the kind that it has seen comes back as something that does. It works on pictures
of half the size: strokes that lie a little elsewhere are no anomaly.
"""

from __future__ import annotations

from typing import ClassVar

import torch
from pydantic import Field
from torch import Tensor
from torch.nn.functional import avg_pool2d, interpolate

from ae_models.backbones import Body, layers
from ae_models.base import Autoencoder, AutoencoderConfig, Output

SIDE = 14
PIXELS = SIDE * SIDE


class UncoveringConfig(AutoencoderConfig):
    """Widths of the net, and what is covered while it is trained, in half-size pixels."""

    hidden: int = Field(384, ge=1, le=4096)
    latent_dim: int = Field(128, ge=1, le=1024)
    squares: int = Field(3, ge=0, le=9)
    smallest: int = Field(3, ge=1, le=SIDE)
    largest: int = Field(6, ge=1, le=SIDE)


class Uncovering(Autoencoder):
    """Dense, 196 pixels in and out."""

    Config: ClassVar[type[AutoencoderConfig]] = UncoveringConfig
    config: UncoveringConfig

    def __init__(self, config: UncoveringConfig) -> None:
        super().__init__(config)
        self.encoder = layers((PIXELS, config.hidden, config.latent_dim), Body())
        self.decoder = layers((config.latent_dim, config.hidden, PIXELS), Body())

    def encode(self, x: Tensor, label: Tensor | None = None) -> Tensor:
        return self.encoder(halved(x).flatten(1))

    def half_size(self, x: Tensor) -> Tensor:
        """What it draws, (B, 1, 28, 28) -> (B, 1, 14, 14) in [0, 1]."""
        return self.decoder(self.encode(x)).sigmoid().view(-1, 1, SIDE, SIDE)

    def decode_logits(self, z: Tensor, label: Tensor | None = None) -> Tensor:
        return interpolate(self.decoder(z).view(-1, 1, SIDE, SIDE), scale_factor=2)

    def forward(
        self, x: Tensor, label: Tensor | None = None, *, generator: torch.Generator | None = None
    ) -> Output:
        """As every autoencoder; while training, squares of the input are covered first."""
        return super().forward(self.covered(x, generator) if self.training else x, label)

    def covered(self, x: Tensor, generator: torch.Generator | None) -> Tensor:
        """x (B, 1, 28, 28) with random squares put to 0."""
        config, line = self.config, torch.arange(28, device=x.device)
        for _ in range(config.squares):
            draw = torch.rand((len(x), 4), generator=generator).to(x.device)
            span = config.largest - config.smallest + 1
            side = config.smallest + (draw[:, :2] * span).long()  # (B, 2), in half-size pixels
            start = (draw[:, 2:] * (SIDE + 1 - side)).long()
            from_, to = 2 * start, 2 * (start + side)
            inside = (line >= from_[..., None]) & (line < to[..., None])  # (B, 2, 28)
            x = x.masked_fill((inside[:, 0, :, None] & inside[:, 1, None, :]).unsqueeze(1), 0.0)
        return x


def halved(x: Tensor) -> Tensor:
    """(B, 1, 28, 28) -> (B, 1, 14, 14), the mean of two by two pixels."""
    return avg_pool2d(x, 2)
