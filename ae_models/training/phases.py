"""The phases that a recipe is made of: what is trained, on which input, towards which target.

`GradientPhase` is gradient descent on a whole model or on one part of it; `Adversarial` trains
two networks against each other, in turn; `Fit` is a closed form.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn

from ae_models.artifacts.phase_record import CorruptionRecord, PhaseRecord, describe
from ae_models.images.corruptions import CORRUPTIONS


class TrainingSet(NamedTuple):
    """The training split, divided into training and validation images."""

    images: Tensor  # (N, 1, 28, 28) in [0, 1]
    labels: Tensor  # (N,)
    validation_images: Tensor  # (V, 1, 28, 28)
    validation_labels: Tensor  # (V,)


class Corruption(NamedTuple):
    """A corruption of the input: a key of CORRUPTIONS, and its strength or a range of strengths."""

    kind: str
    min: float
    max: float | None = None  # drawn uniformly from `min` to `max` where there is one

    def strength(self, position: float) -> float:
        """The strength at a position of the range, 0 (`min`) to 1 (`max`)."""
        end = self.min if self.max is None else self.max
        return self.min + position * (end - self.min)

    def apply(self, x: Tensor, position: float, generator: torch.Generator) -> Tensor:
        """Images (B, 1, 28, 28), all corrupted with the strength at a position of the range."""
        return CORRUPTIONS[self.kind](x, self.strength(position), generator)

    def record(self) -> CorruptionRecord:
        """As a card stores it."""
        return CorruptionRecord(kind=self.kind, min=self.min, max=self.max)


class GradientPhase(NamedTuple):
    """Gradient descent in batches; by default Adam with a one-cycle learning rate."""

    epochs: int
    learning_rate: float = 1e-3
    batch_size: int = 128
    weight_decay: float = 0.0
    corruptions: tuple[Corruption, ...] = ()  # of the input; one is drawn for each chunk
    chunks: int = 1  # that a batch is split into
    shift: int = 0  # translate the input by up to this many pixels
    flip: bool = False  # mirror half of the inputs
    blur: float = 0.0  # blur half of the batches by a Gaussian of up to this many pixels
    target: Literal["image", "label"] = "image"
    precision: Literal["float32", "bfloat16"] = "float32"
    part: str = ""  # train this part of the model alone; all of it where empty
    optimizer: str = "Adam"  # a key of OPTIMIZERS
    schedule: str = "one cycle"  # a key of SCHEDULES

    @property
    def betas(self) -> tuple[float, float]:
        return (0.9, 0.999)

    def record(self) -> PhaseRecord:
        """As a card stores it."""
        corruptions = tuple(each.record() for each in self.corruptions)
        return PhaseRecord.model_validate(
            {"kind": "gradient", **self._asdict(), "corruptions": corruptions}
        )

    def describe(self) -> str:
        """In words."""
        return describe(self.record())


class Adversarial(NamedTuple):
    """One step of each of the model's adversaries on every batch, by Adam with a one-cycle rate."""

    epochs: int
    learning_rate: float = 5e-4
    batch_size: int = 128
    weight_decay: float = 0.0
    shift: int = 0
    flip: bool = False
    blur: float = 0.0
    precision: Literal["float32", "bfloat16"] = "float32"

    @property
    def optimizer(self) -> str:
        return "Adam"

    @property
    def schedule(self) -> str:
        return "one cycle"

    @property
    def betas(self) -> tuple[float, float]:
        return (0.0, 0.99)  # momentum would make the two networks oscillate

    def record(self) -> PhaseRecord:
        """As a card stores it."""
        named = {"optimizer": self.optimizer, "schedule": self.schedule}
        return PhaseRecord.model_validate({"kind": "adversarial", **named, **self._asdict()})

    def describe(self) -> str:
        """In words."""
        return describe(self.record())


class Fit(NamedTuple):
    """A closed form: the model fits itself to the training images in one step."""

    name: str
    method: Callable[[nn.Module, TrainingSet], None]
    epochs: int = 1

    def record(self) -> PhaseRecord:
        """As a card stores it."""
        return PhaseRecord(kind="closed form", name=self.name, epochs=self.epochs)

    def describe(self) -> str:
        """In words."""
        return self.name


IterativePhase = GradientPhase | Adversarial
Phase = IterativePhase | Fit
