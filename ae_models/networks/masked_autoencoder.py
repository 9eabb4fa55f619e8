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

from ae_models.base import Autoencoder, AutoencoderConfig, Output
from ae_models.networks.backbones import Body, layers

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
        return doubled(self.decoder(z).view(-1, 1, SIDE, SIDE))

    def forward(
        self, x: Tensor, label: Tensor | None = None, *, generator: torch.Generator | None = None
    ) -> Output:
        """As every autoencoder; while training, squares of the input are covered first."""
        return super().forward(self.covered(x, generator) if self.training else x, label)

    def covered(self, x: Tensor, generator: torch.Generator | None) -> Tensor:
        """x (B, 1, 28, 28) with random squares put to 0."""
        config, line = self.config, torch.arange(SIDE)
        seen = torch.ones((len(x), SIDE, SIDE), dtype=torch.bool)
        for _ in range(config.squares):
            draw = torch.rand((len(x), 4), generator=generator)
            span = config.largest - config.smallest + 1
            side = config.smallest + (draw[:, :2] * span).long()  # (B, 2)
            start = (draw[:, 2:] * (SIDE + 1 - side)).long()[..., None]
            inside = (line >= start) & (line < start + side[..., None])  # (B, 2, SIDE)
            seen &= ~(inside[:, 0, :, None] & inside[:, 1, None, :])
        return x * doubled(seen.unsqueeze(1).to(x.device, x.dtype))


def halved(x: Tensor) -> Tensor:
    """(B, 1, 28, 28) -> (B, 1, 14, 14), the mean of two by two pixels."""
    above, below = x[:, :, ::2], x[:, :, 1::2]
    rows = above + below  # four times as fast as a pooling of torch's, which trains the nets
    return (rows[..., ::2] + rows[..., 1::2]) / 4


def doubled(x: Tensor) -> Tensor:
    """(B, 1, 14, 14) -> (B, 1, 28, 28), each pixel two by two times."""
    return x[:, :, :, None, :, None].expand(-1, -1, -1, 2, -1, 2).reshape(-1, 1, 28, 28)
