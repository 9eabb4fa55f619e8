"""A masked autoencoder: trained to reconstruct whole images of which squares are masked.

Context encoders, Pathak et al. 2016; attribute restoration, Ye et al. 2022. The
reconstruction of an anomaly resembles the training images. It works at half resolution, so that
strokes displaced by a pixel are no anomaly.
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


class MaskedAutoencoderConfig(AutoencoderConfig):
    """Layer sizes, and number and side of the masked squares, in pixels of half resolution."""

    hidden: int = Field(384, ge=1, le=4096)
    latent_dim: int = Field(128, ge=1, le=1024)
    squares: int = Field(3, ge=0, le=9)
    min_side: int = Field(3, ge=1, le=SIDE)
    max_side: int = Field(6, ge=1, le=SIDE)


class MaskedAutoencoder(Autoencoder):
    """Dense, 196 pixels in and out."""

    Config: ClassVar[type[AutoencoderConfig]] = MaskedAutoencoderConfig
    config: MaskedAutoencoderConfig

    def __init__(self, config: MaskedAutoencoderConfig) -> None:
        super().__init__(config)
        self.encoder = layers((PIXELS, config.hidden, config.latent_dim), Body())
        self.decoder = layers((config.latent_dim, config.hidden, PIXELS), Body())

    def encode(self, x: Tensor, label: Tensor | None = None) -> Tensor:
        return self.encoder(halved(x).flatten(1))

    def reconstruct_halved(self, x: Tensor) -> Tensor:
        """Reconstruction at half resolution, (B, 1, 28, 28) -> (B, 1, 14, 14) in [0, 1]."""
        return self.decoder(self.encode(x)).sigmoid().view(-1, 1, SIDE, SIDE)

    def decode_logits(self, z: Tensor, label: Tensor | None = None) -> Tensor:
        return doubled(self.decoder(z).view(-1, 1, SIDE, SIDE))

    def forward(
        self, x: Tensor, label: Tensor | None = None, *, generator: torch.Generator | None = None
    ) -> Output:
        """As every autoencoder; in training mode, squares of the input are masked first."""
        return super().forward(self.masked(x, generator) if self.training else x, label)

    def masked(self, x: Tensor, generator: torch.Generator | None) -> Tensor:
        """x (B, 1, 28, 28) with random squares set to 0."""
        config, line = self.config, torch.arange(SIDE)
        visible = torch.ones((len(x), SIDE, SIDE), dtype=torch.bool)
        for _ in range(config.squares):
            draw = torch.rand((len(x), 4), generator=generator)
            sizes = config.max_side - config.min_side + 1
            side = config.min_side + (draw[:, :2] * sizes).long()  # (B, 2)
            start = (draw[:, 2:] * (SIDE + 1 - side)).long()[..., None]
            inside = (line >= start) & (line < start + side[..., None])  # (B, 2, SIDE)
            visible &= ~(inside[:, 0, :, None] & inside[:, 1, None, :])
        return x * doubled(visible.unsqueeze(1).to(x.device, x.dtype))


def halved(x: Tensor) -> Tensor:
    """(B, 1, 28, 28) -> (B, 1, 14, 14), the mean of 2×2 pixels."""
    above, below = x[:, :, ::2], x[:, :, 1::2]
    rows = above + below  # four times as fast as F.avg_pool2d, and most of the training time
    return (rows[..., ::2] + rows[..., 1::2]) / 4


def doubled(x: Tensor) -> Tensor:
    """(B, 1, 14, 14) -> (B, 1, 28, 28), each pixel repeated 2×2 times."""
    return x[:, :, :, None, :, None].expand(-1, -1, -1, 2, -1, 2).reshape(-1, 1, 28, 28)
