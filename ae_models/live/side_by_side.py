"""One or two trainings side by side, advanced in turn: the job of the Train page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import torch

from ae_models.live import export
from ae_models.live.config import Choice
from ae_models.live.job import DIVERGED, FINISHED, Resumable
from ae_models.live.session import History, LiveSession, Snapshot

DEVICE = torch.device("cpu")  # a GPU is not faster for networks of this size


class SideBySideSnapshot(NamedTuple):
    """Both trainings at one moment."""

    choices: tuple[Choice, ...]
    runs: tuple[Snapshot, ...]  # one each


class SideBySide(Resumable):
    """One or two live trainings; a unit is one batch of each that is not finished."""

    def __init__(self, choices: tuple[Choice, ...]) -> None:
        self.choices = choices  # one or two
        self.histories = [History() for _ in choices]
        self.sessions: list[LiveSession] = []  # empty while it is not loaded

    def begin(self) -> None:
        self.sessions = [
            LiveSession(choice, DEVICE, history)
            for choice, history in zip(self.choices, self.histories, strict=True)
        ]

    def advance(self) -> bool:
        for session in self.sessions:
            session.advance()
        return any(session.state == "training" for session in self.sessions)

    def outcome(self) -> str:
        diverged = all(session.state == "diverged" for session in self.sessions)
        return DIVERGED if diverged else FINISHED

    def snapshot(self) -> SideBySideSnapshot:
        runs = tuple(session.snapshot() for session in self.sessions)
        return SideBySideSnapshot(self.choices, runs)

    def export(self, folder: Path) -> None:
        for session, part in zip(self.sessions, self._folders(folder), strict=True):
            export.write(session.choice, session.run.model, session.run.history, part)

    def park(self, folder: Path) -> None:
        for session, part in zip(self.sessions, self._folders(folder), strict=True):
            session.run.save(part)
        self.sessions = []

    def restore(self, folder: Path) -> None:
        self.sessions = [
            LiveSession(choice, DEVICE, history, part)
            for choice, history, part in zip(
                self.choices, self.histories, self._folders(folder), strict=True
            )
        ]

    def unload(self) -> None:
        self.sessions = []

    def _folders(self, folder: Path) -> Iterator[Path]:
        return (folder / str(number) for number in range(len(self.choices)))
