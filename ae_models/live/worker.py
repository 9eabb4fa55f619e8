"""The one worker of a server: it trains one job at a time, and the others wait in a queue.

A visitor who is not heard of for ABSENT seconds makes room: the job is paused and parked, and
kept for KEPT seconds for whoever comes back with its token. Whoever holds a token may steer its
job; nobody else learns of it more than that the queue is longer.

Commands only leave a wish; the thread of the worker fulfils it after the batch that it is at.
"""

from __future__ import annotations

import contextlib
import secrets
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import torch
from torch import nn

from ae_models.live.config import Choice
from ae_models.live.job import ENDED, PAUSED, QUEUED, RUNNING, STOPPED, Job
from ae_models.live.session import Look
from ae_models.training.optimizers import OPTIMIZERS

ABSENT = 60.0  # seconds without a sign of the visitor
KEPT = 15 * 60.0  # seconds
MOST_JOBS = 24  # that are known of, whatever their state
IDLE = 0.5  # seconds between two looks at the clock while nothing is to be done


class Busy(RuntimeError):
    """So many are waiting that no further job is taken."""


class View(NamedTuple):
    """What the visitor of a job may know of it."""

    state: str  # one of job.STATES
    place: int  # in the queue, from 1; 0 outside it
    away: bool
    trouble: str
    looks: tuple[Look, ...]  # empty until its turn comes
    choices: tuple[Choice, ...]

    @property
    def active(self) -> bool:
        """Whether it changes by itself."""
        return self.state in (QUEUED, RUNNING)


def warm() -> None:
    """Import what torch imports with its first optimiser: it would hold up the first job."""
    OPTIMIZERS["Adam"]([nn.Parameter(torch.zeros(1))], 1e-3, 0.0, (0.9, 0.999)).zero_grad()


class Worker:
    """Jobs by token, the queue, and the thread that works it off."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.jobs: dict[str, Job] = {}
        self.queue: list[Job] = []
        self.current: Job | None = None
        self._changed = threading.Condition()
        self._folder = tempfile.TemporaryDirectory(prefix="autoencoder-live-")
        self._thread: threading.Thread | None = None
        self._closed = False

    # What visitors ask for

    def start(self, choices: tuple[Choice, ...], former: str = "") -> str:
        """Queue a job; returns its token. Raises `Busy`.

        `former` is the visitor's job before this one: while that is active it is the answer, so
        that whoever clicks twice has one job, and else it is forgotten.
        """
        with self._changed:
            before = self.jobs.get(former)
            if before is not None:
                if before.state in (QUEUED, RUNNING):
                    return former
                self._forget(before)
            self._tidy()
            if len(self.jobs) >= MOST_JOBS:
                raise Busy(f"{MOST_JOBS} trainings are waiting or kept")
            token = secrets.token_urlsafe(9)
            folder = Path(self._folder.name) / token
            self.jobs[token] = job = Job(token, choices, folder, self.clock, self.clock())
            self.queue.append(job)
            self._changed.notify()
            return token

    def view(self, token: str) -> View | None:
        """A job as it is now, and a sign that its visitor is there; None where there is none."""
        with self._changed:
            job = self.jobs.get(token)
            if job is None:
                return None
            job.seen = self.clock()
            place = self.queue.index(job) + 1 if job in self.queue else 0
            return View(job.state, place, job.away, job.trouble, job.looks, job.choices)

    def pause(self, token: str) -> None:
        """Leave off after this batch; `resume` goes on."""
        self._wish(token, PAUSED)

    def stop(self, token: str) -> None:
        """Leave off for good, and keep the weights."""
        self._wish(token, STOPPED)

    def resume(self, token: str, budget: int | None = None) -> None:
        """Go on when its turn comes; with a budget for so many batches only."""
        with self._changed:
            job = self.jobs.get(token)
            if job is None or job.state != PAUSED:
                return
            job.state, job.budget, job.away, job.seen = QUEUED, budget, False, self.clock()
            self.queue.append(job)
            self._changed.notify()

    def kept(self, token: str, number: int) -> Path | None:
        """The folder of what can be taken away of a training that rests."""
        with self._changed:
            job = self.jobs.get(token)
            return None if job is None else job.folder / str(number)

    def _wish(self, token: str, state: str) -> None:
        with self._changed:
            job = self.jobs.get(token)
            if job is None or job.state in ENDED:
                return
            job.seen = self.clock()
            if job is self.current:
                job.wish = state
            elif job.state == QUEUED:
                self.queue.remove(job)
                job.state = PAUSED if state == PAUSED or not job.looks else STOPPED
                if not job.looks:  # it never began: there is nothing to keep
                    self._forget(job)
            elif state == STOPPED:
                job.state = STOPPED
                job.trainees = None
            self._changed.notify()

    # What the thread does

    def run(self) -> None:
        """Start the thread; a second call while it lives does nothing."""
        with self._changed:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._work, name="training", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """End the thread after its batch, and remove all files."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join(5)
        with contextlib.suppress(OSError):
            self._folder.cleanup()

    def _work(self) -> None:
        warm()
        while not self._closed:
            if not self.tick():
                with self._changed:
                    self._changed.wait(IDLE)

    def tick(self) -> bool:
        """One batch of the job whose turn it is; False where there is none."""
        with self._changed:
            self._tidy()
            job = self.current
            if job is None:
                if not self.queue:
                    return False
                job = self.current = self.queue.pop(0)
                job.state = RUNNING
            wish = job.wish
            others = [each for each in self.jobs.values() if each is not job]
        try:
            for other in others:
                other.park()
            self._move(job, wish)
        except Exception as error:  # a bad disk or too little memory must not end the thread
            self._fail(job, error)
        return True

    def _move(self, job: Job, wish: str) -> None:
        job.begin()
        if wish:
            job.rest(wish)
        elif not job.advance():
            job.look()
            job.rest(job.end())
        elif job.budget == 0:
            job.rest(PAUSED)
        if job.away:
            job.park()
        if job.state != RUNNING:
            with self._changed:
                self.current = None

    def _fail(self, job: Job, error: Exception) -> None:
        with self._changed:
            job.state, job.trouble, job.trainees = STOPPED, str(error) or type(error).__name__, None
            self.current = None

    def _tidy(self) -> None:
        """Make room where visitors have gone."""
        now = self.clock()
        for job in list(self.jobs.values()):
            gone = now - job.seen
            if gone > KEPT and job is not self.current:
                self._forget(job)
            elif gone > ABSENT and job is self.current:
                job.wish, job.away = PAUSED, True
            elif gone > ABSENT and job.state == QUEUED:
                self.queue.remove(job)
                job.state, job.away = PAUSED, True
            elif gone > ABSENT and job.state == PAUSED and job.trainees is not None:
                job.park()

    def _forget(self, job: Job) -> None:
        if job in self.queue:
            self.queue.remove(job)
        self.jobs.pop(job.token, None)
        job.forget()
