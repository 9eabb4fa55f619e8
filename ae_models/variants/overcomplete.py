"""The overcomplete autoencoder: a code larger than the image, without regularisation.

Bengio et al. 2007 and Vincent et al. 2008 point out that with enough units an autoencoder can
learn the identity. This one maps every 2×2 pixels to eight numbers. It reconstructs
random pixels as well as digits, which a model of digits cannot.
"""

from __future__ import annotations

from pydantic import Field
from torch import Tensor, nn

from ae_models.base import Autoencoder, AutoencoderConfig


class OvercompleteConfig(AutoencoderConfig):
    latent_dim: int = Field(8, ge=1, le=64)  # channels of the code, for every 2×2 pixels
    hidden: int = Field(32, ge=1)


class Overcomplete(Autoencoder):
    """784 pixels to 14 · 14 · 8 = 1,568 numbers and back, patch by patch."""

    Config = OvercompleteConfig
    config: OvercompleteConfig

    def __init__(self, config: OvercompleteConfig) -> None:
        super().__init__(config)
        self.encoder = nn.Sequential(
            nn.Conv2d(1, config.hidden, 2, stride=2),  # (B, hidden, 14, 14)
            nn.SiLU(),
            nn.Conv2d(config.hidden, config.latent_dim, 1),
        )
        self.decoder = nn.Sequential(
            nn.Conv2d(config.latent_dim, config.hidden, 1),
            nn.SiLU(),
            nn.ConvTranspose2d(config.hidden, 1, 2, stride=2),  # (B, 1, 28, 28)
        )

    @property
    def latent_shape(self) -> tuple[int, ...]:
        return (self.config.latent_dim, 14, 14)

    def encode(self, x: Tensor, label: Tensor | None = None) -> Tensor:
        return self.encoder(x)

    def decode_logits(self, z: Tensor, label: Tensor | None = None) -> Tensor:
        return self.decoder(z)
