"""The variational autoencoder: the code is a distribution, regularised towards N(0, I).

Kingma & Welling 2014, "Auto-Encoding Variational Bayes". The encoder gives q(z | x),
a normal with diagonal covariance; the penalty is its KL divergence from the prior
N(0, I), so that samples of the prior decode to plausible images. beta is the weight of
the penalty (Higgins et al. 2017); beta = 1 trains on the evidence lower bound.
"""

from __future__ import annotations

import torch
from pydantic import Field
from torch import Tensor
from torch.distributions import Normal

from ae_models.base import Samples, Variational
from ae_models.metric_key import Metric
from ae_models.networks.backbones import BackboneConfig, decoder, encoder

ACTIVE_VARIANCE = 0.01  # variance of a dimension's mean over images


class VaeConfig(BackboneConfig):
    beta: float = Field(1.0, ge=0)


class Vae(Variational, Samples):
    """Adds beta * KL(q(z | x) || N(0, I))."""

    Config = VaeConfig
    config: VaeConfig

    def __init__(self, config: VaeConfig) -> None:
        super().__init__(config)
        self.encoder = encoder(config.backbone, 2 * config.latent_dim, self.condition_dim)
        self.decoder = decoder(config.backbone, config.latent_dim, self.condition_dim)

    @property
    def condition_dim(self) -> int:
        """Number of components of `condition`; 0 for an unconditional model."""
        return 0

    def condition(self, label: Tensor | None) -> Tensor | None:
        """The condition (B, condition_dim) of encoder and decoder for labels (B,); here None."""
        return None

    def posterior(self, x: Tensor, label: Tensor | None = None) -> Normal:
        mu, log_var = self.encoder(x, self.condition(label)).chunk(2, dim=1)
        return Normal(mu, (0.5 * log_var.clamp(-12, 12)).exp(), validate_args=False)

    def encode(self, x: Tensor, label: Tensor | None = None) -> Tensor:
        return self.posterior(x, label).mean

    def decode_logits(self, z: Tensor, label: Tensor | None = None) -> Tensor:
        return self.decoder(z, self.condition(label))

    def penalties(self, x: Tensor, z: Tensor, posterior: Normal | None) -> dict[str, Tensor]:
        assert posterior is not None
        return {"kl": kl_from_unit_normal(posterior)}

    def weights(self) -> dict[str, float]:
        return {"kl": self.config.beta}

    def extra_metrics(self, x: Tensor, label: Tensor | None = None) -> dict[Metric, float]:
        """KL divergence in nats per image, and number of active dimensions.

        Burda et al. 2016, "Importance Weighted Autoencoders": a dimension is active where the
        variance of its posterior mean over images is above .01.
        """
        q = self.posterior(x, label)
        active = (q.mean.var(dim=0) > ACTIVE_VARIANCE).sum()
        kl = self.penalties(x, q.mean, q)["kl"]
        return {Metric("kl"): kl.item(), Metric("active_dimensions"): active.item()}

    def sample(
        self, labels: Tensor, generator: torch.Generator, temperature: float = 1.0
    ) -> Tensor:
        eps = torch.randn((len(labels), self.config.latent_dim), generator=generator)
        return self.decode(temperature * eps.to(labels.device), labels)


def kl_from_unit_normal(q: Normal) -> Tensor:
    """KL(q || N(0, I)), summed over dimensions, mean over images; a scalar."""
    return kl_by_dimension(q).sum(dim=1).mean()


def kl_by_dimension(q: Normal) -> Tensor:
    """KL(q || N(0, I)) of each dimension of each image, (B, D), in nats.

    Kingma & Welling 2014, appendix B: 1/2 (sigma^2 + mu^2 - 1 - log sigma^2).
    """
    variance = q.variance
    return 0.5 * (variance + q.mean.square() - 1 - variance.log())
