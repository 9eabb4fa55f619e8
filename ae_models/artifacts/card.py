"""The card of a checkpoint: what was trained, how, and the figures it reached.

A card is JSON beside the weights. It is read without torch, so that the first page
can list models before torch is imported.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from ae_models.i18n import N_

CHECKPOINTS = Path(__file__).parents[2] / "checkpoints"

# Families of models, in reading order: how pages group them.
FAMILIES = {
    "linear": N_("Linear"),
    "bottleneck": N_("Bottleneck"),
    "deep": N_("Deep"),
    "regularised": N_("Regularised"),
    "restorer": N_("Restoration"),
    "variational": N_("Variational"),
    "conditional": N_("Class-conditional"),
    "sampler": N_("Generative"),
    "service": N_("Auxiliary"),
}


class CheckpointError(RuntimeError):
    """A checkpoint cannot be used; the message names the file and what restores it."""


class Epoch(BaseModel):
    """One record of a training: what `training.loop.train` yields."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    phase: str
    epoch: int  # from 1
    epochs: int  # of this phase
    loss: dict[str, float]  # the weighted terms, mean over the epoch's images
    gradients: dict[str, float] = {}  # root mean square norm over the batches, by layer
    validation: dict[str, float]
    seconds: float


class Figures(BaseModel):
    """Figures measured on the first `images` images of the test split, with a seed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    images: int
    seed: int
    values: dict[str, float]


class Card(BaseModel):
    """Everything there is to know about a checkpoint except its weights."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    dataset: str
    variant: str  # a key of VARIANTS, or "judge", the reference classifier
    family: str  # a key of FAMILIES
    config: dict[str, Any]
    recipe: str  # its phases in words
    trained_with: dict[str, tuple[float, float]]  # range of each noise in training, by label
    seed: int
    epochs: int
    parameters: int
    latent_dim: int | None
    training_seconds: float
    device: str
    history: list[Epoch]
    test: Figures | None = None  # the whole test split
    check: Figures | None = None  # its first 1,000 images: quick to measure again
    spread: dict[str, list[float]] = {}  # test figures of further seeds, this one first
    sha256: str | None  # of model.safetensors; None where only card and curves ship
    origin: dict[str, str] = {}  # sha256 of the checkpoint that training started from, by name
    inherited: list[str] = []  # tensors that are still the origin's, and lie in its file alone
    files: dict[str, str] = {}  # sha256 of further files that belong to the weights


def folder(dataset: str, name: str = "") -> Path:
    """Where one checkpoint lies, or all of a data set; the one place that knows."""
    return CHECKPOINTS / dataset / name


def read_card(dataset: str, name: str) -> Card:
    """The card of one checkpoint. Raises `OSError` or `ValueError`."""
    return Card.model_validate_json(
        (folder(dataset, name) / "card.json").read_text(encoding="utf-8")
    )
