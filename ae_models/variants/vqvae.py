"""The vector-quantised VAE: an image as a grid of entries of one codebook.

Van den Oord et al. 2017, "Neural Discrete Representation Learning". At each of 7×7 places the
encoder's vector is replaced by the nearest entry of the codebook. That choice has no gradient:
the decoder's is handed to the encoder as if nothing had been replaced (straight through). The
codebook follows the encoder, and the encoder is held to its choice by the commitment term.

Entries that hardly any vector is nearest to are set to what the encoder says now (the random
restart of Dhariwal et al. 2020, "Jukebox"). When all is trained, a prior is fitted on the
indices of the training images, given the label; draws from it are decoded.
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
RARE = 0.1  # of an even share: below it an entry is set anew


class VqvaeConfig(AutoencoderConfig):
    latent_dim: int = Field(16, ge=1, le=1024)  # of an entry
    entries: int = Field(128, ge=2)
    classes: int = Field(10, ge=2)
    channels: int = Field(64, ge=1)
    commitment: float = Field(0.25, ge=0)


class Fold(nn.Module):
    """(B, 1, 28, 28) -> (B, 4, 14, 14): 2×2 pixels become channels.

    `nn.PixelUnshuffle` does the same, but leaves the shape of no images as it is. `len(x)` would
    make the number of images a constant of an exported graph; `x.shape[0]` leaves it free.
    """

    def forward(self, x: Tensor) -> Tensor:
        parted = x.reshape(x.shape[0], 14, 2, 14, 2)
        return parted.permute(0, 2, 4, 1, 3).reshape(x.shape[0], 4, 14, 14)


class Unfold(nn.Module):
    """(B, 16, 7, 7) -> (B, 1, 28, 28): channels become 4×4 pixels, also of no images."""

    def forward(self, x: Tensor) -> Tensor:
        parted = x.reshape(x.shape[0], 4, 4, 7, 7)
        return parted.permute(0, 3, 1, 4, 2).reshape(x.shape[0], 1, 28, 28)


class Vqvae(Autoencoder, Samples):
    """A convolutional autoencoder through a codebook, and a prior over its indices."""

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
        self.register_buffer("usage", torch.zeros(config.entries))  # share of the places

    @property
    def class_count(self) -> int:
        return self.config.classes

    @property
    def latent_shape(self) -> tuple[int, ...]:
        return (self.config.latent_dim, SIDE, SIDE)

    def continuous(self, x: Tensor) -> Tensor:
        """What the encoder says before a choice is made: (B, 1, 28, 28) -> (B, D, 7, 7)."""
        return self.encoder(x).float()

    def nearest(self, grid: Tensor) -> Tensor:
        """(B, D, 7, 7) -> the index of the nearest entry at every place, (B, 49)."""
        vectors = grid.flatten(2).transpose(1, 2)  # (B, 49, D)
        with torch.autocast(grid.device.type, enabled=False):
            products = vectors @ self.codebook.T
            return (self.codebook.square().sum(dim=1) - 2 * products).argmin(dim=2)

    def entries(self, indices: Tensor) -> Tensor:
        """(B, 49) of indices -> their entries, (B, D, 7, 7)."""
        return F.embedding(indices, self.codebook).transpose(1, 2).unflatten(2, (SIDE, SIDE))

    def indices(self, x: Tensor) -> Tensor:
        """(B, 1, 28, 28) -> (B, 49)."""
        return self.nearest(self.continuous(x))

    def encode(self, x: Tensor, label: Tensor | None = None) -> Tensor:
        """The entries that were chosen; their gradient is the encoder's."""
        grid = self.continuous(x)
        if self.training:
            self.restart(grid)
        return grid + (self.entries(self.nearest(grid)) - grid).detach()

    @torch.no_grad()
    def restart(self, grid: Tensor) -> None:
        """Set entries that are hardly used to vectors of this batch, and count the others' use."""
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
        """Squared distance between the encoder's vectors and their entries, summed over places.

        Twice the same number: once it moves the codebook, once the encoder.
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
        """The codebook's perplexity, and what an image costs in bits.

        The perplexity is the number of entries that, used equally, would be as hard to guess.
        The bits are those of the indices under the prior; without it, those of a grid in which
        every index is as likely as any other.
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
        """-log p(indices | label) in nats an image."""
        with torch.no_grad():
            indices = self.indices(x)
        return {"prior": self.prior.negative_log_likelihood(indices, label)}

    def sample(
        self, labels: Tensor, generator: torch.Generator, temperature: float = 1.0
    ) -> Tensor:
        """`temperature` divides the prior's logits; 0 takes the most likely entry everywhere."""
        return self.decode(self.entries(self.prior.draw(labels, generator, temperature)))
