"""The `Recipe` record: how the weights of one checkpoint are trained.

Variant, configuration, training phases and seeds. `recipes.py` lists all recipes.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from pydantic import BaseModel

from ae_models import datasets
from ae_models.artifacts import checkpoint
from ae_models.artifacts.phase_record import PhaseRecord
from ae_models.base import Model
from ae_models.networks.seeded_init import Seeded
from ae_models.training.phases import GradientPhase, Phase, TrainingSet


class Recipe(NamedTuple):
    """How the weights of one checkpoint are trained."""

    variant: str  # a key of checkpoint.KINDS
    family: str  # a key of card.FAMILIES
    config: BaseModel
    phases: list[Phase]
    seeds: tuple[int, ...] = (
        0,
    )  # the first one's weights ship; the others give standard deviations
    starts_from: str = ""  # a checkpoint of the same data set whose weights are inherited
    ships_weights: bool = True  # otherwise only the card and its curves
    mapped: bool = False  # whether a t-SNE map of its test codes ships

    def records(self) -> tuple[PhaseRecord, ...]:
        """The phases as a card stores them."""
        return tuple(phase.record() for phase in self.phases)


def corruption_ranges(recipe: Recipe) -> dict[str, tuple[float, float]]:
    """The range of strengths of each corruption that any phase applies to its input."""
    ranges: dict[str, tuple[float, float]] = {}
    for phase in recipe.phases:
        for corruption in phase.corruptions if isinstance(phase, GradientPhase) else ():
            end = corruption.strength(1.0)
            low, high = ranges.get(corruption.kind, (corruption.min, end))
            ranges[corruption.kind] = (min(low, corruption.min), max(high, end))
    return ranges


def untrained(variant: str, config: BaseModel, seed: int) -> Model:
    """A model of a kind (a key of checkpoint.KINDS) with the initial weights of a seed."""
    with Seeded(seed):
        return checkpoint.KINDS[variant](config)


def build(dataset: str, recipe: Recipe, seed: int) -> Model:
    """A model with the recipe's initial weights for a seed. Raises `CheckpointError`."""
    model = untrained(recipe.variant, recipe.config, seed)
    if recipe.starts_from:
        inherited = checkpoint.load(dataset, recipe.starts_from, torch.device("cpu")).state_dict()
        model.load_state_dict(inherited, strict=False)  # the rest is new in this recipe
    return model


def training_set(dataset: str) -> TrainingSet:
    """The original training split, divided into training and validation images.

    Raises `datasets.DataMissing`; the bundled gallery is not used for training.
    """
    images = datasets.original(dataset, "train")
    kept, held = datasets.split_off_validation(len(images.pixels))
    pixels, labels = datasets.to_tensor(images.pixels), torch.from_numpy(np.array(images.labels))
    return TrainingSet(pixels[kept], labels[kept], pixels[held], labels[held])
