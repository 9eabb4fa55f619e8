"""A job of the training queue: something that runs in short units, and its place in the queue.

A job does not depend on networks. It runs a `Runnable` and holds its latest snapshot. A paused job
may be parked: its state is written to files, and only the snapshot stays in memory.
"""

from __future__ import annotations

import errno
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from ae_models.i18n import N_, Sentence

QUEUED, RUNNING, PAUSED, STOPPED, FINISHED, DIVERGED = STATES = (
    "queued",
    "running",
    "paused",
    "stopped",
    "finished",
    "diverged",
)
ENDED = (STOPPED, FINISHED, DIVERGED)
SNAPSHOT_INTERVAL = 0.4  # seconds between two snapshots, at least
SNAPSHOT_SHARE = 0.15  # of the time, at most, is spent on snapshots


class Runnable(Protocol):
    """Work in short units. Only the worker's thread calls its methods, one at a time.

    A plain `Runnable` takes seconds in total: it runs before other jobs, and is dropped when its
    owner leaves. Longer work is `Resumable`.
    """

    def begin(self) -> None:
        """Load what `advance` needs."""

    def advance(self) -> bool:
        """Run one unit of at most about a second; False when none is left."""

    def outcome(self) -> str:
        """FINISHED or DIVERGED, once no unit is left."""

    def snapshot(self) -> object:
        """The current state for display; the result is immutable."""

    def unload(self) -> None:
        """Free the memory; only the last snapshot is used from now on."""


@runtime_checkable
class Resumable(Runnable, Protocol):
    """Work that can be paused and moved out of memory."""

    def export(self, folder: Path) -> None:
        """Write the downloads, whenever the job pauses or ends. Raises `OSError`."""

    def park(self, folder: Path) -> None:
        """Write the state for an exact `restore`, and unload. Raises `OSError`."""

    def restore(self, folder: Path) -> None:
        """Load what was parked, instead of `begin`."""


@dataclass
class Job:
    """An entry of the queue.

    The fields from `seen` to `error` change under the worker's lock only. Methods are called by
    the worker's thread alone, which also owns the runnable and the files.
    """

    id: str  # gives permission to watch
    secret: str  # gives permission to steer
    subject: object  # the visitor's request, which pages compare
    runnable: Runnable
    folder: Path  # its own
    clock: Callable[[], float]
    seen: float  # time of the owner's last request, by the clock
    state: str = QUEUED
    requested: str = ""  # PAUSED or STOPPED, after the current unit
    budget: int | None = None  # units; then it pauses
    away: bool = False  # paused because its owner was absent
    error: str = ""  # why it could not continue; a text or `Sentence` to translate
    snapshot: object = None  # None before the job first runs
    loaded: bool = False
    parked: bool = False
    _next_snapshot: float = 0.0

    @property
    def short(self) -> bool:
        """Whether it takes seconds, and cannot be paused."""
        return not isinstance(self.runnable, Resumable)

    def begin(self) -> None:
        """Load the runnable; the first time, take a snapshot before its first unit."""
        if self.loaded:
            return
        if self.parked and isinstance(self.runnable, Resumable):
            self.runnable.restore(self.folder)
        else:
            self.runnable.begin()
        self.loaded, self.parked = True, False
        if self.snapshot is None:
            self.take_snapshot()

    def advance(self) -> bool:
        """Run one unit, and take a snapshot if one is due; False when no unit is left."""
        has_more = self.runnable.advance()
        if self.clock() >= self._next_snapshot:
            self.take_snapshot()
        return has_more

    def take_snapshot(self) -> None:
        """Take a snapshot; the next is due after a multiple of the time that this one took."""
        started = self.clock()
        self.snapshot = self.runnable.snapshot()
        ended = self.clock()
        pause = max(SNAPSHOT_INTERVAL, (ended - started) / SNAPSHOT_SHARE)
        self._next_snapshot = ended + pause

    def export(self) -> None:
        """Write the downloads. Raises `OSError`."""
        if isinstance(self.runnable, Resumable):
            self.runnable.export(self.folder)

    def park(self) -> None:
        """Move the runnable's state to files; `begin` loads it again. Raises `OSError`."""
        if self.loaded and isinstance(self.runnable, Resumable):
            self.runnable.park(self.folder)
            self.loaded, self.parked = False, True

    def unload(self) -> None:
        """Free the memory of the runnable."""
        self.runnable.unload()
        self.loaded = False

    def discard(self) -> None:
        """Free memory and files."""
        self.unload()
        shutil.rmtree(self.folder, ignore_errors=True)


def reason(error: Exception) -> str:
    """Why a job failed, as a text or `Sentence` that pages translate."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return N_("there is no space left on the disk")
    if isinstance(error, MemoryError):
        return N_("there is not enough memory")
    if len(error.args) == 1 and isinstance(error.args[0], Sentence):
        return error.args[0]
    if isinstance(error, OSError):
        text = error.strerror or type(error).__name__
        return Sentence(N_("a file could not be read or written ({error})"), error=text)
    return Sentence(N_("an unexpected error ({error})"), error=type(error).__name__)
