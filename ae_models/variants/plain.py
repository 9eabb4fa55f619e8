"""The plain autoencoder: its only constraint is a code smaller than the image.

Rumelhart, Hinton & Williams 1986; Hinton & Salakhutdinov 2006. Undercomplete,
convolutional and denoising autoencoders are all this class: the first two differ in
their backbone, the last (Vincent et al. 2008) in what it is trained on.
"""

from __future__ import annotations

from torch import Tensor

from ae_models.base import Autoencoder
from ae_models.networks.backbones import BackboneConfig, decoder, encoder


class PlainAutoencoder(Autoencoder):
    """Adds no penalty: the bottleneck is the only constraint."""

    Config = BackboneConfig

    def __init__(self, config: BackboneConfig) -> None:
        super().__init__(config)
        self.encoder = encoder(config.backbone, config.latent_dim)
        self.decoder = decoder(config.backbone, config.latent_dim)

    def encode(self, x: Tensor, label: Tensor | None = None) -> Tensor:
        return self.encoder(x)

    def decode_logits(self, z: Tensor, label: Tensor | None = None) -> Tensor:
        return self.decoder(z)
