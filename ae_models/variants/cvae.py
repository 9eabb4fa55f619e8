"""The conditional VAE: told the label, the code is left with the style.

Sohn, Lee & Yan 2015, "Learning Structured Output Representation using Deep
Conditional Generative Models". Encoder and decoder both see the class; asked for a
class at sampling time, the decoder draws it in the style that the code describes.

A decoder that is right on average blurs what tells a shirt from a coat. It may therefore be
trained to be legible as well: a small classifier, the reader, learns the classes from training
images first, and its cross-entropy on what is drawn joins the loss (Bao et al. 2017, "CVAE-GAN",
do so with a classifier of their own). The reader is part of the training alone; it is not the
judge that measures the samples, and it has other layers.

What the codes of a class look like after training is far from N(0, I). A normalising
flow per class is therefore fitted to the codes of the training images when the rest is
trained (a prior fitted afterwards: Ghosh et al. 2020, "From Variational to Deterministic
Autoencoders"), and draws come from it. A *style* is the draw before the flow bends it
towards a class: one style decoded under ten labels is one handwriting.
"""

from __future__ import annotations

from typing import ClassVar

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor, nn
from torch.func import functional_call

from ae_models.base import CLASSES, one_hot, reparameterise
from ae_models.networks.flow import Flow
from ae_models.variants.vae import Vae, VaeConfig


class CvaeConfig(VaeConfig):
    legibility: float = Field(0.0, ge=0)  # the weight of the reader's cross-entropy


class Cvae(Vae):
    """A VAE whose encoder and decoder are told the label. Adds legibility * cross-entropy."""

    Config = CvaeConfig
    config: CvaeConfig
    needs_label = True
    samples_by_label = True
    condition_dim = CLASSES
    training_only: ClassVar[tuple[str, ...]] = ("reader",)

    def __init__(self, config: CvaeConfig) -> None:
        super().__init__(config)
        self.prior = Flow(config.latent_dim, self.condition_dim)
        if config.legibility:
            self.reader = reader()

    def condition(self, label: Tensor | None) -> Tensor:
        return one_hot(label, "a conditional VAE")

    def output_penalties(
        self, logits: Tensor, z: Tensor, label: Tensor | None
    ) -> dict[str, Tensor]:
        if not hasattr(self, "reader") or label is None:
            return {}
        fixed = {name: weight.detach() for name, weight in self.reader.named_parameters()}
        opinion = functional_call(self.reader, fixed, (logits.sigmoid(),))
        return {"class": F.cross_entropy(opinion.float(), label)}

    def weights(self) -> dict[str, float]:
        read = {"class": self.config.legibility} if self.config.legibility else {}
        return super().weights() | read

    def part(self, name: str) -> nn.Module:
        """What is trained alone: the reader before the rest, the prior after it."""
        return self.reader if name == "reader" else self.prior

    def part_terms(
        self, name: str, x: Tensor, label: Tensor, *, generator: torch.Generator
    ) -> dict[str, Tensor]:
        """The reader's cross-entropy, or -log p(z | label) of codes from q(z | x, label); nats."""
        if name == "reader":
            return {"class": F.cross_entropy(self.reader(x).float(), label)}
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


def reader() -> nn.Sequential:
    """(B, 1, 28, 28) in [0, 1] -> (B, 10) of logits."""
    return nn.Sequential(
        nn.Conv2d(1, 16, 4, stride=2, padding=1),  # (B, 16, 14, 14)
        nn.ReLU(),
        nn.Conv2d(16, 32, 4, stride=2, padding=1),  # (B, 32, 7, 7)
        nn.ReLU(),
        nn.Flatten(),
        nn.Dropout(0.3),
        nn.Linear(32 * 49, 128),
        nn.ReLU(),
        nn.Linear(128, CLASSES),
    )
