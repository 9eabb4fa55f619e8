"""The conditional VAE: told the label, the code is left with the style.

Sohn, Lee & Yan 2015, "Learning Structured Output Representation using Deep
Conditional Generative Models". Encoder and decoder both see the class; asked for a
class at sampling time, the decoder draws it in the style that the code describes.

What the codes of a class look like after training is not quite N(0, I). A normal
distribution is therefore fitted per class to the training codes when training is
over (a prior fitted afterwards: Ghosh et al. 2020, "From Variational to
Deterministic Autoencoders"), and draws come from it. A *style* is the same draw seen
before it is fitted to a class: one style decoded under ten labels is one handwriting.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ae_models.base import CLASSES, one_hot
from ae_models.variants.vae import Vae, VaeConfig


class Cvae(Vae):
    """A VAE whose encoder and decoder are told the label."""

    needs_label = True
    samples_by_label = True
    condition_dim = CLASSES

    prior_mean: Tensor
    prior_root: Tensor

    def __init__(self, config: VaeConfig) -> None:
        super().__init__(config)
        dim = config.latent_dim
        self.register_buffer("prior_mean", torch.zeros(CLASSES, dim))
        self.register_buffer("prior_root", torch.eye(dim).repeat(CLASSES, 1, 1))

    def condition(self, label: Tensor | None) -> Tensor:
        return one_hot(label, "a conditional VAE")

    def fit_prior(self, images: Tensor, labels: Tensor) -> None:
        """Fit the normal distribution of each class to q(z | x, label) of (N, 1, 28, 28)."""
        for label in range(CLASSES):
            of_class = images[labels == label]
            posterior = self.posterior(of_class, labels[labels == label])
            covariance = torch.cov(posterior.mean.T) + posterior.variance.mean(0).diag()
            self.prior_mean[label] = posterior.mean.mean(0)
            self.prior_root[label] = symmetric_root(covariance)

    def from_style(self, style: Tensor, labels: Tensor) -> Tensor:
        """Standard normal (N, D) -> codes (N, D) that are typical of the labels (N,)."""
        return self.prior_mean[labels] + torch.einsum("ndk,nk->nd", self.prior_root[labels], style)

    def to_style(self, z: Tensor, labels: Tensor) -> Tensor:
        """The inverse of `from_style`: what is left of a code once the label is known."""
        return torch.linalg.solve(self.prior_root[labels], z - self.prior_mean[labels])

    def sample(
        self, labels: Tensor, generator: torch.Generator, temperature: float = 1.0
    ) -> Tensor:
        style = torch.randn((len(labels), self.config.latent_dim), generator=generator)
        return self.decode(self.from_style(temperature * style.to(labels.device), labels), labels)


def symmetric_root(covariance: Tensor) -> Tensor:
    """The symmetric square root of (D, D): of all roots the one closest to the identity.

    That closeness keeps a style recognisable from class to class.
    """
    values, vectors = torch.linalg.eigh(covariance.double())
    return (vectors * values.clamp(min=0).sqrt() @ vectors.T).float()
