"""The card of a checkpoint: model, training and figures.

A card is JSON beside the weights. It is read without torch, so that the first page
can list models before torch is imported.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, PlainSerializer, PlainValidator

from ae_models.artifacts.phase_record import PhaseRecord, describe_all
from ae_models.i18n import N_, Sentence
from ae_models.metric_key import Metric, from_records, to_records

CHECKPOINTS = Path(__file__).parents[2] / "checkpoints"
WEIGHTS = "model.safetensors"
LARGEST_FILE = 64 * 2**20

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
    """A checkpoint cannot be used; the message names the file and how to restore it."""


class NotTrained(CheckpointError):
    """A further data set has no such model or study yet; the message gives the command."""


class Epoch(BaseModel):
    """One record of a training: what `training.loop.train` yields."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    phase: int  # its number, from 1
    epoch: int  # from 1
    epochs: int  # of this phase
    loss: dict[str, float]  # the weighted terms, mean over the epoch's images
    gradients: dict[str, float] = {}  # root mean square norm over the batches, by layer
    validation: dict[str, float]
    seconds: float


def _figures(found: Any) -> dict[Metric, float]:
    """Figures as they are, or as the JSON objects that they are stored as."""
    given = found if isinstance(found, dict) else from_records(found, "value")
    return {_metric(key): float(value) for key, value in given.items()}


def _series(found: Any) -> dict[Metric, list[float]]:
    """As `_figures`, with several values each."""
    given = found if isinstance(found, dict) else from_records(found, "values")
    return {_metric(key): [float(value) for value in values] for key, values in given.items()}


def _metric(key: Any) -> Metric:
    if not isinstance(key, Metric):
        raise ValueError(f"{key!r} is no Metric")
    return key


ByMetric = Annotated[
    dict[Metric, float],
    PlainValidator(_figures),
    PlainSerializer(lambda values: to_records(values, "value")),
]
SeriesByMetric = Annotated[
    dict[Metric, list[float]],
    PlainValidator(_series),
    PlainSerializer(lambda values: to_records(values, "values")),
]


class Figures(BaseModel):
    """Figures measured on the first `images` images of the test split, with a seed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    images: int
    seed: int
    values: ByMetric  # stored as a list of objects: the fields of a metric, and its value

    def __getitem__(self, metric: Metric) -> float:
        return self.values[metric]

    def get(self, metric: Metric) -> float | None:
        """A figure, or None where it was not measured."""
        return self.values.get(metric)


class Graph(BaseModel):
    """An ONNX graph beside the weights, made by `pipeline.onnx_graphs`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sha256: str
    inputs: dict[str, str]  # type and shape by name, such as "float32 (B, 1, 28, 28)"
    outputs: dict[str, str]  # the same
    weights: dict[str, str]  # sha256 of the files that hold its weights, by ONNX location


class Card(BaseModel):
    """The description of a checkpoint: model, training, figures, and hashes of its files."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    dataset: str
    variant: str  # a key of VARIANTS, or "judge", the reference classifier
    family: str  # a key of FAMILIES
    config: dict[str, Any]
    phases: tuple[PhaseRecord, ...]  # see `describe`
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
    spread: SeriesByMetric = {}  # test figures of further seeds, this one first
    sha256: str | None  # of model.safetensors; None where only card and curves ship
    origin: dict[str, str] = {}  # sha256 of the checkpoint that training started from, by name
    inherited: list[str] = []  # tensors that are unchanged, and stored in the origin's file alone
    files: dict[str, str] = {}  # sha256 of further files that belong to the weights
    graphs: dict[str, Graph] = {}  # by file name; none where the onnx package was not installed

    def describe(self) -> Sentence:
        """How it was trained, in English that a page can translate."""
        return describe_all(self.phases, next(iter(self.origin), ""))


def folder(dataset: str, name: str = "") -> Path:
    """The folder of a checkpoint, or of all checkpoints of a data set."""
    return CHECKPOINTS / dataset / name


def verified_content(path: Path, sha256: str) -> bytes:
    """A file of a checkpoint, if it is what its card says. Raises `OSError` or `ValueError`."""
    if path.stat().st_size > LARGEST_FILE:
        raise ValueError("the file is larger than any checkpoint")
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != sha256:
        raise ValueError("its sha256 is not the card's")
    return content


def read_card(dataset: str, name: str) -> Card:
    """The card of one checkpoint. Raises `OSError` or `ValueError`."""
    return Card.model_validate_json(
        (folder(dataset, name) / "card.json").read_text(encoding="utf-8")
    )
