"""The configuration of a live training, and the recipe for it.

A `Choice` can be stored in the address of a page and as JSON, and determines everything that the
training depends on besides the images.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from ae_models.base import AutoencoderConfig
from ae_models.datasets import DATASETS, DEFAULT
from ae_models.i18n import N_
from ae_models.images.noise import NOISES
from ae_models.networks.backbones import Activation, BackboneConfig, Conv, Dense
from ae_models.training.optimizers import OPTIMIZERS, SCHEDULES
from ae_models.training.phases import Corruption, GradientPhase, Phase
from ae_models.training.recipe import Recipe
from ae_models.variants.overcomplete import OvercompleteConfig
from ae_models.variants.sparse import SparseConfig
from ae_models.variants.stacked import StackedConfig
from ae_models.variants.vae import VaeConfig

KINDS = {
    "dense": N_("Dense"),
    "conv": N_("Convolutional"),
    "vae": N_("VAE"),
    "denoising": N_("Denoising"),
    "sparse": N_("Sparse"),
    "stacked": N_("Deep sigmoid"),
    "overcomplete": N_("Overcomplete"),
}
DEFAULT_NOISE = 0.5  # of a denoising autoencoder where no strength is given
MAX_IMAGES = 20_000
PIXEL_NOISES = tuple(name for name in NOISES if name != "block")
Kind = Literal["dense", "conv", "vae", "denoising", "sparse", "stacked", "overcomplete"]
Width = Annotated[int, Field(ge=1, le=1024)]


def known(names: Any) -> AfterValidator:
    """A validator that accepts the keys of `names` only."""

    def check(name: str) -> str:
        if name not in names:
            raise ValueError(f"there are: {', '.join(names)}")
        return name

    return AfterValidator(check)


class Choice(BaseModel):
    """Everything that determines one training. Fields that its kind does not use are ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    dataset: Annotated[str, known(DATASETS)] = DEFAULT
    kind: Kind = "dense"
    # Hidden sizes; of a convolutional network its two numbers of channels.
    widths: tuple[Width, ...] = Field((256, 64), max_length=6)
    code: int = Field(16, ge=1, le=1024)  # latent dimension
    activation: Activation = "relu"
    batch_norm: bool = False
    dropout: float = Field(0.0, ge=0, le=0.9)
    reconstruction: Literal["squared error", "binary cross-entropy"] = "squared error"
    beta: float = Field(1.0, ge=0, le=1000)  # of a VAE
    sparsity: float = Field(0.1, ge=0, le=100)  # of a sparse autoencoder
    pretraining: int = Field(0, ge=0, le=20)  # epochs for each pair of layers of a deep one
    noise_kind: Annotated[str, known(PIXEL_NOISES)] = "Gaussian"
    noise: float = Field(0.0, ge=0, le=1)
    optimizer: Annotated[str, known(OPTIMIZERS)] = "Adam"
    learning_rate: float = Field(2e-3, gt=0, le=1e6)
    schedule: Annotated[str, known(SCHEDULES)] = "one cycle"
    weight_decay: float = Field(0.0, ge=0, le=1)
    batch_size: int = Field(64, ge=8, le=256)  # pause and stop wait for the end of a batch
    images: int = Field(5_000, ge=50, le=MAX_IMAGES)
    epochs: int = Field(10, ge=1, le=200)
    seed: int = Field(0, ge=0, le=9999)

    @model_validator(mode="after")
    def _fits(self) -> Choice:
        if self.kind == "conv" and (len(self.widths) != 2 or max(self.widths) > 64):
            raise ValueError(
                N_("a convolutional network has two hidden sizes, its channels, of at most 64")
            )
        if self.kind == "overcomplete" and self.code > 64:
            raise ValueError(
                N_("an overcomplete network has at most 64 latent channels per 2×2 pixels")
            )
        return self

    @property
    def strength(self) -> float:
        """Strength of the noise on the input; 0 without noise."""
        return self.noise or (DEFAULT_NOISE if self.kind == "denoising" else 0.0)

    @property
    def body(self) -> Dense | Conv:
        """The layers of the encoder and the decoder."""
        about = {
            "activation": self.activation,
            "batch_norm": self.batch_norm,
            "dropout": self.dropout,
        }
        if self.kind == "conv":
            return Conv(channels=(self.widths[0], self.widths[1]), hidden=0, **about)
        return Dense(hidden=self.widths, **about)

    def config(self) -> AutoencoderConfig:
        """The configuration of the network."""
        common: dict[str, Any] = {
            "latent_dim": self.code,
            "reconstruction": self.reconstruction,
        }
        if self.kind == "vae":
            return VaeConfig(backbone=self.body, beta=self.beta, **common)
        if self.kind == "sparse":
            return SparseConfig(sparsity=self.sparsity, **common)
        if self.kind == "stacked":
            return StackedConfig(hidden=self.widths, **common)
        if self.kind == "overcomplete":
            return OvercompleteConfig(**common)
        return BackboneConfig(backbone=self.body, **common)

    def phases(self) -> list[Phase]:
        """Greedy pretraining of each pair of layers, if any; then the whole network."""
        noise = (Corruption(self.noise_kind, self.strength),) if self.strength else ()
        together = GradientPhase(
            self.epochs,
            self.learning_rate,
            self.batch_size,
            self.weight_decay,
            corruptions=noise,
            optimizer=self.optimizer,
            schedule=self.schedule,
        )
        if self.kind != "stacked" or not self.pretraining:
            return [together]
        layers = range(1, len(self.widths) + 2)
        greedy = together._replace(epochs=self.pretraining, corruptions=())
        return [*(greedy._replace(part=f"layer {k}") for k in layers), together]

    def recipe(self) -> Recipe:
        """The recipe that the command line and the queue train."""
        variant, family = ROLES.get(self.kind, ("plain", "bottleneck"))
        return Recipe(variant, family, self.config(), self.phases(), (self.seed,))

    def shown(self) -> str:
        """As JSON, without the fields that have their default."""
        return self.model_dump_json(exclude_defaults=True)


ROLES = {  # the variant and the family of each kind that is not a plain one
    "vae": ("vae", "variational"),
    "denoising": ("plain", "restorer"),
    "sparse": ("sparse", "regularised"),
    "stacked": ("stacked", "deep"),
    "overcomplete": ("overcomplete", "bottleneck"),
}


def read(text: str) -> Choice:
    """A choice from JSON. Raises `ValueError` in one sentence."""
    try:
        return Choice.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ValueError(f"the configuration cannot be used: {where} {first['msg']}") from error
