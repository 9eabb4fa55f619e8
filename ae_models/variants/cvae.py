"""The conditional VAE: told the label, the code is left with the style.

Sohn, Lee & Yan 2015, "Learning Structured Output Representation using Deep
Conditional Generative Models". Encoder and decoder both see the class; asked for a
class at sampling time, the decoder draws it in the style that the code describes.

What the codes of a class look like after training is far from N(0, I). A normalising
flow per class is therefore fitted to the codes of the training images when the rest is
trained (a prior fitted afterwards: Ghosh et al. 2020, "From Variational to Deterministic
Autoencoders"), and draws come from it. A *style* is the draw before the flow bends it
towards a class: one style decoded under ten labels is one handwriting.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ae_models.base import CLASSES, one_hot, reparameterise
from ae_models.flow import Flow
from ae_models.variants.vae import Vae, VaeConfig


class Cvae(Vae):
    """A VAE whose encoder and decoder are told the label."""

    needs_label = True
    samples_by_label = True
    condition_dim = CLASSES

    def __init__(self, config: VaeConfig) -> None:
        super().__init__(config)
        self.prior = Flow(config.latent_dim, self.condition_dim)

    def condition(self, label: Tensor | None) -> Tensor:
        return one_hot(label, "a conditional VAE")

    def part(self, name: str) -> nn.Module:
        """The one part that is trained alone: the prior."""
        return self.prior

    def part_terms(
        self, name: str, x: Tensor, label: Tensor, *, generator: torch.Generator
    ) -> dict[str, Tensor]:
        """-log p(z | label) in nats of codes from q(z | x, label)."""
        with torch.no_grad():
            z = reparameterise(self.posterior(x, label), generator)
        return {"prior": self.prior.negative_log_likelihood(z, self.condition(label))}

    def from_style(self, style: Tensor, labels: Tensor) -> Tensor:
        """Standard normal (N, D) -> codes (N, D) that are typical of the labels (N,)."""
        return self.prior(style, self.condition(labels))

    def to_style(self, z: Tensor, labels: Tensor) -> Tensor:
        """The inverse of `from_style`: what is left of a code once the label is known."""
        return self.prior.inverse(z, self.condition(labels))[0]

    def sample(
        self, labels: Tensor, generator: torch.Generator, temperature: float = 1.0
    ) -> Tensor:
        style = torch.randn((len(labels), *self.latent_shape), generator=generator)
        return self.decode(self.from_style(temperature * style.to(labels.device), labels), labels)
