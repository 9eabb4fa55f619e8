"""A VAE conditioned on the label and two measured attributes.

Sohn, Lee & Yan 2015, as for the CVAE; Yan et al. 2016, "Attribute2Image", condition on
several attributes together. The attributes (say thickness and slant) are measured on the image,
given to encoder and decoder with the label, and are the last components of the code: the
others describe everything else. They are closed forms, so that the output can be measured in
training, and its distance from the requested attributes joins the loss: without it, a blurred
stroke would be thicker than requested.
"""

from __future__ import annotations

from typing import Literal

import torch
from pydantic import Field
from torch import Tensor
from torch.distributions import Normal

from ae_models.base import TakesAttributes, reparameterise
from ae_models.images.attributes import measure
from ae_models.variants.cvae import AUXILIARY, Cvae, CvaeConfig
from ae_models.variants.vae import kl_from_unit_normal

Name = Literal["thickness", "slant", "brightness", "width"]


class CvaeAttributesConfig(CvaeConfig):
    attributes: tuple[Name, Name] = ("thickness", "slant")
    attribute_weight: float = Field(20.0, ge=0)  # the weight of the distance


class CvaeAttributes(Cvae, TakesAttributes):
    """Codes of D learned components and A attributes in standard deviations from the mean.

    Adds attribute_weight * |attributes of the output - requested attributes|^2.
    """

    Config = CvaeAttributesConfig
    config: CvaeAttributesConfig
    class_centre: Tensor
    class_spread: Tensor

    def __init__(self, config: CvaeAttributesConfig) -> None:
        super().__init__(config)
        self.attributes = config.attributes
        count = len(config.attributes)
        self.register_buffer("centre", torch.zeros(count))
        self.register_buffer("scale", torch.ones(count))
        self.register_buffer("class_centre", torch.zeros(config.classes, count))
        self.register_buffer("class_spread", torch.eye(count).repeat(config.classes, 1, 1))

    @property
    def condition_dim(self) -> int:
        return self.config.classes + len(self.config.attributes)

    @property
    def latent_shape(self) -> tuple[int, ...]:
        return (self.config.latent_dim + len(self.config.attributes),)

    def fit(self, images: Tensor, labels: Tensor) -> None:
        """Fit the scale of the attributes, and their normal distribution in each class.

        Images (N, 1, 28, 28) in [0, 1] with labels (N,).
        """
        found = measure(self.config.attributes, images)
        self.centre.copy_(found.mean(0))
        self.scale.copy_(found.std(0))
        for label in range(self.config.classes):
            of_class = self.standardised(found[labels == label])
            self.class_centre[label] = of_class.mean(0)
            self.class_spread[label] = torch.linalg.cholesky(of_class.T.cov())

    def standardised(self, attributes: Tensor) -> Tensor:
        """(N, A) in their units -> in standard deviations of the training images."""
        return (attributes - self.centre) / self.scale

    def condition_on(self, label: Tensor | None, attributes: Tensor) -> Tensor:
        """Labels (N,) and standardised attributes (N, A) -> (N, classes + A)."""
        return torch.cat([self.condition(label), attributes], dim=1)

    def posterior(self, x: Tensor, label: Tensor | None = None) -> Normal:
        attributes = self.standardised(measure(self.config.attributes, x.float()))
        features = self.encoder(x, self.condition_on(label, attributes))
        mu, log_var = features.chunk(2, dim=1)
        sigma = (0.5 * log_var.clamp(-12, 12)).exp()
        known = torch.full_like(attributes, 1e-6)  # measured, not inferred
        return Normal(
            torch.cat([mu, attributes], dim=1),
            torch.cat([sigma, known], dim=1),
            validate_args=False,
        )

    def penalties(self, x: Tensor, z: Tensor, posterior: Normal | None) -> dict[str, Tensor]:
        assert posterior is not None
        dim = self.config.latent_dim  # no KL for the measured attributes
        mu, sigma = posterior.mean[:, :dim], posterior.stddev[:, :dim]
        return {"kl": kl_from_unit_normal(Normal(mu, sigma, validate_args=False))}

    def output_penalties(
        self,
        logits: Tensor,
        z: Tensor,
        label: Tensor | None,
        generator: torch.Generator | None = None,
    ) -> dict[str, Tensor]:
        _, requested = self.split(z)
        measured = self.standardised(measure(self.config.attributes, logits.sigmoid()))
        distance = (measured - requested).square().sum(dim=1).mean()
        return super().output_penalties(logits, z, label, generator) | {"attributes": distance}

    def weights(self) -> dict[str, float]:
        return super().weights() | {"attributes": self.config.attribute_weight}

    def decode_logits(self, z: Tensor, label: Tensor | None = None) -> Tensor:
        code, attributes = self.split(z)
        return self.decoder(code, self.condition_on(label, attributes))

    def split(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """Codes (N, D + A) -> learned components (N, D) and standardised attributes (N, A)."""
        return z[:, : self.config.latent_dim], z[:, self.config.latent_dim :]

    def part_terms(
        self, name: str, x: Tensor, label: Tensor, *, generator: torch.Generator
    ) -> dict[str, Tensor]:
        """As the CVAE's; the prior is -log p(code | label, attributes) in nats."""
        if name == AUXILIARY:
            return super().part_terms(name, x, label, generator=generator)
        with torch.no_grad():
            code, attributes = self.split(reparameterise(self.posterior(x, label), generator))
        condition = self.condition_on(label, attributes)
        return {"prior": self.prior.negative_log_likelihood(code, condition)}

    def from_style(self, style: Tensor, labels: Tensor, attributes: Tensor | None = None) -> Tensor:
        """Standard normal (N, D + A) -> codes typical of labels (N,) and attributes (N, A).

        Attributes are in their units. Where they are nan or not given, the last A components of a
        style determine them, with their distribution in the class.
        """
        eps, own = self.split(style)
        offset = (self.class_spread[labels] @ own.unsqueeze(2)).squeeze(2)
        given = self.class_centre[labels] + offset
        if attributes is not None:
            given = torch.where(attributes.isnan(), given, self.standardised(attributes))
        return torch.cat([self.prior(eps, self.condition_on(labels, given)), given], dim=1)

    def to_style(self, z: Tensor, labels: Tensor) -> Tensor:
        code, attributes = self.split(z)
        eps, _ = self.prior.inverse(code, self.condition_on(labels, attributes))
        offset = (attributes - self.class_centre[labels]).unsqueeze(2)
        own = torch.linalg.solve_triangular(self.class_spread[labels], offset, upper=False)
        return torch.cat([eps, own.squeeze(2)], dim=1)

    def sample(
        self,
        labels: Tensor,
        generator: torch.Generator,
        temperature: float = 1.0,
        attributes: Tensor | None = None,
    ) -> Tensor:
        """As `Samples.sample`; `attributes` (N, A), in their units, are optional."""
        style = torch.randn((len(labels), *self.latent_shape), generator=generator)
        z = self.from_style(temperature * style.to(labels.device), labels, attributes)
        return self.decode(z, labels)
