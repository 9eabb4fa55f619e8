"""The training queue of a server: one thread runs one job at a time, the others wait.

Whoever starts a job gets a `Ticket`. Its id may be passed on and lets others watch; its secret
is needed to pause, resume, stop or discard the job. An owner who gives no sign for ABSENT
seconds makes room: the job is paused and parked, and kept for KEPT seconds. A short job runs
before the others, even while one of them is at its turn, and is dropped after LEFT seconds.

Every change of a job's state happens under the worker's lock. What takes time, a unit, a
snapshot or a file, is done by the thread without the lock, and by nobody else.
"""

from __future__ import annotations

import contextlib
import logging
import secrets
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import torch
from torch import nn

from ae_models.live.job import (
    ENDED,
    FINISHED,
    PAUSED,
    QUEUED,
    RUNNING,
    STOPPED,
    Job,
    Runnable,
    reason,
)
from ae_models.training.optimizers import OPTIMIZERS

ABSENT = 60.0  # seconds without a sign of the owner
LEFT = 20.0  # the same, of the owner of a short job
KEPT = 15 * 60.0  # seconds
MAX_JOBS = 24  # known at the same time, whatever their state
IDLE = 0.5  # seconds between two checks while there is nothing to do

log = logging.getLogger(__name__)


class Busy(RuntimeError):
    """MAX_JOBS are known already: no further job is taken."""


class Ticket(NamedTuple):
    """A job as its owner knows it."""

    id: str  # whoever has it may watch
    secret: str  # whoever has it may steer; never part of a link


class View(NamedTuple):
    """A job as a page shows it."""

    state: str  # one of job.STATES
    place: int  # in the queue, from 1; 0 outside it
    away: bool
    error: str  # a text or `Sentence` to translate; empty where none
    snapshot: object  # None until its turn comes
    subject: object
    owned: bool  # whether the secret was given

    @property
    def active(self) -> bool:
        """Whether it changes by itself."""
        return self.state in (QUEUED, RUNNING)


def warm() -> None:
    """Import what torch imports with its first optimiser, which would delay the first job."""
    OPTIMIZERS["Adam"]([nn.Parameter(torch.zeros(1))], 1e-3, 0.0, (0.9, 0.999)).zero_grad()


class Worker:
    """Jobs by id, the queue, and the thread that runs them."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.jobs: dict[str, Job] = {}
        self.queue: list[Job] = []  # in the order in which they are run
        self.running: list[Job] = []  # the last one is advanced; a short one lies on a long one
        self._discarded: list[Job] = []  # whose memory and files the thread will free
        self._changed = threading.Condition()
        self._folder = tempfile.TemporaryDirectory(prefix="autoencoder-live-")
        self._thread: threading.Thread | None = None
        self._closed = False

    # Called by pages

    def start(self, runnable: Runnable, subject: object, former: Ticket | None = None) -> Ticket:
        """Queue a job. Raises `Busy`.

        `former` is the owner's job before this one. While that is active its ticket is the
        answer, so that clicking twice starts one job; otherwise it is discarded.
        """
        with self._changed:
            before = None if former is None else self._owned(former)
            if before is not None and former is not None:
                if before.state in (QUEUED, RUNNING):
                    return former
                self._forget(before)
            self._tidy()
            if len(self.jobs) >= MAX_JOBS:
                raise Busy(f"{MAX_JOBS} jobs are waiting or kept")
            ticket = Ticket(secrets.token_urlsafe(9), secrets.token_urlsafe(18))
            folder = Path(self._folder.name) / ticket.id
            job = Job(*ticket, subject, runnable, folder, self.clock, self.clock())
            self.jobs[ticket.id] = job
            self._enqueue(job)
            return ticket

    def view(self, job_id: str, secret: str = "") -> View | None:
        """A job as it is now, None where it is unknown; with the secret, a sign of its owner."""
        with self._changed:
            job = self.jobs.get(job_id)
            if job is None:
                return None
            owned = self._owned(Ticket(job_id, secret)) is not None
            if owned:
                job.seen = self.clock()
            place = self.queue.index(job) + 1 if job in self.queue else 0
            return View(job.state, place, job.away, job.error, job.snapshot, job.subject, owned)

    def owns(self, ticket: Ticket) -> bool:
        """Whether its secret is that of a known job."""
        with self._changed:
            return self._owned(ticket) is not None

    def find(self, subject: object) -> str:
        """The id of a job with this subject that gives or has a result, else an empty text."""
        with self._changed:
            found = (job for job in self.jobs.values() if job.subject == subject)
            useful = (QUEUED, RUNNING, FINISHED)
            return next((job.id for job in found if job.state in useful), "")

    def pause(self, ticket: Ticket) -> None:
        """Rest after this unit; `resume` continues. A request to stop stands."""
        self._request(ticket, PAUSED)

    def stop(self, ticket: Ticket) -> None:
        """End after this unit, and keep what can be downloaded."""
        self._request(ticket, STOPPED)

    def resume(self, ticket: Ticket, budget: int | None = None) -> None:
        """Continue when its turn comes; with a budget, for so many units."""
        with self._changed:
            job = self._owned(ticket)
            if job is None:
                return
            job.seen = self.clock()
            if job.state == PAUSED:
                job.state, job.budget, job.away = QUEUED, budget, False
                self._enqueue(job)
            elif job.state == RUNNING and job.requested == PAUSED:  # it does not rest yet
                job.requested, job.budget, job.away = "", budget, False

    def discard(self, ticket: Ticket) -> None:
        """Forget a job, whatever its state."""
        with self._changed:
            job = self._owned(ticket)
            if job is not None:
                self._forget(job)

    def files(self, job_id: str, name: str) -> Path | None:
        """The folder of what can be downloaded under a name; None where the job is unknown."""
        with self._changed:
            job = self.jobs.get(job_id)
            return None if job is None else job.folder / name

    def _owned(self, ticket: Ticket) -> Job | None:
        job = self.jobs.get(ticket.id)
        given = ticket.secret.encode("utf-8", "surrogatepass")  # it may come from a browser
        if job is None or not secrets.compare_digest(job.secret.encode(), given):
            return None
        return job

    def _enqueue(self, job: Job) -> None:
        """Short ones run before the others."""
        ahead = sum(each.short for each in self.queue)
        self.queue.insert(ahead if job.short else len(self.queue), job)
        self._changed.notify()

    def _request(self, ticket: Ticket, state: str) -> None:
        with self._changed:
            job = self._owned(ticket)
            if job is None or job.state in ENDED or (job.short and state == PAUSED):
                return
            job.seen = self.clock()
            if job.state == RUNNING:
                job.requested = STOPPED if job.requested == STOPPED else state
            elif job.state == QUEUED and job.snapshot is None:  # there is nothing to keep
                self._forget(job)
            else:
                if job in self.queue:
                    self.queue.remove(job)
                job.state = state
            self._changed.notify()

    # Called by the thread

    def run(self) -> None:
        """Start the thread; a second call while it lives does nothing."""
        with self._changed:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._work, name="training", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """End the thread after its unit, and remove all files."""
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
        """One unit of the job whose turn it is; False where there is none."""
        with self._changed:
            self._tidy()
            discarded, self._discarded = self._discarded, []
            self._promote()
            resting = [job for job in self.jobs.values() if job not in self.running and job.loaded]
            ended = [job for job in resting if job.state in ENDED]
            parked = [job for job in resting if job not in ended and self._makes_room(job)]
            job = next((each for each in self.running if each.requested), None)
            if job is None and self.running:
                job = self.running[-1]
        for each in discarded:
            self._guarded(each, each.discard)
        for each in ended:
            self._guarded(each, each.unload)
        for each in parked:
            self._guarded(each, each.park)
        if job is None:
            return False
        self._guarded(job, lambda: self._advance(job))
        return True

    def _guarded(self, job: Job, action: Callable[[], None]) -> None:
        """Do something with a job; an error ends that job, and neither the thread nor another."""
        try:
            action()
        except Exception as error:  # for example a full disk, or too little memory
            log.warning("a job of the training queue failed", exc_info=True)
            with self._changed:
                job.state, job.error, job.requested, job.budget = STOPPED, reason(error), "", None
                for jobs in (self.running, self.queue):
                    if job in jobs:
                        jobs.remove(job)

    def _advance(self, job: Job) -> None:
        """One unit, or none where it is asked to rest; then the rest, if it comes to that."""
        job.begin()
        ended = ""
        if not self._next_state(job):
            going_on = job.advance()
            ended = "" if going_on else job.runnable.outcome()
            with self._changed:
                if job.budget is not None:
                    job.budget -= 1
        if not self._next_state(job, ended):
            return
        job.take_snapshot()
        job.export()
        with self._changed:
            state = self._next_state(job, ended)  # asked again: a request may have come meanwhile
            if state and job in self.running:
                self.running.remove(job)
                job.state, job.requested, job.budget = state, "", None

    def _next_state(self, job: Job, ended: str = "") -> str:
        """The state in which a running job comes to rest now; empty where it goes on."""
        with self._changed:
            return ended or job.requested or (PAUSED if job.budget == 0 else "")

    def _promote(self) -> None:
        """Give the first of the queue its turn, if it may have it."""
        if not self.queue:
            return
        job, top = self.queue[0], self.running[-1] if self.running else None
        if top is None or (job.short and not top.short):
            self.queue.pop(0)
            self.running.append(job)
            job.state = RUNNING

    def _makes_room(self, job: Job) -> bool:
        """Whether the memory of a loaded job that rests or waits is wanted back."""
        absent = self.clock() - job.seen > ABSENT
        return job.away or absent or any(not each.short for each in self.running)

    def _tidy(self) -> None:
        """Drop the jobs whose owners have gone."""
        now = self.clock()
        for job in list(self.jobs.values()):
            gone = now - job.seen
            if gone > (LEFT if job.short else KEPT):
                self._forget(job)
            elif gone > ABSENT and job.state == RUNNING and not job.requested:
                job.requested, job.away = PAUSED, True
            elif gone > ABSENT and job.state == QUEUED:
                self.queue.remove(job)
                job.state, job.away = PAUSED, True

    def _forget(self, job: Job) -> None:
        """Drop a job from all lists; the thread frees the rest."""
        for jobs in (self.running, self.queue):
            if job in jobs:
                jobs.remove(job)
        self.jobs.pop(job.id, None)
        self._discarded.append(job)
        self._changed.notify()
