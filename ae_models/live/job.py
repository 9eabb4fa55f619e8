"""A job of the training queue: something that runs in short units, and its place in the queue.

A job knows nothing of networks. It runs a `Runnable`, shows the latest snapshot of it, and while
it rests it may be parked: what it needs to continue goes to files, and memory keeps the snapshot.
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
    """What a job runs, in units. Only the worker's thread calls it, one call at a time.

    A plain `Runnable` takes seconds: it runs before the others, and is dropped when its owner
    leaves. What takes longer is `Resumable`.
    """

    def begin(self) -> None:
        """Load what `advance` needs."""

    def advance(self) -> bool:
        """Do one unit, of at most about a second; False when no further one is left."""

    def outcome(self) -> str:
        """FINISHED or DIVERGED, once no unit is left."""

    def snapshot(self) -> object:
        """What a page shows of it now. The result never changes afterwards."""

    def unload(self) -> None:
        """Free the memory; only the last snapshot is used from now on."""


@runtime_checkable
class Resumable(Runnable, Protocol):
    """What can be paused, and leave memory meanwhile."""

    def export(self, folder: Path) -> None:
        """Write what a visitor can download, whenever it rests. Raises `OSError`."""

    def park(self, folder: Path) -> None:
        """Write what `restore` needs to continue exactly, and unload. Raises `OSError`."""

    def restore(self, folder: Path) -> None:
        """Load what was parked, instead of `begin`."""


@dataclass
class Job:
    """A place in the queue and what runs there.

    The fields from `seen` to `error` change under the worker's lock only. What runs, whether it
    is loaded, and the files belong to the worker's thread alone, which calls the methods.
    """

    id: str  # names it to whoever may watch
    secret: str  # of whoever may steer it
    subject: object  # what the visitor asked for; pages compare it
    runnable: Runnable
    folder: Path  # its own
    clock: Callable[[], float]
    seen: float  # when its owner last gave a sign, by the clock
    state: str = QUEUED
    requested: str = ""  # PAUSED or STOPPED: as soon as the unit is over
    budget: int | None = None  # units; then it pauses
    away: bool = False  # paused because its owner was absent
    error: str = ""  # why it could not continue; a text or `Sentence` to translate
    snapshot: object = None  # None until its turn comes
    loaded: bool = False
    parked: bool = False
    _next_snapshot: float = 0.0

    @property
    def short(self) -> bool:
        """Whether it takes seconds, and cannot be paused."""
        return not isinstance(self.runnable, Resumable)

    def begin(self) -> None:
        """Load what runs; the first time, show it as it is before its first unit."""
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
        """One unit, and a snapshot where one is due; False when no further unit is left."""
        going_on = self.runnable.advance()
        if self.clock() >= self._next_snapshot:
            self.take_snapshot()
        return going_on

    def take_snapshot(self) -> None:
        """Take what the page shows; the next is due after a multiple of the time this took."""
        started = self.clock()
        self.snapshot = self.runnable.snapshot()
        ended = self.clock()
        pause = max(SNAPSHOT_INTERVAL, (ended - started) / SNAPSHOT_SHARE)
        self._next_snapshot = ended + pause

    def export(self) -> None:
        """Write what can be downloaded. Raises `OSError`."""
        if isinstance(self.runnable, Resumable):
            self.runnable.export(self.folder)

    def park(self) -> None:
        """Move what runs to files; `begin` loads it again. Raises `OSError`."""
        if self.loaded and isinstance(self.runnable, Resumable):
            self.runnable.park(self.folder)
            self.loaded, self.parked = False, True

    def unload(self) -> None:
        """Free the memory of what runs."""
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
        said = error.strerror or type(error).__name__
        return Sentence(N_("a file could not be read or written ({error})"), error=said)
    return Sentence(N_("an unexpected error ({error})"), error=type(error).__name__)
