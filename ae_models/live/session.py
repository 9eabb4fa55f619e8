"""One network in training, batch by batch, with a snapshot of it between two batches.

A snapshot holds everything that the page shows, as read-only arrays: loss terms on training and
validation images, gradient norms by layer, reconstructions, codes.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ae_models import datasets, inference
from ae_models.base import Autoencoder
from ae_models.live import training_data
from ae_models.live.config import Choice
from ae_models.training.loop import Diverged, Step, train
from ae_models.training.phases import Corruption, GradientPhase, TrainingSet
from ae_models.training.recipe import untrained
from ae_models.training.state import TrainingState

MAX_POINTS = 300  # of a curve; a longer one is thinned to every other point
SCATTERED = 500  # codes in the scatter plot
KNOWN = 200  # training images on which the error is measured
COPIED = 5  # images of random pixels
Values = dict[str, float]


class Point(NamedTuple):
    """A point of the curves: means over all batches since the previous point."""

    step: int  # batches so far, all phases
    part: str  # part that is trained alone; empty for the whole network
    training: Values  # the weighted terms of the loss
    validation: Values  # the same on validation images
    mse: float  # per pixel, on validation images
    mse_trained: float  # the same on training images
    gradients: Values  # root mean square norm, by layer


class Snapshot(NamedTuple):
    """A network at one moment; the arrays are read-only."""

    state: str  # "training", "finished" or "diverged"
    reason: str  # why it diverged, a text or `Sentence` to translate
    points: tuple[Point, ...]
    shown: NDArray[np.uint8]  # (10, 28, 28), input images
    reconstructed: NDArray[np.uint8]  # (10, 28, 28)
    copied: NDArray[np.uint8]  # (2, 5, 28, 28), random pixels and their reconstructions
    copied_mse: float
    codes: NDArray[np.float32] | None  # (N, 2) of validation images, for a latent dimension of 2
    labels: NDArray[np.int64]  # (N,) of the same
    step: int
    steps: int  # in all
    epoch: int  # completed epochs, all phases
    epochs: int
    images_per_second: float  # while its batches run
    seconds_left: float
    parameters: int


@dataclass
class History:
    """Curves and timing of a training; they stay in memory while its state is parked."""

    state: str = "training"  # or "finished" or "diverged"
    reason: str = ""  # why it diverged
    points: list[Point] = field(default_factory=list)
    last: Step | None = None  # at the last point
    seconds: float = 0.0  # spent on batches
    batches: int = 0  # in that time


class LiveSession:
    """A live training; `history` and `saved` are given to resume one."""

    def __init__(
        self,
        choice: Choice,
        device: torch.device,
        history: History | None = None,
        saved: Path | None = None,
    ) -> None:
        self.choice = choice
        self.history = history or History()
        recipe = choice.recipe()
        self.data: TrainingSet = training_data.training_set(choice)
        self.shown = training_data.one_of_each(self.data)
        model = untrained(recipe.variant, recipe.config, choice.seed)
        self.run = TrainingState(model, recipe.phases, choice.seed, device)
        if saved is not None:
            self.run.restore(saved)
        self._records = train(self.run, self.data, every=1)
        self._now = self.history.last

    @property
    def state(self) -> str:
        """`training`, `finished` or `diverged`."""
        return self.history.state

    @property
    def batches(self) -> int:
        """Batches per epoch."""
        return len(self.data.images) // self.choice.batch_size or 1

    @property
    def steps(self) -> int:
        """Batches in all phases."""
        return self.batches * sum(phase.epochs for phase in self.run.phases)

    @property
    def step(self) -> int:
        """Batches done so far."""
        progress = self.run.progress
        return len(self.run.history) * self.batches + (progress.batch if progress else 0)

    def advance(self) -> bool:
        """Train on one batch; False when there is none left."""
        if self.state != "training":
            return False
        started = time.perf_counter()
        try:
            record = next(self._records)
            while not isinstance(record, Step):
                record = next(self._records)
        except StopIteration:
            self.history.state = "finished"
            return False
        except Diverged as error:
            self.history.state, self.history.reason = "diverged", error.args[0]
            return False
        self._now = record
        self.history.seconds += time.perf_counter() - started
        self.history.batches += 1
        return True

    @torch.no_grad()
    def snapshot(self) -> Snapshot:
        """The current state of the training; adds a point to the curves."""
        model = cast(Autoencoder, self.run.model).eval()
        device = self.run.device
        x = self.data.validation_images.to(device)
        seen = self._corrupted(x)
        output = model(seen)
        terms = {name: term.item() for name, term in model.loss_terms(output, x).items()}
        mse = (output.x_hat - x).square().mean().item()
        history = self.history
        if not history.points or self.step > history.points[-1].step:
            known = self.data.images[:KNOWN].to(device)
            error = (model(self._corrupted(known)).x_hat - known).square().mean().item()
            self._add(terms, mse, error)
        shown = self._corrupted(self.shown)
        noise = random_pixels()
        copied = inference.reconstruct(model, noise)
        codes = None
        if model.latent_shape == (2,):
            codes = frozen(output.z[:SCATTERED].float().cpu().numpy())
        per_step = history.seconds / history.batches if history.batches else 0.0
        batch = min(self.choice.batch_size, len(self.data.images))
        return Snapshot(
            history.state,
            history.reason,
            tuple(history.points),
            frozen(datasets.to_pixels(shown)),
            frozen(datasets.to_pixels(inference.reconstruct(model, shown))),
            frozen(np.stack([datasets.to_pixels(noise), datasets.to_pixels(copied)])),
            (copied - noise).square().mean().item(),
            codes,
            frozen(self.data.validation_labels[:SCATTERED].numpy().copy()),
            self.step,
            self.steps,
            len(self.run.history),
            sum(phase.epochs for phase in self.run.phases),
            batch / per_step if per_step else 0.0,
            (self.steps - self.step) * per_step,
            sum(parameter.numel() for parameter in model.parameters()),
        )

    def _corrupted(self, x: Tensor) -> Tensor:
        """Images (N, 1, 28, 28) with the noise of the training input, the same in every call."""
        if not self.choice.strength:
            return x
        corruption = Corruption(self.choice.noise_kind, self.choice.strength)
        return corruption.apply(x, 0.0, torch.Generator().manual_seed(0))

    def _add(self, validation: Values, mse: float, mse_trained: float) -> None:
        training, gradients, part = {}, {}, ""
        if self._now is not None:
            phase = self.run.phases[self._now.phase - 1]
            part = phase.part if isinstance(phase, GradientPhase) else ""
            training = since(self._now, self.history.last, "loss", 1)
            gradients = since(self._now, self.history.last, "gradients", 2)
        self.history.last = self._now
        point = Point(self.step, part, training, validation, mse, mse_trained, gradients)
        self.history.points.append(point)
        if len(self.history.points) > MAX_POINTS:
            del self.history.points[1:-1:2]


def since(now: Step, before: Step | None, kind: str, power: int) -> Values:
    """Means of a field of `Step` over the batches since another step of the same epoch.

    `power` is 1 for means, 2 for root mean squares.
    """
    values: Values = getattr(now, kind)
    if before is None or before[:2] != now[:2] or before.batch >= now.batch:
        return dict(values)
    earlier: Values = getattr(before, kind)
    batches = now.batch - before.batch
    sums = {
        name: value**power * now.batch - earlier[name] ** power * before.batch
        for name, value in values.items()
    }
    return {name: (max(total, 0.0) / batches) ** (1 / power) for name, total in sums.items()}


def random_pixels() -> Tensor:
    """Images (COPIED, 1, 28, 28) of independent uniform pixels, the same every time."""
    return torch.rand((COPIED, 1, 28, 28), generator=torch.Generator().manual_seed(0))


def frozen(array: NDArray) -> NDArray:  # type: ignore[type-arg]
    """The array itself, made read-only."""
    array.flags.writeable = False
    return array
