"""The conditional VAE: encoder and decoder get the label, so that the code describes the style.

Sohn, Lee & Yan 2015, "Learning Structured Output Representation using Deep
Conditional Generative Models". Encoder and decoder both get the class, so that
samples of a requested class can be drawn, and the code describes the style.

A decoder that minimises the mean error blurs what distinguishes a shirt from a coat. Its output
may therefore be classified as well: an auxiliary classifier is trained on the training images
first, and its cross-entropy on the reconstructions joins the loss (Bao et al. 2017, "CVAE-GAN",
use a classifier of their own). It is used in training alone, and differs from the reference
classifier, which evaluates the samples, in its layers.

After training the codes of a class are far from N(0, I). A normalising flow, given the class, is
therefore fitted to the codes of the training images when the rest is trained (a prior fitted
afterwards: Ghosh et al. 2020, "From Variational to Deterministic Autoencoders"), and samples
come from it. A *style* is the standard normal vector that the flow maps to a code of a class:
one style decoded under all labels gives images of similar shape.
"""

from __future__ import annotations

from typing import ClassVar

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor, nn
from torch.func import functional_call

from ae_models.base import SamplesInStyles, one_hot, reparameterise
from ae_models.networks.backbones import dropout
from ae_models.networks.flow import Flow
from ae_models.variants.vae import Vae, VaeConfig

AUXILIARY = "auxiliary classifier"  # the part that is trained first


class CvaeConfig(VaeConfig):
    classes: int = Field(10, ge=2)
    class_weight: float = Field(0.0, ge=0)  # of the auxiliary classifier's cross-entropy


class Cvae(Vae, SamplesInStyles):
    """A VAE that is conditioned on the label. Adds class_weight * cross-entropy."""

    Config = CvaeConfig
    config: CvaeConfig
    needs_label = True
    samples_by_label = True
    training_only: ClassVar[tuple[str, ...]] = ("aux_classifier",)

    def __init__(self, config: CvaeConfig) -> None:
        super().__init__(config)
        self.prior = Flow(config.latent_dim, self.condition_dim)
        if config.class_weight:
            self.aux_classifier = AuxiliaryClassifier(config.classes)

    @property
    def condition_dim(self) -> int:
        return self.config.classes

    @property
    def class_count(self) -> int:
        return self.config.classes

    def condition(self, label: Tensor | None) -> Tensor:
        return one_hot(label, self.config.classes, "a conditional VAE")

    def output_penalties(
        self,
        logits: Tensor,
        z: Tensor,
        label: Tensor | None,
        generator: torch.Generator | None = None,
    ) -> dict[str, Tensor]:
        if not hasattr(self, "aux_classifier") or label is None:
            return {}
        fixed = {name: w.detach() for name, w in self.aux_classifier.named_parameters()}
        found = functional_call(self.aux_classifier, fixed, (logits.sigmoid(), generator))
        return {"class": F.cross_entropy(found.float(), label)}

    def weights(self) -> dict[str, float]:
        of_class = {"class": self.config.class_weight} if self.config.class_weight else {}
        return super().weights() | of_class

    def parts(self) -> dict[str, nn.Module]:
        """The auxiliary classifier is trained before the rest, the prior after it."""
        if not hasattr(self, "aux_classifier"):
            return {"prior": self.prior}
        return {AUXILIARY: self.aux_classifier, "prior": self.prior}

    def part_terms(
        self, name: str, x: Tensor, label: Tensor, *, generator: torch.Generator
    ) -> dict[str, Tensor]:
        """The cross-entropy, or -log p(z | label) of codes from q(z | x, label), in nats."""
        if name == AUXILIARY:
            return {"class": F.cross_entropy(self.aux_classifier(x, generator).float(), label)}
        with torch.no_grad():
            z = reparameterise(self.posterior(x, label), generator)
        return {"prior": self.prior.negative_log_likelihood(z, self.condition(label))}

    def from_style(self, style: Tensor, labels: Tensor) -> Tensor:
        """Standard normal (N, D) -> codes (N, D) from the prior of the labels (N,)."""
        return self.prior(style, self.condition(labels))

    def to_style(self, z: Tensor, labels: Tensor) -> Tensor:
        """The inverse of `from_style`: codes (N, D) of known labels (N,) -> styles (N, D)."""
        return self.prior.inverse(z, self.condition(labels))[0]

    def sample(
        self, labels: Tensor, generator: torch.Generator, temperature: float = 1.0
    ) -> Tensor:
        style = torch.randn((len(labels), *self.latent_shape), generator=generator)
        return self.decode(self.from_style(temperature * style.to(labels.device), labels), labels)


class AuxiliaryClassifier(nn.Module):
    """(B, 1, 28, 28) in [0, 1] -> (B, classes) of logits."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 16, 4, stride=2, padding=1),  # (B, 16, 14, 14)
            nn.ReLU(),
            nn.Conv2d(16, 32, 4, stride=2, padding=1),  # (B, 32, 7, 7)
            nn.ReLU(),
            nn.Flatten(),
        )
        self.head = nn.Sequential(nn.Linear(32 * 49, 128), nn.ReLU(), nn.Linear(128, classes))

    def forward(self, x: Tensor, generator: torch.Generator | None = None) -> Tensor:
        features = self.features(x)
        return self.head(dropout(features, 0.3, generator) if self.training else features)
