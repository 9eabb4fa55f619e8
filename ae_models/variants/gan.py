"""The conditional GAN: a generator that learns by deceiving a critic, told the label.

Goodfellow et al. 2014, "Generative Adversarial Nets"; Mirza & Osindero 2014, "Conditional
Generative Adversarial Nets". The discriminator tells real images from invented ones, the
generator is trained on its opinion alone and never sees an image. There is no encoder: an
image has no code, and nothing is reconstructed.

The label meets the discriminator's features in an inner product (Miyato & Koyama 2018, "cGANs
with Projection Discriminator"), and the same features are asked which class they show (Odena
et al. 2017, "Conditional Image Synthesis with Auxiliary Classifier GANs"). What keeps the two
from chasing each other is a penalty on the discriminator's slope at real images (Mescheder
et al. 2018, "Which Training Methods for GANs do actually Converge?"). What samples in the end
is the moving average of the generator's weights (Karras et al. 2018, "Progressive Growing of
GANs"), which is steadier than any one of them.
"""

from __future__ import annotations

import copy
from typing import ClassVar

import torch
import torch.nn.functional as F
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn

from ae_models.base import CLASSES, Samples, one_hot


class GanConfig(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    latent_dim: int = Field(64, ge=1, le=1024)  # of the noise that an image is made from
    channels: int = 64  # at 7×7, of both players
    hidden: int = 128  # width of the dense layer of both players
    auxiliary: float = Field(0.5, ge=0)  # weight of the class in the loss of both players
    slope: float = Field(0.5, ge=0)  # weight of the squared slope at real images
    memory: float = Field(0.998, ge=0, lt=1)  # share of the average that a step leaves as it is


class Generator(nn.Module):
    """(N, latent_dim) of noise and (N,) of labels -> (N, 1, 28, 28) in [0, 1]."""

    def __init__(self, config: GanConfig) -> None:
        super().__init__()
        self.channels = config.channels
        self.dense = nn.Sequential(
            nn.Linear(config.latent_dim + CLASSES, config.hidden),
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
        grid = self.dense(torch.cat([noise, one_hot(labels, "a conditional GAN")], dim=1))
        return self.body(grid.view(-1, 7, 7, self.channels).permute(0, 3, 1, 2)).float()


class Discriminator(nn.Module):
    """Images and labels -> how real each looks (N,), and which class it seems to show (N, 10)."""

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
        self.projection = nn.Embedding(CLASSES, config.hidden)
        self.classes = nn.Linear(config.hidden, CLASSES)
        nn.init.zeros_(self.projection.weight)

    def forward(self, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        features = self.body(x)
        score = self.score(features).squeeze(1) + (self.projection(labels) * features).sum(1)
        return score.float(), self.classes(features).float()


class Gan(Samples):
    """A generator for chosen classes; the discriminator is gone when it ships."""

    Config: ClassVar[type[GanConfig]] = GanConfig
    training_only: ClassVar[tuple[str, ...]] = ("discriminator", "generator")
    samples_by_label = True

    def __init__(self, config: GanConfig) -> None:
        super().__init__()
        self.config = config
        self.discriminator = Discriminator(config)
        self.generator = Generator(config)
        self.average = copy.deepcopy(self.generator)

    def noise(self, count: int, generator: torch.Generator) -> Tensor:
        return torch.randn((count, self.config.latent_dim), generator=generator)

    def sample(
        self, labels: Tensor, generator: torch.Generator, temperature: float = 1.0
    ) -> Tensor:
        noise = self.noise(len(labels), generator).to(labels.device)
        return self.average(temperature * noise, labels)

    def duel_terms(
        self, player: str, x: Tensor, label: Tensor, *, generator: torch.Generator
    ) -> dict[str, Tensor]:
        """The weighted terms of one player's move, after the other's."""
        judging = player == "discriminator"
        self.discriminator.requires_grad_(judging)  # no gradients that nobody uses
        noise = self.noise(len(x), generator).to(x.device)
        with torch.set_grad_enabled(not judging):
            invented = self.generator(noise, label)
        if not judging:
            score, classes = self.discriminator(invented, label)
            return {
                "generator": F.softplus(-score).mean(),
                "generated class": self.config.auxiliary * F.cross_entropy(classes, label),
            }
        score, classes = self.discriminator(torch.cat([x, invented]), torch.cat([label, label]))
        real, fake = score.chunk(2)
        return {
            "discriminator": F.softplus(-real).mean() + F.softplus(fake).mean(),
            "class": self.config.auxiliary * F.cross_entropy(classes[: len(x)], label),
            "slope": self.config.slope * self.squared_slope(x, label),
        }

    def squared_slope(self, x: Tensor, label: Tensor) -> Tensor:
        """|d score / d x|² at real images, mean over a sixteenth of them; in float32."""
        some = slice(0, max(len(x) // 16, 1))
        with torch.autocast(x.device.type, enabled=False):
            x = x[some].detach().requires_grad_()
            score, _ = self.discriminator(x, label[some])
            (slope,) = torch.autograd.grad(score.sum(), x, create_graph=True)
        return slope.square().flatten(1).sum(1).mean()

    @torch.no_grad()
    def after_step(self) -> None:
        """Move the average towards the generator: its weights, and what it has normalised by."""
        moving = zip(
            self.average.state_dict().values(), self.generator.state_dict().values(), strict=True
        )
        for average, latest in moving:
            if average.is_floating_point():
                average.lerp_(latest, 1 - self.config.memory)

    def validation_terms(
        self, x: Tensor, label: Tensor, *, generator: torch.Generator
    ) -> dict[str, Tensor]:
        """How real the discriminator finds real images and those of the average, in 0 … 1."""
        invented = self.sample(label, generator)
        score, _ = self.discriminator(torch.cat([x, invented]), torch.cat([label, label]))
        real, fake = score.sigmoid().chunk(2)
        return {"real": real.mean(), "generated": fake.mean()}
