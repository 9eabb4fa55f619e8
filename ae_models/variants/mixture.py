"""A Gaussian mixture on the codes of a plain autoencoder, which makes it generative.

Ghosh et al. 2020, "From Variational to Deterministic Autoencoders": a plain autoencoder's
codes follow no known distribution, so that decoding a standard normal gives no images. A
density fitted to the codes afterwards (here a mixture with full covariances, one for every
few hundred images) can be sampled instead.
"""

from __future__ import annotations

import torch
from pydantic import Field
from torch import Tensor

from ae_models.base import Samples
from ae_models.networks.backbones import BackboneConfig
from ae_models.variants.plain import PlainAutoencoder


class MixtureConfig(BackboneConfig):
    components: int = Field(100, ge=1)


class Mixture(PlainAutoencoder, Samples):
    """A plain autoencoder with a prior: a mixture of K normals in its latent space."""

    Config = MixtureConfig
    config: MixtureConfig
    shares: Tensor
    means: Tensor
    spreads: Tensor

    def __init__(self, config: MixtureConfig) -> None:
        super().__init__(config)
        k, d = config.components, config.latent_dim
        self.register_buffer("shares", torch.full((k,), 1 / k))
        self.register_buffer("means", torch.zeros(k, d))
        self.register_buffer("spreads", torch.eye(d).repeat(k, 1, 1))  # Cholesky factors

    def fit(self, z: Tensor) -> None:
        """Expectation-maximisation on codes (N, D), started by k-means; deterministic."""
        from sklearn.mixture import GaussianMixture

        found = GaussianMixture(
            self.config.components, reg_covar=1e-4, max_iter=60, tol=1e-2, random_state=0
        ).fit(z.double().numpy())
        self.shares.copy_(torch.from_numpy(found.weights_))
        self.means.copy_(torch.from_numpy(found.means_))
        self.spreads.copy_(torch.linalg.cholesky(torch.from_numpy(found.covariances_)))

    def sample(
        self, labels: Tensor, generator: torch.Generator, temperature: float = 1.0
    ) -> Tensor:
        """As `Samples.sample`, without use of the labels.

        `temperature` scales the standard deviation within a component and divides the
        logarithms of the components' weights; at 0 every sample is the mean of the most frequent.
        """
        count = len(labels)
        log_weights = self.shares.cpu().log() / max(temperature, 1e-3)
        component = torch.multinomial(log_weights.softmax(0), count, True, generator=generator)
        if temperature == 0:  # always the same one where several are equally frequent
            component = log_weights.argmax().expand(count)
        eps = torch.randn((count, self.config.latent_dim), generator=generator)
        component, eps = component.to(labels.device), eps.to(labels.device)
        return self.decode(self.in_component(component, temperature * eps))

    def in_component(self, component: Tensor, noise: Tensor) -> Tensor:
        """Indices of components (N,) and standard normal noise (N, D) -> codes (N, D)."""
        offset = (self.spreads[component] @ noise.unsqueeze(2)).squeeze(2)
        return self.means[component] + offset
