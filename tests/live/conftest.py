"""What tests of live training share: scikit-learn's digits as images, and a manual clock."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest
import torch

from ae_models import datasets
from ae_models.artifacts import image_source
from ae_models.live import training_data
from ae_models.live.worker import Worker


class Clock:
    """A manual clock, in seconds."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def small(digits, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Both data sets are 1,797 small digits, whether or not there are files on disk."""
    pixels, labels = datasets.to_pixels(digits[0]), digits[1].numpy().astype(np.int64)
    images = datasets.frozen(pixels, labels, decoded=True)
    monkeypatch.setattr(image_source, "load", lambda dataset, split: images)
    training_data._in_order.cache_clear()
    yield
    training_data._in_order.cache_clear()


@pytest.fixture
def worker(small: None, clock: Clock) -> Iterator[Worker]:
    """A worker whose thread is never started: tests tick it."""
    made = Worker(clock)
    yield made
    made.close()


@pytest.fixture
def ticks() -> Callable[..., int]:
    """Ticks a worker a number of times, or until nothing is left to do; returns how often."""

    def tick(worker: Worker, times: int = 100_000) -> int:
        done = 0
        while done < times and worker.tick():
            done += 1
        return done

    return tick


def weights(session) -> dict[str, torch.Tensor]:
    """A copy of those of a session."""
    return {key: value.clone() for key, value in session.run.model.state_dict().items()}
