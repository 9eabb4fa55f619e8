"""The one interface that every model of the explorer has.

Four abilities, each a small base class: `Reconstructs`, `Codes`, `Samples` and `FillsIn`.
A model has the abilities it can honestly claim and no others; whoever needs one
asks for the ability, never for a model by name.
"""

from __future__ import annotations

from typing import ClassVar, Literal, NamedTuple

import torch
import torch.nn.functional as F
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn
from torch.distributions import Normal

CLASSES = 10  # both data sets have ten


class LacksAbility(TypeError):
    """A model was asked for something that its kind cannot do."""


class AutoencoderConfig(BaseModel):
    """What every variant is configured by; a variant's own `Config` adds to it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    latent_dim: int = Field(32, ge=1, le=1024)  # of a spatial code: the numbers at one place
    reconstruction: Literal["squared error", "binary cross-entropy"] = "squared error"


class Output(NamedTuple):
    """One forward pass over B images."""

    x_hat: Tensor  # (B, 1, 28, 28) in [0, 1]
    z: Tensor  # (B, *latent_shape); (B, 0) of a model that has no code
    logits: Tensor  # (B, 1, 28, 28) float32, of x_hat
    terms: dict[str, Tensor]  # what the variant adds, unweighted, mean over images


class Reconstructs(nn.Module):
    """Turns images into images: `forward(x)` gives an `Output`."""

    needs_label: ClassVar[bool] = False

    def forward(
        self, x: Tensor, label: Tensor | None = None, *, generator: torch.Generator | None = None
    ) -> Output:
        raise LacksAbility(f"{type(self).__name__} does not reconstruct")


class Codes(nn.Module):
    """Has a code: `encode` to it, `decode` from it."""

    def encode(self, x: Tensor, label: Tensor | None = None) -> Tensor:
        """(B, 1, 28, 28) in [0, 1] -> (B, *latent_shape); deterministic."""
        raise LacksAbility(f"{type(self).__name__} has no encoder")

    def decode(self, z: Tensor, label: Tensor | None = None) -> Tensor:
        """(B, *latent_shape) -> (B, 1, 28, 28) in [0, 1]."""
        raise LacksAbility(f"{type(self).__name__} has no decoder")


class Samples(nn.Module):
    """Invents images: each draw is decoded once and kept, whatever it looks like."""

    samples_by_label: ClassVar[bool] = False

    def sample(
        self, labels: Tensor, generator: torch.Generator, temperature: float = 1.0
    ) -> Tensor:
        """One image a label, (N,) -> (N, 1, 28, 28) in [0, 1].

        `temperature` scales the spread of the prior; 0 gives its centre. A model
        with `samples_by_label` false draws as many images as there are labels and
        does not look at them.
        """
        raise LacksAbility(f"{type(self).__name__} does not sample")


class FillsIn(nn.Module):
    """Draws what is missing from an image, told where it is missing."""

    def fill(self, x: Tensor, hidden: Tensor) -> Tensor:
        """(B, 1, 28, 28) in [0, 1], hidden (B, 1, 28, 28) of bool -> (B, 1, 28, 28) in [0, 1].

        What `x` holds where `hidden` is true is not looked at; elsewhere it comes back as it is.
        """
        raise LacksAbility(f"{type(self).__name__} does not fill in")


class Autoencoder(Reconstructs, Codes):
    """Encoder, code, decoder. A variant says what it adds to the reconstruction loss.

    A subclass gives `encode` (or `posterior`, where the code is a distribution) and
    `decode_logits`; everything else follows.
    """

    Config: ClassVar[type[AutoencoderConfig]] = AutoencoderConfig

    def __init__(self, config: AutoencoderConfig) -> None:
        super().__init__()
        self.config = config

    @property
    def latent_shape(self) -> tuple[int, ...]:
        return (self.config.latent_dim,)

    def decode_logits(self, z: Tensor, label: Tensor | None = None) -> Tensor:
        """(B, *latent_shape) -> (B, 1, 28, 28), before the sigmoid."""
        raise NotImplementedError

    def posterior(self, x: Tensor, label: Tensor | None = None) -> Normal | None:
        """q(z | x) over (B, *latent_shape), or None where a code is a point."""
        return None

    def penalties(self, x: Tensor, z: Tensor, posterior: Normal | None) -> dict[str, Tensor]:
        """What the variant adds to the loss, by name, unweighted, mean over images."""
        return {}

    def output_penalties(
        self, logits: Tensor, z: Tensor, label: Tensor | None
    ) -> dict[str, Tensor]:
        """What it adds for how its output looks (logits (B, 1, 28, 28)), like `penalties`."""
        return {}

    def weights(self) -> dict[str, float]:
        """The factor of each penalty in the loss."""
        return {}

    def own_figures(self, x: Tensor, label: Tensor | None = None) -> dict[str, float]:
        """What only this variant has to say of images (B, 1, 28, 28), for its card."""
        return {}

    def decode(self, z: Tensor, label: Tensor | None = None) -> Tensor:
        return self.decode_logits(z, label).sigmoid()

    def forward(
        self, x: Tensor, label: Tensor | None = None, *, generator: torch.Generator | None = None
    ) -> Output:
        """Encode and decode; while training, a distribution is sampled, else its mean is taken."""
        posterior = self.posterior(x, label)
        if posterior is None:
            z = self.encode(x, label)
        elif self.training:
            z = reparameterise(posterior, generator)
        else:
            z = posterior.mean
        logits = self.decode_logits(z, label).float()
        terms = self.penalties(x, z, posterior) | self.output_penalties(logits, z, label)
        return Output(logits.sigmoid(), z, logits, terms)

    def loss_terms(self, output: Output, target: Tensor) -> dict[str, Tensor]:
        """The weighted terms by name; their sum is what is trained on."""
        error = reconstruction_error(output.logits, target, self.config.reconstruction)
        weights = self.weights()
        return {"reconstruction": error} | {
            name: weights[name] * term for name, term in output.terms.items()
        }


def reparameterise(posterior: Normal, generator: torch.Generator | None) -> Tensor:
    """z = mu + sigma * eps (Kingma & Welling 2014).

    eps is drawn on the CPU, so that a seed gives the same code on every device.
    """
    eps = torch.randn(posterior.mean.shape, generator=generator).to(posterior.mean.device)
    return posterior.mean + posterior.stddev * eps


def reconstruction_error(logits: Tensor, target: Tensor, kind: str) -> Tensor:
    """Summed over pixels, mean over images; a scalar.

    The squared error is the Gaussian negative log-likelihood with variance 1/2, the
    binary cross-entropy that of Bernoulli pixels: with a KL weight of 1, either
    makes the negative ELBO, up to a constant.
    """
    if kind == "binary cross-entropy":
        summed = F.binary_cross_entropy_with_logits(logits, target, reduction="sum")
    else:
        summed = F.mse_loss(logits.sigmoid(), target, reduction="sum")
    return summed / len(target)


def log_error(x_hat: Tensor, target: Tensor, floor: float = 1e-3) -> Tensor:
    """The logarithm of each image's squared error a pixel, mean over images; a scalar.

    It is a mean PSNR upside down: a faint damage weighs as much as a strong one, where the
    squared error itself would see little but the worst images. What `floor` adds keeps the
    images that are as good as perfect from taking all the weight.
    """
    error = (x_hat - target).square().flatten(1).mean(1)  # (B,)
    return (error + floor).log().mean()


def one_hot(label: Tensor | None, model: str) -> Tensor:
    """(B,) of class numbers -> (B, 10); one clear error where a label is missing."""
    if label is None:
        raise LacksAbility(f"{model} needs a label with every image")
    return F.one_hot(label.long(), CLASSES).float()
