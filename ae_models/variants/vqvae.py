"""The vector-quantised VAE: an image as a grid of entries of one codebook.

Van den Oord et al. 2017, "Neural Discrete Representation Learning". At each of 7×7 positions
the encoder's vector is replaced by the nearest entry of the codebook. This has no gradient: that
of the decoder's input is used for the encoder's output (straight-through estimator). The
codebook loss moves entries towards the encoder's vectors, the commitment loss vectors towards
their entries.

Rarely used entries are set to vectors of the current batch (the random restart of Dhariwal et
al. 2020, "Jukebox"). Afterwards a prior is trained on the indices of the training images, given
the label; samples of it are decoded.
"""

from __future__ import annotations

import math
from typing import ClassVar

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor, nn

from ae_models.base import Autoencoder, AutoencoderConfig, Samples
from ae_models.metric_key import Metric
from ae_models.networks.autoregressive_prior import CausalPrior

SIDE = 7
USAGE_DECAY = 0.01  # weight of a batch in the moving average of an entry's usage
RARE = 0.1  # of 1 / entries; entries used less are restarted


class VqvaeConfig(AutoencoderConfig):
    latent_dim: int = Field(16, ge=1, le=1024)  # of an entry
    entries: int = Field(128, ge=2)
    classes: int = Field(10, ge=2)
    channels: int = Field(64, ge=1)
    commitment: float = Field(0.25, ge=0)


class Fold(nn.Module):
    """(B, 1, 28, 28) -> (B, 4, 14, 14): 2×2 pixels become channels.

    As `nn.PixelUnshuffle`, which leaves the shape of an empty batch unchanged. `len(x)` would make
    the batch size a constant of an exported graph; `x.shape[0]` keeps it variable.
    """

    def forward(self, x: Tensor) -> Tensor:
        parted = x.reshape(x.shape[0], 14, 2, 14, 2)
        return parted.permute(0, 2, 4, 1, 3).reshape(x.shape[0], 4, 14, 14)


class Unfold(nn.Module):
    """(B, 16, 7, 7) -> (B, 1, 28, 28): channels become 4×4 pixels, also for B = 0."""

    def forward(self, x: Tensor) -> Tensor:
        parted = x.reshape(x.shape[0], 4, 4, 7, 7)
        return parted.permute(0, 3, 1, 4, 2).reshape(x.shape[0], 1, 28, 28)


class Vqvae(Autoencoder, Samples):
    """A convolutional autoencoder with a codebook, and a prior over its indices."""

    Config = VqvaeConfig
    config: VqvaeConfig
    training_only: ClassVar[tuple[str, ...]] = ("usage",)
    samples_by_label = True
    usage: Tensor

    def __init__(self, config: VqvaeConfig) -> None:
        super().__init__(config)
        c, d = config.channels, config.latent_dim
        self.encoder = nn.Sequential(
            Fold(),  # (B, 4, 14, 14)
            nn.Conv2d(4, c, 4, stride=2, padding=1),  # (B, c, 7, 7)
            nn.SiLU(),
            nn.Conv2d(c, d, 1),
        )
        self.decoder = nn.Sequential(
            nn.Conv2d(d, c, 3, padding=1),  # (B, c, 7, 7)
            nn.SiLU(),
            nn.Conv2d(c, c, 3, padding=1),
            nn.SiLU(),
            nn.Conv2d(c, 16, 3, padding=1),
            Unfold(),  # (B, 1, 28, 28)
        )
        self.codebook = nn.Parameter(torch.randn(config.entries, d))
        self.prior = CausalPrior(SIDE * SIDE, config.entries, config.classes)
        self.register_buffer(
            "usage", torch.zeros(config.entries)
        )  # share of the positions, moving average

    @property
    def class_count(self) -> int:
        return self.config.classes

    @property
    def latent_shape(self) -> tuple[int, ...]:
        return (self.config.latent_dim, SIDE, SIDE)

    def continuous(self, x: Tensor) -> Tensor:
        """The encoder's output before quantisation: (B, 1, 28, 28) -> (B, D, 7, 7)."""
        return self.encoder(x).float()

    def nearest(self, grid: Tensor) -> Tensor:
        """(B, D, 7, 7) -> the index of the nearest entry at every position, (B, 49)."""
        vectors = grid.flatten(2).transpose(1, 2)  # (B, 49, D)
        with torch.autocast(grid.device.type, enabled=False):
            products = vectors @ self.codebook.T
            return (self.codebook.square().sum(dim=1) - 2 * products).argmin(dim=2)

    def entries(self, indices: Tensor) -> Tensor:
        """(B, 49) of indices -> their entries, (B, D, 7, 7)."""
        return F.embedding(indices, self.codebook).transpose(1, 2).unflatten(2, (SIDE, SIDE))

    def indices(self, x: Tensor) -> Tensor:
        """Images (B, 1, 28, 28) -> indices of their entries, (B, 49)."""
        return self.nearest(self.continuous(x))

    def encode(self, x: Tensor, label: Tensor | None = None) -> Tensor:
        """The nearest entries, (B, D, 7, 7), with the straight-through gradient.

        In training mode, rarely used entries are restarted first.
        """
        grid = self.continuous(x)
        if self.training:
            self.restart(grid)
        return grid + (self.entries(self.nearest(grid)) - grid).detach()

    @torch.no_grad()
    def restart(self, grid: Tensor) -> None:
        """Set rarely used entries to vectors of the batch (B, D, 7, 7), and update the usage."""
        rare = (self.usage < RARE / self.config.entries).nonzero().flatten()
        vectors = grid.transpose(0, 1).flatten(1).T  # (B * 49, D), images in random order
        spaced = torch.linspace(0, len(vectors) - 1, len(rare), device=grid.device).long()
        self.codebook[rare] = vectors[spaced]
        self.usage[rare] = 1 / self.config.entries
        found = self.nearest(grid).flatten().bincount(minlength=self.config.entries)
        self.usage.lerp_(found / found.sum(), USAGE_DECAY)

    def decode_logits(self, z: Tensor, label: Tensor | None = None) -> Tensor:
        return self.decoder(z)

    def penalties(self, x: Tensor, z: Tensor, posterior: object) -> dict[str, Tensor]:
        """Squared distance between the encoder's vectors and their entries, summed over positions.

        Both terms have the same value; the gradient of one is that of the codebook, of the
        other that of the encoder.
        """
        grid = self.continuous(x)
        entries = self.entries(self.nearest(grid))
        return {
            "codebook": (entries - grid.detach()).square().flatten(1).sum(1).mean(),
            "commitment": (entries.detach() - grid).square().flatten(1).sum(1).mean(),
        }

    def weights(self) -> dict[str, float]:
        return {"codebook": 1.0, "commitment": self.config.commitment}

    def extra_metrics(self, x: Tensor, label: Tensor | None = None) -> dict[Metric, float]:
        """The codebook's perplexity, and the code length of an image in bits.

        The perplexity is 2 to the power of the entropy of the entries in bits. The code length
        is that of the indices under the prior, and under a uniform distribution.
        """
        indices = self.indices(x)
        share = indices.flatten().bincount(minlength=self.config.entries) / indices.numel()
        figures = {
            Metric("perplexity"): math.exp(-torch.xlogy(share, share).sum().item()),
            Metric("bits", condition="without_prior"): SIDE * SIDE * math.log2(self.config.entries),
        }
        if label is not None:
            nats = self.prior.negative_log_likelihood(indices, label).item()
            figures[Metric("bits")] = nats / math.log(2)
        return figures

    def parts(self) -> dict[str, nn.Module]:
        return {"prior": self.prior}

    def part_terms(
        self, name: str, x: Tensor, label: Tensor, *, generator: torch.Generator
    ) -> dict[str, Tensor]:
        """-log p(indices | label) in nats per image."""
        with torch.no_grad():
            indices = self.indices(x)
        return {"prior": self.prior.negative_log_likelihood(indices, label)}

    def sample(
        self, labels: Tensor, generator: torch.Generator, temperature: float = 1.0
    ) -> Tensor:
        """`temperature` divides the prior's logits; 0 takes the most likely entry everywhere."""
        return self.decode(self.entries(self.prior.draw(labels, generator, temperature)))
