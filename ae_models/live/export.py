"""Downloads of a live training: weights, card, and command line.

The card has the form of a checkpoint's, without figures on the test split.
"""

from __future__ import annotations

import json
import math
import shlex
from hashlib import sha256
from pathlib import Path

import torch
from torch import nn

from ae_models.artifacts import checkpoint
from ae_models.artifacts.card import Card, Epoch
from ae_models.base import Autoencoder
from ae_models.live.config import Choice
from ae_models.training.phases import Fit
from ae_models.training.recipe import corruption_ranges

WEIGHTS, CARD = "model.safetensors", "card.json"


def write(choice: Choice, model: nn.Module, history: list[Epoch], folder: Path) -> Card:
    """Write the weights and the card of a training, finished or not, into a folder."""
    content = checkpoint.to_bytes(model.state_dict())
    written = card(choice, model, history, content)
    folder.mkdir(parents=True, exist_ok=True)
    for name, part in (
        (WEIGHTS, content),
        (CARD, (written.model_dump_json(indent=1) + "\n").encode()),
    ):
        beside = folder / f"{name}.part"
        beside.write_bytes(part)
        beside.replace(folder / name)
    return written


def card(choice: Choice, model: nn.Module, history: list[Epoch], weights: bytes) -> Card:
    """The card of serialised weights; `history` has the epochs completed so far."""
    recipe = choice.recipe()
    return Card(
        name=name(choice),
        dataset=choice.dataset,
        variant=recipe.variant,
        family=recipe.family,
        config=recipe.config.model_dump(mode="json"),
        phases=recipe.records(),
        trained_with=corruption_ranges(recipe),
        seed=choice.seed,
        epochs=sum(phase.epochs for phase in recipe.phases if not isinstance(phase, Fit)),
        parameters=sum(parameter.numel() for parameter in model.parameters()),
        latent_dim=math.prod(model.latent_shape) if isinstance(model, Autoencoder) else None,
        training_seconds=round(sum(epoch.seconds for epoch in history), 1),
        device=f"CPU, {torch.get_num_threads()} threads",
        history=history,
        sha256=sha256(weights).hexdigest(),
    )


def name(choice: Choice) -> str:
    """The name of files and folders: kind, latent dimension, seed."""
    return f"{choice.kind}-{choice.code}-seed-{choice.seed}"


def command(choice: Choice) -> str:
    """The shell command that repeats a training."""
    config = json.dumps(json.loads(choice.shown()))
    return (
        f"python -m ae_models train --config {shlex.quote(config)} --threads 1 --out {name(choice)}"
    )
