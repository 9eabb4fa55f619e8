"""The sparse autoencoder: many units, few of which are active for any one image.

Olshausen & Field 1996, "Emergence of simple-cell receptive field properties by learning a
sparse code for natural images"; as an autoencoder Ng 2011, and Makhzani & Frey 2014. The code
may be wide, but its L1 norm is penalised, so that few units describe an image, and each unit
represents a part of it. The atoms (the decoder's weights of a unit) have unit norm: otherwise
small codes and large weights would evade the penalty.
"""

from __future__ import annotations

import torch.nn.functional as F
from pydantic import Field
from torch import Tensor, nn
from torch.distributions import Normal

from ae_models.base import Autoencoder, AutoencoderConfig, HasAtoms
from ae_models.metric_key import Metric

PIXELS = 28 * 28


class SparseConfig(AutoencoderConfig):
    latent_dim: int = Field(256, ge=1, le=1024)
    sparsity: float = Field(0.1, ge=0)  # the weight of the L1 norm


class Sparse(Autoencoder, HasAtoms):
    """Adds sparsity * |z|_1, z at least 0."""

    Config = SparseConfig
    config: SparseConfig

    def __init__(self, config: SparseConfig) -> None:
        super().__init__(config)
        self.encoder = nn.Linear(PIXELS, config.latent_dim)
        self.decoder = nn.Linear(config.latent_dim, PIXELS)

    def encode(self, x: Tensor, label: Tensor | None = None) -> Tensor:
        return self.encoder(x.flatten(1)).relu()

    def decode_logits(self, z: Tensor, label: Tensor | None = None) -> Tensor:
        return F.linear(z, self.atoms().T, self.decoder.bias).view(-1, 1, 28, 28)

    def atoms(self) -> Tensor:
        """The decoder's weights of each unit, scaled to unit norm: (units, 784)."""
        return F.normalize(self.decoder.weight.T, dim=1)

    def penalties(self, x: Tensor, z: Tensor, posterior: Normal | None) -> dict[str, Tensor]:
        return {"l1": z.float().abs().sum(dim=1).mean()}

    def weights(self) -> dict[str, float]:
        return {"l1": self.config.sparsity}

    def extra_metrics(self, x: Tensor, label: Tensor | None = None) -> dict[Metric, float]:
        """Mean number of active units per image."""
        return {Metric("active_units"): (self.encode(x) > 0).float().sum(dim=1).mean().item()}
