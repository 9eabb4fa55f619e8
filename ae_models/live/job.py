"""A job: one or two trainings, moved in turn, and what is left of them when they rest.

While it rests a job may be parked: its networks go to files, and memory keeps what a page
shows of them, no more.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import torch

from ae_models.live import export
from ae_models.live.config import Choice
from ae_models.live.session import Look, Trace, Trainee

QUEUED, RUNNING, PAUSED, STOPPED, FINISHED, DIVERGED = STATES = (
    "queued",
    "running",
    "paused",
    "stopped",
    "finished",
    "diverged",
)
ENDED = (STOPPED, FINISHED, DIVERGED)
BETWEEN_LOOKS = 0.4  # seconds, at least
LOOKING = 0.15  # of the time, at most


@dataclass
class Job:
    """What a visitor has asked for. The worker's thread alone moves it."""

    token: str
    choices: tuple[Choice, ...]  # one or two
    folder: Path  # its own
    clock: Callable[[], float]
    seen: float  # when the visitor last gave a sign
    state: str = QUEUED
    wish: str = ""  # PAUSED or STOPPED, as soon as the batch is over
    budget: int | None = None  # batches of each; then it pauses
    away: bool = False  # paused because the visitor had gone
    trouble: str = ""  # why it could not go on
    looks: tuple[Look, ...] = ()
    trainees: list[Trainee] | None = None  # None while it is parked
    traces: list[Trace] = field(default_factory=list)
    _next_look: float = 0.0

    def begin(self) -> None:
        """Have the networks in memory: new ones, or those that were parked."""
        if self.trainees is not None:
            return
        device = torch.device("cpu")
        if self.traces:
            self.trainees = [
                Trainee(choice, device, trace, self.folder / str(number))
                for number, (choice, trace) in enumerate(
                    zip(self.choices, self.traces, strict=True)
                )
            ]
        else:
            self.trainees = [Trainee(choice, device) for choice in self.choices]
            self.look()

    def advance(self) -> bool:
        """One batch of each; False when all are over."""
        assert self.trainees is not None
        moved = [trainee.advance() for trainee in self.trainees]
        if self.budget is not None:
            self.budget -= 1
        if any(moved) and self.clock() >= self._next_look:
            self.look()
        return any(trainee.state == "training" for trainee in self.trainees)

    def look(self) -> None:
        """Take what the page shows; the next time follows after a multiple of what this took."""
        assert self.trainees is not None
        started = self.clock()
        self.looks = tuple(trainee.look() for trainee in self.trainees)
        self.traces = [trainee.trace for trainee in self.trainees]
        ended = self.clock()
        self._next_look = ended + max(BETWEEN_LOOKS, (ended - started) / LOOKING)

    def rest(self, state: str) -> None:
        """Leave off in a state: what there is to take away is put into files."""
        self.look()
        assert self.trainees is not None
        for number, trainee in enumerate(self.trainees):
            export.keep(trainee, self.folder / str(number))
        self.state, self.wish, self.budget = state, "", None
        if state in ENDED:
            self.trainees = None

    def park(self) -> None:
        """Out of memory; `begin` brings it back."""
        if self.trainees is None:
            return
        for number, trainee in enumerate(self.trainees):
            trainee.run.save(self.folder / str(number))
        self.trainees = None

    def end(self) -> str:
        """The state of a job whose trainings are all over."""
        return DIVERGED if all(look.state == "diverged" for look in self.looks) else FINISHED

    def forget(self) -> None:
        """Leave nothing behind."""
        self.trainees = None
        shutil.rmtree(self.folder, ignore_errors=True)
