"""The interface that all models share.

`Trainable` is the interface to the training loop, `Model` the base class of every checkpoint.
Abilities are small base classes: `Reconstructs`, `Codes`, `Samples`, `Inpaints` and their
subclasses. Code that needs an ability checks for its class, never for the name of a model. A
method that a model does not support raises `LacksAbility`.
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal, NamedTuple

import torch
import torch.nn.functional as F
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn
from torch.distributions import Normal

from ae_models.metric_key import Metric


class LacksAbility(TypeError):
    """The model does not support the operation."""


class AutoencoderConfig(BaseModel):
    """The configuration that all variants share; a variant's own `Config` extends it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    latent_dim: int = Field(32, ge=1, le=1024)  # of a spatial code: channels
    reconstruction: Literal["squared error", "binary cross-entropy"] = "squared error"


class Output(NamedTuple):
    """One forward pass over B images."""

    x_hat: Tensor  # (B, 1, 28, 28) in [0, 1]
    z: Tensor  # (B, *latent_shape); (B, 0) of a model that has no code
    logits: Tensor  # (B, 1, 28, 28) float32, of x_hat
    terms: dict[str, Tensor]  # the variant's penalties, unweighted, mean over images


class Trainable(nn.Module):
    """A network that the training loop can train: its loss terms, and parts trained alone.

    Labels are (B,), images (B, 1, 28, 28) in [0, 1]; terms are scalars by name. Methods that a
    network does not support raise `LacksAbility`.
    """

    training_only: ClassVar[tuple[str, ...]] = ()  # attributes that do not ship
    adversaries: ClassVar[tuple[str, ...]] = ()  # parts that an adversarial phase trains in turn

    def loss_terms(self, output: Any, target: Tensor) -> dict[str, Tensor]:
        """The weighted loss terms of an output of `forward`; their sum is minimised."""
        raise self._lacks("loss for the whole of it")

    def parts(self) -> dict[str, nn.Module]:
        """The modules that a phase can train alone, by name."""
        return {}

    def part(self, name: str) -> nn.Module:
        """One of `parts`."""
        parts = self.parts()
        if name not in parts:
            raise self._lacks(f"part {name!r} that is trained alone")
        return parts[name]

    def part_terms(
        self, name: str, x: Tensor, label: Tensor, *, generator: torch.Generator
    ) -> dict[str, Tensor]:
        """The weighted loss terms with which a part is trained alone."""
        raise self._lacks(f"part {name!r} that is trained alone")

    def adversarial_terms(
        self, name: str, x: Tensor, label: Tensor, *, generator: torch.Generator
    ) -> dict[str, Tensor]:
        """The weighted loss terms of one of `adversaries`, after the last step of the other."""
        raise self._lacks("adversarial training")

    def validation_terms(
        self, x: Tensor, label: Tensor, *, generator: torch.Generator
    ) -> dict[str, Tensor]:
        """Figures on validation images for a network with neither reconstruction nor accuracy."""
        raise self._lacks("validation figures of its own")

    def after_step(self) -> None:
        """Called after each optimisation step."""

    def _lacks(self, what: str) -> LacksAbility:
        return LacksAbility(f"{type(self).__name__} has no {what}")


class Model(Trainable):
    """A network that is built from a configuration: the base class of every checkpoint."""

    Config: ClassVar[type[BaseModel]]
    needs_label: ClassVar[bool] = False  # with every image

    def __init__(self, config: BaseModel) -> None:
        super().__init__()
        self.config = config

    def extra_metrics(self, x: Tensor, label: Tensor | None = None) -> dict[Metric, float]:
        """Metrics on images (B, 1, 28, 28) that are specific to this variant, for its card."""
        return {}


class Reconstructs(Trainable):
    """Reconstructs images: `forward(x)` returns an `Output`."""

    def forward(
        self, x: Tensor, label: Tensor | None = None, *, generator: torch.Generator | None = None
    ) -> Output:
        raise self._lacks("reconstruction")

    def loss_terms(self, output: Output, target: Tensor) -> dict[str, Tensor]:
        raise self._lacks("loss for the whole of it")


class Codes(Trainable):
    """Has a latent code: `encode` maps images to codes, `decode` codes to images."""

    @property
    def latent_shape(self) -> tuple[int, ...]:
        """The shape of one image's code."""
        raise self._lacks("code")

    def encode(self, x: Tensor, label: Tensor | None = None) -> Tensor:
        """(B, 1, 28, 28) in [0, 1] -> (B, *latent_shape); deterministic."""
        raise self._lacks("encoder")

    def decode(self, z: Tensor, label: Tensor | None = None) -> Tensor:
        """(B, *latent_shape) -> (B, 1, 28, 28) in [0, 1]."""
        raise self._lacks("decoder")


class Samples(Trainable):
    """Generates images; samples are never filtered or selected."""

    samples_by_label: ClassVar[bool] = False

    @property
    def class_count(self) -> int | None:
        """Number of classes of a model that samples by label; None otherwise."""
        return None

    def sample(
        self, labels: Tensor, generator: torch.Generator, temperature: float = 1.0
    ) -> Tensor:
        """One image per label, (N,) -> (N, 1, 28, 28) in [0, 1].

        `temperature` scales the standard deviation of the prior; 0 gives its mean. A model
        whose `samples_by_label` is false returns as many images as there are labels and
        ignores their values.
        """
        raise self._lacks("sampler")


class SamplesInStyles(Codes, Samples):
    """Samples from a class and a style, a standard normal vector independent of the class."""

    @property
    def class_count(self) -> int:
        """Number of classes."""
        raise self._lacks("labels")

    def from_style(self, style: Tensor, labels: Tensor) -> Tensor:
        """Standard normal (N, *latent_shape) -> codes of the same shape for the labels (N,)."""
        raise self._lacks("styles")

    def to_style(self, z: Tensor, labels: Tensor) -> Tensor:
        """The inverse of `from_style`: codes of known labels -> standard normal styles."""
        raise self._lacks("styles")


class TakesAttributes(SamplesInStyles):
    """Samples with requested attributes, keys of `images.attributes.MEASURES`."""

    attributes: tuple[str, ...]
    centre: Tensor  # (A,), mean over the training images, in the attributes' units
    scale: Tensor  # (A,), standard deviation of the same

    def from_style(self, style: Tensor, labels: Tensor, attributes: Tensor | None = None) -> Tensor:
        """Codes for styles, labels and, if given, attributes (N, A) in their units; nan: unset."""
        raise self._lacks("attributes")


class Inpaints(Trainable):
    """Fills in hidden pixels, given where they are."""

    def inpaint(self, x: Tensor, hidden: Tensor) -> Tensor:
        """(B, 1, 28, 28) in [0, 1], hidden (B, 1, 28, 28) of bool -> (B, 1, 28, 28) in [0, 1].

        The values of `x` where `hidden` is true are not used; all others are returned unchanged.
        """
        raise self._lacks("inpainting")


class HasAtoms(Codes):
    """Decodes a code as the sum of one fixed image (an atom) for each of its units."""

    def atoms(self) -> Tensor:
        """The contribution to the logits of each unit at an activation of 1: (units, 784)."""
        raise self._lacks("atoms")


class Autoencoder(Model, Reconstructs, Codes):
    """Encoder, code, decoder, and penalties that a variant adds to the reconstruction loss.

    A subclass defines `encode` (or `posterior`, where the code is a distribution) and
    `decode_logits`.
    """

    Config: ClassVar[type[BaseModel]] = AutoencoderConfig
    config: AutoencoderConfig

    @property
    def latent_shape(self) -> tuple[int, ...]:
        return (self.config.latent_dim,)

    def decode_logits(self, z: Tensor, label: Tensor | None = None) -> Tensor:
        """(B, *latent_shape) -> (B, 1, 28, 28), before the sigmoid."""
        raise self._lacks("decoder")

    def posterior(self, x: Tensor, label: Tensor | None = None) -> Normal | None:
        """q(z | x) over (B, *latent_shape), or None where a code is a point."""
        return None

    def penalties(self, x: Tensor, z: Tensor, posterior: Normal | None) -> dict[str, Tensor]:
        """The penalties on codes, by name, unweighted, mean over images."""
        return {}

    def output_penalties(
        self,
        logits: Tensor,
        z: Tensor,
        label: Tensor | None,
        generator: torch.Generator | None = None,
    ) -> dict[str, Tensor]:
        """The penalties on the output, logits (B, 1, 28, 28), in the same form."""
        return {}

    def weights(self) -> dict[str, float]:
        """The factor of each penalty in the loss."""
        return {}

    def decode(self, z: Tensor, label: Tensor | None = None) -> Tensor:
        return self.decode_logits(z, label).sigmoid()

    def forward(
        self, x: Tensor, label: Tensor | None = None, *, generator: torch.Generator | None = None
    ) -> Output:
        """Encode and decode; z is a sample of the posterior in training mode, else its mean."""
        posterior = self.posterior(x, label)
        if posterior is None:
            z = self.encode(x, label)
        elif self.training:
            z = reparameterise(posterior, generator)
        else:
            z = posterior.mean
        logits = self.decode_logits(z, label).float()
        terms = self.penalties(x, z, posterior) | self.output_penalties(logits, z, label, generator)
        return Output(logits.sigmoid(), z, logits, terms)

    def loss_terms(self, output: Output, target: Tensor) -> dict[str, Tensor]:
        error = reconstruction_error(output.logits, target, self.config.reconstruction)
        weights = self.weights()
        return {"reconstruction": error} | {
            name: weights[name] * term for name, term in output.terms.items()
        }


class Variational(Autoencoder):
    """An autoencoder with a posterior q(z | x), regularised towards a prior N(0, I)."""

    def posterior(self, x: Tensor, label: Tensor | None = None) -> Normal:
        """q(z | x) over (B, *latent_shape)."""
        raise self._lacks("posterior")


def reparameterise(posterior: Normal, generator: torch.Generator | None) -> Tensor:
    """z = mu + sigma * eps (Kingma & Welling 2014).

    eps is drawn on the CPU, so that a seed gives the same code on every device.
    """
    eps = torch.randn(posterior.mean.shape, generator=generator).to(posterior.mean.device)
    return posterior.mean + posterior.stddev * eps


def reconstruction_error(logits: Tensor, target: Tensor, kind: str) -> Tensor:
    """Reconstruction error, summed over pixels, mean over images; a scalar.

    The squared error is the Gaussian negative log-likelihood with variance 1/2, the
    binary cross-entropy that of Bernoulli pixels: with a KL weight of 1, the sum
    is the negative ELBO, up to a constant.
    """
    if kind == "binary cross-entropy":
        summed = F.binary_cross_entropy_with_logits(logits, target, reduction="sum")
    else:
        summed = F.mse_loss(logits.sigmoid(), target, reduction="sum")
    return summed / len(target)


def log_error(x_hat: Tensor, target: Tensor, floor: float = 1e-3) -> Tensor:
    """The logarithm of each image's mean squared error, mean over images; a scalar.

    The negative mean PSNR up to scale: a weak corruption has the same weight as a strong one,
    while the squared error is dominated by the worst images. `floor` limits the weight of
    images that are almost perfect.
    """
    error = (x_hat - target).square().flatten(1).mean(1)  # (B,)
    return (error + floor).log().mean()


def one_hot(label: Tensor | None, classes: int, model: str) -> Tensor:
    """Labels (B,) -> (B, classes). Raises `LacksAbility`, naming `model`, without labels."""
    if label is None:
        raise LacksAbility(f"{model} needs a label with every image")
    return F.one_hot(label.long(), classes).float()
