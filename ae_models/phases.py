"""The phases that a recipe is made of: what is trained, on which input, towards which target.

`Descent` is gradient descent; `Fit` is a closed form.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

from torch import Tensor, nn


class TrainingSet(NamedTuple):
    """The training split, parted: trained on, and kept for validation."""

    images: Tensor  # (N, 1, 28, 28) in [0, 1]
    labels: Tensor  # (N,)
    validation_images: Tensor  # (V, 1, 28, 28)
    validation_labels: Tensor  # (V,)


class Descent(NamedTuple):
    """Adam with a one-cycle learning rate: up for a tenth of the steps, then a cosine to 0."""

    epochs: int
    learning_rate: float = 1e-3
    batch_size: int = 128
    weight_decay: float = 0.0
    noise: tuple[str, float] | None = None  # put on the input: a key of NOISES, its strength
    shift: int = 0  # move the input by up to this many pixels
    flip: bool = False  # mirror half of the inputs
    blur: float = 0.0  # blur half of the batches by a Gaussian of up to this many pixels
    target: Literal["image", "label"] = "image"
    precision: Literal["float32", "bfloat16"] = "float32"
    trains: Literal["the model", "the prior"] = "the model"  # the prior on finished codes

    def describe(self) -> str:
        aim = f"towards the {self.target}" if self.trains == "the model" else "on the prior"
        parts = [
            f"{self.epochs} epochs of Adam {aim}",
            f"learning rate {self.learning_rate:g}",
            f"batch {self.batch_size}",
            f"weight decay {self.weight_decay:g}" if self.weight_decay else "",
            f"input with {self.noise[0]} noise {self.noise[1]:g}" if self.noise else "",
            f"shifted by up to {self.shift} pixels" if self.shift else "",
            "mirrored half of the time" if self.flip else "",
            f"half of the batches blurred by up to {self.blur:g} pixels" if self.blur else "",
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


Phase = Descent | Fit


def title(number: int, phase: Phase) -> str:
    """A phase among its recipe's, in words."""
    return f"{number}. {phase.describe()}"
