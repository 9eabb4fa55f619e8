"""Plan of several trainings: order, progress and remaining time."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import fmean

from ae_models.artifacts import checkpoint, study
from ae_models.artifacts.card import CheckpointError, read_card
from ae_models.base import Samples
from ae_models.datasets import DATASETS
from ae_models.pipeline import build, studies
from ae_models.training import recipes

Pair = tuple[str, str]  # a data set and the name of a recipe or a study


class Plan:
    """Trainings in the order of their dependencies, with estimates of the remaining time.

    Estimates are the training times in cards, if need be of another data set; a recipe without
    any gets the average. They are scaled by the ratio of actual to estimated time so far.
    """

    def __init__(self, pairs: list[Pair], again: bool) -> None:
        self.again = again  # train also what is up to date
        self.pairs = in_order(pairs)
        self.waiting = self.pairs if again else stale(self.pairs)
        self.total = len(self.waiting)
        self.expected = expected_seconds(self.waiting)
        self.pace = 1.0
        self._estimated = self._taken = self._started = 0.0
        self._now: Pair | None = None

    def begin(self, dataset: str, name: str) -> Callable[[float], str]:
        """Start a training; returns a function that formats the overall progress."""
        self._now = (dataset, name)
        self.waiting = [pair for pair in self.waiting if pair != self._now]
        self._started = time.perf_counter()
        return self.shown if self.total > 1 else lambda seconds_left: ""

    def end(self) -> None:
        """The current training has ended."""
        assert self._now is not None
        self._taken += time.perf_counter() - self._started
        self._estimated += self.expected.get(self._now, 0.0)
        self.pace = self._taken / self._estimated if self._estimated else 1.0

    def shown(self, seconds_left: float) -> str:
        """Number of the training and time left for all; `seconds_left` is that of this one."""
        number = self.total - len(self.waiting)
        if self._now not in self.expected:
            return f"; {number} of {self.total}"
        elapsed = time.perf_counter() - self._started
        this = max(self.pace * self.expected[self._now] - elapsed, seconds_left)
        later = self.pace * sum(self.expected[pair] for pair in self.waiting)
        return f"; {number} of {self.total}, {duration(this + later)} for all"


def in_order(pairs: list[Pair]) -> list[Pair]:
    """The same pairs, each after its dependencies."""
    ordered: dict[Pair, None] = {}

    def put(pair: Pair) -> None:
        for needed in needs(*pair):
            if needed in pairs:
                put(needed)
        ordered[pair] = None

    for pair in pairs:
        put(pair)
    return list(ordered)


def needs(dataset: str, name: str) -> list[Pair]:
    """Dependencies: the checkpoint that training starts from, and the reference classifier.

    For a study, the checkpoints and studies that it is made from.
    """
    if name in studies.STUDIES:
        return [(dataset, needed) for needed in studies.needs(dataset, name)]
    recipe = recipes.recipe(dataset, name)
    classified = issubclass(checkpoint.KINDS[recipe.variant], Samples)
    names = [recipe.starts_from, "judge" if classified else ""]
    return [(dataset, needed) for needed in names if needed]


def stale(pairs: list[Pair]) -> list[Pair]:
    """Pairs that are not up to date, or will not be when their dependencies are trained."""
    found: list[Pair] = []
    for dataset, name in pairs:
        if name in studies.STUDIES:
            starts = needs(dataset, name)
        else:
            starts = [(dataset, recipes.recipe(dataset, name).starts_from)]
        if set(starts) & set(found) or not is_made(dataset, name):
            found.append((dataset, name))
    return found


def is_made(dataset: str, name: str) -> bool:
    """Whether a checkpoint or a study is up to date."""
    makers = studies if name in studies.STUDIES else build
    return makers.is_made(dataset, name)


def expected_seconds(pairs: list[Pair]) -> dict[Pair, float]:
    """Estimated seconds of each, for all its seeds; empty if no card has a training time."""
    known = {pair: seconds for pair in pairs if (seconds := known_seconds(*pair)) is not None}
    if not known:
        return {}
    return {pair: known.get(pair, fmean(known.values())) for pair in pairs}


def known_seconds(dataset: str, name: str) -> float | None:
    """Training time in seconds by the card of a recipe, or by that of another data set."""
    for other in sorted(DATASETS, key=lambda each: each != dataset):
        try:
            if name in studies.STUDIES:
                return study.read(other, name).seconds
            seconds = read_card(other, name).training_seconds
        except (OSError, ValueError, CheckpointError):
            continue
        return seconds * len(recipes.recipe(dataset, name).seeds)
    return None


def duration(seconds: float) -> str:
    """A duration in words: "40 s", "12 min", "2 h 05 min"."""
    minutes = round(seconds / 60)
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60} h {minutes % 60:02} min"
