"""What a recipe is: how the weights of one checkpoint come about.

A recipe is a line of data: which variant, in which configuration, through which phases,
with which seeds. `recipes.py` has all of them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from pydantic import BaseModel
from torch import nn

from ae_models import datasets
from ae_models.artifacts import checkpoint
from ae_models.networks.seeded_init import Seeded
from ae_models.training.phases import Descent, Phase, TrainingSet


class Recipe(NamedTuple):
    """How the weights of one checkpoint come about."""

    variant: str  # a key of checkpoint.KINDS
    family: str  # a key of card.FAMILIES
    config: BaseModel
    phases: list[Phase]
    seeds: tuple[int, ...] = (0,)  # the first one's weights ship; the others give the spread
    starts_from: str = ""  # a checkpoint of the same data set that lends its weights
    ships_weights: bool = True  # else the card and its curves alone
    mapped: bool = False  # by t-SNE, which takes a minute; PCA is live for every code

    def describe(self) -> str:
        """The phases in words, for the card."""
        start = [f"the weights of {self.starts_from}"] if self.starts_from else []
        return "; then ".join(start + [phase.describe() for phase in self.phases])


def noises(wanted: Recipe) -> dict[str, tuple[float, float]]:
    """The range of each noise that any phase puts on its input."""
    reach: dict[str, tuple[float, float]] = {}
    for phase in wanted.phases:
        for damage in phase.noise if isinstance(phase, Descent) else ():
            most = damage.strength if damage.most is None else damage.most
            low, high = reach.get(damage.kind, (damage.strength, most))
            reach[damage.kind] = (min(low, damage.strength), max(high, most))
    return reach


def untrained(variant: str, config: BaseModel, seed: int) -> nn.Module:
    """A model of a kind (a key of checkpoint.KINDS) with the initial weights of a seed."""
    with Seeded(seed):
        return checkpoint.KINDS[variant](config)


def build(dataset: str, recipe: Recipe, seed: int) -> nn.Module:
    """A model with the recipe's initial weights for a seed. Raises `CheckpointError`."""
    model = untrained(recipe.variant, recipe.config, seed)
    if recipe.starts_from:
        lent = checkpoint.load(dataset, recipe.starts_from, torch.device("cpu")).state_dict()
        model.load_state_dict(lent, strict=False)  # the rest is what this recipe adds
    return model


def training_set(dataset: str) -> TrainingSet:
    """The training split, parted. Raises `datasets.DataMissing`: the gallery is no stand-in."""
    images = datasets.original(dataset, "train")
    kept, held = datasets.split_off_validation(len(images.pixels))
    pixels, labels = datasets.to_tensor(images.pixels), torch.from_numpy(np.array(images.labels))
    return TrainingSet(pixels[kept], labels[kept], pixels[held], labels[held])
