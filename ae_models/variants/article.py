"""The dense autoencoder that most introductions build: 784-128-64-32-64-128-784 with ReLU.

It is the network of the article that this explorer began with, and of Chollet 2016, "Building
Autoencoders in Keras". The code layer has a ReLU as well, so codes are not negative; the
output is a sigmoid. The other variants change its activation, widths, loss or training.
"""

from __future__ import annotations

from torch import Tensor, nn

from ae_models.base import Autoencoder, AutoencoderConfig

SIZES = (784, 128, 64)


class Article(Autoencoder):
    """Encoder and decoder mirror each other; `encoder` and `decoder` can be used apart."""

    def __init__(self, config: AutoencoderConfig) -> None:
        super().__init__(config)
        pixels, first, second = SIZES
        code = config.latent_dim
        self.encoder = nn.Sequential(
            nn.Flatten(),
            nn.Linear(pixels, first),
            nn.ReLU(),
            nn.Linear(first, second),
            nn.ReLU(),
            nn.Linear(second, code),
            nn.ReLU(),
        )
        self.decoder = nn.Sequential(
            nn.Linear(code, second),
            nn.ReLU(),
            nn.Linear(second, first),
            nn.ReLU(),
            nn.Linear(first, pixels),
            nn.Unflatten(1, (1, 28, 28)),
        )

    def encode(self, x: Tensor, label: Tensor | None = None) -> Tensor:
        return self.encoder(x)  # (B, latent_dim), not negative

    def decode_logits(self, z: Tensor, label: Tensor | None = None) -> Tensor:
        return self.decoder(z)
