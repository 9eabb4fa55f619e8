"""The card of a checkpoint: what was trained, how, and the figures it reached.

A card is JSON beside the weights. It is read without torch, so that the first page
can list models before torch is imported.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

CHECKPOINTS = Path(__file__).parent.parent / "checkpoints"


class CheckpointError(RuntimeError):
    """A checkpoint cannot be used; the message names the file and what restores it."""


class Epoch(BaseModel):
    """One record of a training: what `training.train` yields."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    phase: str
    epoch: int  # from 1
    epochs: int  # of this phase
    loss: dict[str, float]  # the weighted terms, mean over the epoch's images
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
    variant: str  # a key of VARIANTS, or "judge"
    config: dict[str, Any]
    recipe: str  # its phases in words
    trained_with: dict[str, float]  # strength of each noise that training used, by label
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
    sha256: str  # of model.safetensors
    files: dict[str, str] = {}  # sha256 of further files that belong to the weights


def folder(dataset: str, name: str = "") -> Path:
    """Where one checkpoint lies, or all of a data set; the one place that knows."""
    return CHECKPOINTS / dataset / name


def read_card(dataset: str, name: str) -> Card:
    """The card of one checkpoint. Raises `OSError` or `ValueError`."""
    return Card.model_validate_json(
        (folder(dataset, name) / "card.json").read_text(encoding="utf-8")
    )
