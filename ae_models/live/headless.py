"""Trains a configuration to completion, for the command line."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import torch

from ae_models.artifacts.card import Card
from ae_models.live import export, training_data
from ae_models.live.config import Choice
from ae_models.training.loop import train
from ae_models.training.recipe import untrained
from ae_models.training.state import TrainingState

UNFINISHED = "unfinished"
Report = Callable[[int, int, str, float], None]


def make(choice: Choice, folder: Path, report: Report, *, fresh: bool = False) -> Card:
    """Train, and write weights and card into a folder; an interrupted training is resumed.

    Raises `Diverged`, and `ValueError` where the folder holds the state of another configuration.
    """
    recipe = choice.recipe()
    saved = folder / UNFINISHED
    if fresh:
        shutil.rmtree(saved, ignore_errors=True)
    model = untrained(recipe.variant, recipe.config, choice.seed)
    run = TrainingState(model, recipe.phases, choice.seed, torch.device("cpu"))
    run.restore(saved)
    total = sum(phase.epochs for phase in recipe.phases)
    for epoch in train(run, training_data.training_set(choice)):
        run.save(saved)
        done = len(run.history)
        shown = " ".join(f"{k} {v:.4g}" for k, v in (epoch.loss | epoch.validation).items())
        spent = sum(record.seconds for record in run.history)
        report(done, total, shown, spent / done * (total - done))
    card = export.write(choice, run.model, run.history, folder)
    shutil.rmtree(saved, ignore_errors=True)
    return card
