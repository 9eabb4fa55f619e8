"""The phases that a recipe is made of: what is trained, on which input, towards which target.

`Descent` is gradient descent, on a whole model or on one part of it; `Duel` is two players
who descend in turn; `Fit` is a closed form.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn

from ae_models.images.corruptions import DAMAGES
from ae_models.images.noise import NOISES


class TrainingSet(NamedTuple):
    """The training split, parted: trained on, and kept for validation."""

    images: Tensor  # (N, 1, 28, 28) in [0, 1]
    labels: Tensor  # (N,)
    validation_images: Tensor  # (V, 1, 28, 28)
    validation_labels: Tensor  # (V,)


class Damage(NamedTuple):
    """What is done to an input: a key of DAMAGES, its strength, or a range that is drawn from."""

    kind: str
    strength: float  # the least, where there is a range
    most: float | None = None

    def at(self, place: float) -> float:
        """The strength at a place of its range: 0 is the least, 1 the most."""
        most = self.strength if self.most is None else self.most
        return self.strength + place * (most - self.strength)

    def put(self, x: Tensor, place: float, generator: torch.Generator) -> Tensor:
        """Images (B, 1, 28, 28), all damaged as strongly as a place of the range says."""
        return DAMAGES[self.kind](x, self.at(place), generator)

    def describe(self) -> str:
        end = "" if self.most is None else f" to {self.most:g}"
        kind = f"{self.kind} noise" if self.kind in NOISES else self.kind
        return f"{kind} {self.strength:g}{end}"


class Descent(NamedTuple):
    """Gradient descent, batch by batch; by Adam with a one-cycle learning rate unless told."""

    epochs: int
    learning_rate: float = 1e-3
    batch_size: int = 128
    weight_decay: float = 0.0
    noise: tuple[Damage, ...] = ()  # a batch of inputs gets one of them
    parts: int = 1  # or is parted into so many, and each part gets one of its own
    shift: int = 0  # move the input by up to this many pixels
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

    def describe(self) -> str:
        aim = f"on the {self.part}" if self.part else f"towards the {self.target}"
        paced = "" if self.schedule == "one cycle" else f" ({self.schedule})"
        parts = [
            f"{self.epochs} epochs of {self.optimizer} {aim}",
            f"learning rate {self.learning_rate:g}{paced}",
            f"batch {self.batch_size}",
            f"weight decay {self.weight_decay:g}" if self.weight_decay else "",
            f"input with {' or '.join(d.describe() for d in self.noise)}" if self.noise else "",
            f"drawn anew for each of {self.parts} parts of a batch" if self.parts > 1 else "",
            f"shifted by up to {self.shift} pixels" if self.shift else "",
            "mirrored half of the time" if self.flip else "",
            f"half of the batches blurred by up to {self.blur:g} pixels" if self.blur else "",
            self.precision,
        ]
        return ", ".join(part for part in parts if part)


class Duel(NamedTuple):
    """Two players who take a step each on every batch, both with Adam and a one-cycle rate."""

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
        return (0.0, 0.99)  # momentum makes the two chase each other in circles

    def describe(self) -> str:
        parts = [
            f"{self.epochs} epochs of Adam, discriminator against generator",
            f"learning rate {self.learning_rate:g}",
            f"batch {self.batch_size}",
            f"shifted by up to {self.shift} pixels" if self.shift else "",
            "mirrored half of the time" if self.flip else "",
            self.precision,
        ]
        return ", ".join(part for part in parts if part)


class Fit(NamedTuple):
    """A closed form: the model fits itself to the training images in one step."""

    name: str
    method: Callable[[nn.Module, TrainingSet], None]
    epochs: int = 1

    def describe(self) -> str:
        return self.name


Gradual = Descent | Duel
Phase = Gradual | Fit


def title(number: int, phase: Phase) -> str:
    """A phase among its recipe's, in words."""
    return f"{number}. {phase.describe()}"
