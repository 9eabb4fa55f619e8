"""The small CVAE of a few images as a job of the training queue; a unit is a few batches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from torch import nn

from ae_models.live.job import FINISHED
from ae_models.tasks.augmentation import methods
from ae_models.tasks.augmentation.methods import Labels, Pixels

UNIT = 10  # batches; some hundredths of a second


class CvaeSnapshot(NamedTuple):
    """How far the training has come."""

    done: float  # 0 … 1
    model: nn.Module | None  # in eval mode; None until the training is over


class CvaeTraining:
    """A `Runnable` that trains on pixels (N, 28, 28) and labels (N,) from the weights of a seed."""

    def __init__(self, pixels: Pixels, labels: Labels, seed: int) -> None:
        self.pixels, self.labels, self.seed = pixels, labels, seed
        self._done = 0.0
        self._model: nn.Module | None = None
        self._steps: Iterator[float] | None = None  # None while it is not loaded

    def begin(self) -> None:
        classes = int(self.labels.max()) + 1
        run = methods.untrained(self.seed, classes)
        self._model = run.model
        self._steps = methods.learn(run, self.pixels, self.labels, every=UNIT)

    def advance(self) -> bool:
        assert self._steps is not None
        done = next(self._steps, None)
        if done is None:
            self._done = 1.0
            return False
        self._done = min(done, 0.999)  # 1 says that no further batch changes the weights
        return True

    def outcome(self) -> str:
        return FINISHED

    def snapshot(self) -> CvaeSnapshot:
        return CvaeSnapshot(self._done, self._model if self._done == 1 else None)

    def unload(self) -> None:
        self._steps = self._model = None
