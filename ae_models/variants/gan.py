"""The class-conditional GAN: a generator trained against a discriminator.

Goodfellow et al. 2014, "Generative Adversarial Nets"; Mirza & Osindero 2014, "Conditional
Generative Adversarial Nets". The discriminator separates real images from generated ones, the
generator is trained on its output alone and never on an image. There is no encoder: an
image has no code, and nothing is reconstructed.

The discriminator's features are combined with the label by an inner product (Miyato & Koyama 2018,
"cGANs with Projection Discriminator"), and also classified (Odena et al. 2017, "Conditional Image
Synthesis with Auxiliary Classifier GANs"). The R1 penalty on the discriminator's gradient at real
images keeps training stable (Mescheder et al. 2018, "Which Training Methods for GANs do actually
Converge?"). Samples are drawn with the moving average of the generator's weights (Karras et al.
2018, "Progressive Growing of GANs"), which varies less.
"""

from __future__ import annotations

import copy
from typing import ClassVar

import torch
import torch.nn.functional as F
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn
from torch.optim.swa_utils import get_ema_multi_avg_fn

from ae_models.base import Model, Samples, one_hot


class GanConfig(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    latent_dim: int = Field(64, ge=1, le=1024)  # of the generator's input
    classes: int = Field(10, ge=2)
    channels: int = 64  # at 7×7, of both networks
    hidden: int = 128  # units of the dense layer of both networks
    class_weight: float = Field(0.5, ge=0)  # of the cross-entropy in the loss of both networks
    r1_weight: float = Field(0.5, ge=0)  # of the squared gradient norm at real images
    ema_decay: float = Field(0.998, ge=0, lt=1)  # of the moving average, per step


class Generator(nn.Module):
    """(N, latent_dim) of noise and (N,) of labels -> (N, 1, 28, 28) in [0, 1]."""

    def __init__(self, config: GanConfig) -> None:
        super().__init__()
        self.channels, self.classes = config.channels, config.classes
        self.dense = nn.Sequential(
            nn.Linear(config.latent_dim + config.classes, config.hidden),
            nn.BatchNorm1d(config.hidden),
            nn.ReLU(),
            nn.Linear(config.hidden, config.channels * 49),
        )
        self.body = nn.Sequential(
            nn.BatchNorm2d(config.channels),  # (N, channels, 7, 7)
            nn.ReLU(),
            nn.Conv2d(config.channels, 16, 3, padding=1),
            nn.PixelShuffle(4),  # (N, 1, 28, 28)
            nn.Sigmoid(),
        )

    def forward(self, noise: Tensor, labels: Tensor) -> Tensor:
        grid = self.dense(
            torch.cat([noise, one_hot(labels, self.classes, "a conditional GAN")], dim=1)
        )
        return self.body(grid.view(-1, 7, 7, self.channels).permute(0, 3, 1, 2)).float()


class Discriminator(nn.Module):
    """Images (N, 1, 28, 28), labels (N,) -> real/generated logits (N,), class logits (N, C)."""

    def __init__(self, config: GanConfig) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.PixelUnshuffle(2),  # (N, 4, 14, 14)
            nn.Conv2d(4, config.channels, 4, stride=2, padding=1),  # (N, channels, 7, 7)
            nn.LeakyReLU(0.2),
            nn.Flatten(),
            nn.Linear(config.channels * 49, config.hidden),
            nn.LeakyReLU(0.2),
        )
        self.score = nn.Linear(config.hidden, 1)
        self.projection = nn.Embedding(config.classes, config.hidden)
        self.classes = nn.Linear(config.hidden, config.classes)
        nn.init.zeros_(self.projection.weight)

    def forward(self, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        features = self.body(x)
        score = self.score(features).squeeze(1) + (self.projection(labels) * features).sum(1)
        return score.float(), self.classes(features).float()


class Gan(Model, Samples):
    """A generator conditioned on the class; the discriminator does not ship."""

    Config = GanConfig
    config: GanConfig
    training_only: ClassVar[tuple[str, ...]] = ("discriminator", "generator")
    adversaries: ClassVar[tuple[str, ...]] = ("discriminator", "generator")
    samples_by_label = True

    def __init__(self, config: GanConfig) -> None:
        super().__init__(config)
        self.discriminator = Discriminator(config)
        self.generator = Generator(config)
        self.average = copy.deepcopy(self.generator)

    @property
    def class_count(self) -> int:
        return self.config.classes

    def noise(self, count: int, generator: torch.Generator) -> Tensor:
        return torch.randn((count, self.config.latent_dim), generator=generator)

    def sample(
        self, labels: Tensor, generator: torch.Generator, temperature: float = 1.0
    ) -> Tensor:
        noise = self.noise(len(labels), generator).to(labels.device)
        return self.average(temperature * noise, labels)

    def parts(self) -> dict[str, nn.Module]:
        return {"discriminator": self.discriminator, "generator": self.generator}

    def adversarial_terms(
        self, name: str, x: Tensor, label: Tensor, *, generator: torch.Generator
    ) -> dict[str, Tensor]:
        discriminating = name == "discriminator"
        self.discriminator.requires_grad_(discriminating)  # no gradients that are not used
        noise = self.noise(len(x), generator).to(x.device)
        with torch.set_grad_enabled(not discriminating):
            generated = self.generator(noise, label)
        if not discriminating:
            score, classes = self.discriminator(generated, label)
            return {
                "generator": F.softplus(-score).mean(),
                "generated class": self.config.class_weight * F.cross_entropy(classes, label),
            }
        score, classes = self.discriminator(torch.cat([x, generated]), torch.cat([label, label]))
        real, fake = score.chunk(2)
        return {
            "discriminator": F.softplus(-real).mean() + F.softplus(fake).mean(),
            "class": self.config.class_weight * F.cross_entropy(classes[: len(x)], label),
            "r1": self.config.r1_weight * self.squared_gradient_norm(x, label),
        }

    def squared_gradient_norm(self, x: Tensor, label: Tensor) -> Tensor:
        """|d score / d x|² at real images, mean over a sixteenth of them; in float32."""
        some = slice(0, max(len(x) // 16, 1))
        with torch.autocast(x.device.type, enabled=False):
            x = x[some].detach().requires_grad_()
            score, _ = self.discriminator(x, label[some])
            (gradient,) = torch.autograd.grad(score.sum(), x, create_graph=True)
        return gradient.square().flatten(1).sum(1).mean()

    def after_step(self) -> None:
        """Update the moving average of the generator: its weights and its running statistics.

        This is the update of `AveragedModel`; the wrapper itself would rename shipped tensors.
        """
        average, latest = (
            [tensor for tensor in net.state_dict().values() if tensor.is_floating_point()]
            for net in (self.average, self.generator)
        )
        get_ema_multi_avg_fn(self.config.ema_decay)(average, latest, None)

    def validation_terms(
        self, x: Tensor, label: Tensor, *, generator: torch.Generator
    ) -> dict[str, Tensor]:
        """Mean probability of being real, 0 … 1, of real images and of samples."""
        generated = self.sample(label, generator)
        score, _ = self.discriminator(torch.cat([x, generated]), torch.cat([label, label]))
        real, fake = score.sigmoid().chunk(2)
        return {"real": real.mean(), "generated": fake.mean()}
