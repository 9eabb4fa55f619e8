"""What is trained, and how, for every checkpoint that ships.

A recipe is a line of data: which variant, in which configuration, through which
phases, with which seeds. Choices in it were made on the validation part of the
training split.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from pydantic import BaseModel
from torch import nn

from ae_models import data
from ae_models.backbones import BackboneConfig, Conv, Dense
from ae_models.base import AutoencoderConfig
from ae_models.checkpoint import KINDS
from ae_models.judge import JudgeConfig
from ae_models.phases import Descent, Fit, Phase, TrainingSet
from ae_models.variants.pca import Pca
from ae_models.variants.vae import VaeConfig


class Recipe(NamedTuple):
    """How the weights of one checkpoint come about."""

    variant: str  # a key of checkpoint.KINDS
    config: BaseModel
    phases: list[Phase]
    seeds: tuple[int, ...] = (0,)  # the first one's weights ship; the others give the spread


def fit_pca(model: nn.Module, training: TrainingSet) -> None:
    assert isinstance(model, Pca)
    model.fit(training.images)


DENSE = Dense(hidden=(128, 64))
WIDE = Dense(hidden=(512, 256))
CONV = Conv(channels=(32, 64), hidden=256)
THREE = (0, 1, 2)

JUDGE = Descent(15, 3e-3, weight_decay=0.05, shift=2, target="label", precision="bfloat16")
GALLERY = Descent(30, 2e-3, precision="bfloat16")

RECIPES: dict[str, Recipe] = {
    "judge": Recipe(
        "judge",
        JudgeConfig(),
        [JUDGE],
    ),
    "pca-32": Recipe("pca", AutoencoderConfig(latent_dim=32), [Fit("closed form", fit_pca)]),
    "undercomplete": Recipe(
        "plain", BackboneConfig(backbone=DENSE), [Descent(90, 2e-3)], seeds=THREE
    ),
    "denoising": Recipe(
        "plain", BackboneConfig(backbone=DENSE), [Descent(90, 2e-3, noise=("Gaussian", 0.5))]
    ),
    "conv": Recipe(
        "plain", BackboneConfig(backbone=CONV), [Descent(25, 2e-3, precision="bfloat16")]
    ),
    "vae": Recipe(
        "vae",
        VaeConfig(
            latent_dim=16,
            reconstruction="binary cross-entropy",
            backbone=WIDE,
        ),
        [Descent(25, 1.5e-3, precision="bfloat16")],
        seeds=THREE,
    ),
    "cvae": Recipe(
        "cvae",
        VaeConfig(
            latent_dim=12,
            reconstruction="binary cross-entropy",
            backbone=WIDE,
        ),
        [
            Descent(30, 1.5e-3, precision="bfloat16"),
            Descent(18, 2e-3, batch_size=256, trains="the prior"),
        ],
        seeds=THREE,
    ),
    "gallery": Recipe(
        "plain",
        BackboneConfig(latent_dim=80, backbone=Conv(channels=(32, 64), hidden=512)),
        [GALLERY],
    ),
}


# Where one data set asks for something else, by (data set, name).
OF_ONE_DATASET: dict[tuple[str, str], Recipe] = {
    # Clothes may be mirrored, digits may not. A judge that has seen sharp pictures only goes
    # by their weave and takes most smooth sandals for shoes: it sees smooth ones at the end.
    ("fashion", "judge"): RECIPES["judge"]._replace(
        phases=[
            JUDGE._replace(epochs=20, flip=True),
            JUDGE._replace(epochs=9, flip=True, shift=1, learning_rate=1e-3, blur=1.3),
        ]
    ),
    # Thin strokes cost more dB than cloth does: a second, gentler cycle brings what is missing.
    ("mnist", "gallery"): RECIPES["gallery"]._replace(
        phases=[GALLERY, GALLERY._replace(epochs=14, learning_rate=1e-3, batch_size=256)]
    ),
    # Grey levels of cloth matter more than whether a pixel is ink.
    ("fashion", "cvae"): RECIPES["cvae"]._replace(
        config=VaeConfig(
            latent_dim=16,
            reconstruction="squared error",
            beta=0.05,
            backbone=WIDE,
        )
    ),
}


def recipe(dataset: str, name: str) -> Recipe:
    """The recipe of a checkpoint. Raises `KeyError` for a name that has none."""
    return OF_ONE_DATASET.get((dataset, name), RECIPES[name])


def describe(chosen: Recipe) -> str:
    """The phases in words, for the card."""
    return "; then ".join(phase.describe() for phase in chosen.phases)


def build(chosen: Recipe, seed: int) -> nn.Module:
    """A model with the recipe's initial weights for a seed."""
    torch.manual_seed(seed)
    return KINDS[chosen.variant](chosen.config)


def training_set(dataset: str) -> TrainingSet:
    """The training split, parted. Raises `data.DataMissing`: the gallery is no stand-in."""
    images = data.original(dataset, "train")
    kept, held = data.split_off_validation(len(images.pixels))
    pixels, labels = data.to_tensor(images.pixels), torch.from_numpy(np.array(images.labels))
    return TrainingSet(pixels[kept], labels[kept], pixels[held], labels[held])
