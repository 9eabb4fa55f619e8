"""The training queue of a server: one thread runs one job at a time, the others wait.

Starting a job returns a `Ticket`. Its id may be shared and gives permission to watch; its secret
is needed to pause, resume, stop or discard the job. After ABSENT seconds without a request of its
owner a job is paused and parked, and after KEPT seconds dropped. A short job runs before the
others, interrupting a long one, and is dropped after LEFT seconds.

Every change of a job's state happens under the worker's lock. Slow operations (units, snapshots,
files) run on the thread without the lock.
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

ABSENT = 60.0  # seconds without a request of the owner, after which a job is paused
LEFT = 20.0  # the same, after which a short job is dropped
KEPT = 15 * 60.0  # the same, after which any job is dropped
MAX_JOBS = 24  # at the same time, in any state
IDLE = 0.5  # seconds between two checks while there is nothing to do

log = logging.getLogger(__name__)


class Busy(RuntimeError):
    """There are MAX_JOBS jobs already."""


class Ticket(NamedTuple):
    """Id and secret of a job, for its owner."""

    id: str  # gives permission to watch
    secret: str  # gives permission to steer; never part of a link


class View(NamedTuple):
    """The state of a job for display."""

    state: str  # one of job.STATES
    place: int  # in the queue, from 1; 0 outside it
    away: bool
    error: str  # a text or `Sentence` to translate; empty where none
    snapshot: object  # None before the job first runs
    subject: object
    owned: bool  # whether the secret was given

    @property
    def active(self) -> bool:
        """Whether it changes by itself."""
        return self.state in (QUEUED, RUNNING)


class Worker:
    """Jobs by id, the queue, and the thread that runs them."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.jobs: dict[str, Job] = {}
        self.queue: list[Job] = []  # in order
        self.running: list[Job] = []  # a stack: a short job on top of a long one
        self._discarded: list[Job] = []  # memory and files to be freed by the thread
        self._changed = threading.Condition()
        self._folder = tempfile.TemporaryDirectory(prefix="autoencoder-live-")
        self._thread: threading.Thread | None = None
        self._closed = False

    # Called by pages

    def start(self, runnable: Runnable, subject: object, former: Ticket | None = None) -> Ticket:
        """Queue a job. Raises `Busy`.

        `former` is the owner's previous job. While that is active its ticket is returned, so
        that clicking twice starts one job; otherwise it is discarded.
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
        """The state of a job, None if unknown; with the secret, counts as the owner's request."""
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
        """The id of a queued, running or finished job with this subject, else an empty text."""
        with self._changed:
            found = (job for job in self.jobs.values() if job.subject == subject)
            useful = (QUEUED, RUNNING, FINISHED)
            return next((job.id for job in found if job.state in useful), "")

    def pause(self, ticket: Ticket) -> None:
        """Pause after the current unit; an earlier request to stop takes precedence."""
        self._request(ticket, PAUSED)

    def stop(self, ticket: Ticket) -> None:
        """Stop after the current unit; downloads are kept."""
        self._request(ticket, STOPPED)

    def resume(self, ticket: Ticket, budget: int | None = None) -> None:
        """Queue a paused job again; with a budget, for so many units."""
        with self._changed:
            job = self._owned(ticket)
            if job is None:
                return
            job.seen = self.clock()
            if job.state == PAUSED:
                job.state, job.budget, job.away = QUEUED, budget, False
                self._enqueue(job)
            elif job.state == RUNNING and job.requested == PAUSED:  # not paused yet
                job.requested, job.budget, job.away = "", budget, False

    def discard(self, ticket: Ticket) -> None:
        """Drop a job in any state."""
        with self._changed:
            job = self._owned(ticket)
            if job is not None:
                self._forget(job)

    def files(self, job_id: str, name: str) -> Path | None:
        """The folder of downloads of a name; None for an unknown job."""
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
        """Insert a job; short ones come before the others."""
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
        """Start the thread, unless it is running."""
        with self._changed:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._work, name="training", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """End the thread after the current unit, and remove all files."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join(5)
        with contextlib.suppress(OSError):
            self._folder.cleanup()

    def _work(self) -> None:
        while not self._closed:
            if not self.tick():
                with self._changed:
                    self._changed.wait(IDLE)

    def tick(self) -> bool:
        """Run one unit of the current job; False if there is none."""
        with self._changed:
            self._tidy()
            discarded, self._discarded = self._discarded, []
            self._promote()
            resting = [job for job in self.jobs.values() if job not in self.running and job.loaded]
            ended = [job for job in resting if job.state in ENDED]
            parked = [job for job in resting if job not in ended and self._should_park(job)]
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
        """Call an action; an exception stops this job, but neither the thread nor other jobs."""
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
        """Run one unit unless a pause or stop is requested; then change the state if due."""
        job.begin()
        ended = ""
        if not self._next_state(job):
            has_more = job.advance()
            ended = "" if has_more else job.runnable.outcome()
            with self._changed:
                if job.budget is not None:
                    job.budget -= 1
        if not self._next_state(job, ended):
            return
        job.take_snapshot()
        job.export()
        with self._changed:
            state = self._next_state(job, ended)  # again, as a request may have arrived meanwhile
            if state and job in self.running:
                self.running.remove(job)
                job.state, job.requested, job.budget = state, "", None

    def _next_state(self, job: Job, ended: str = "") -> str:
        """The state that a running job changes to now; empty if it continues."""
        with self._changed:
            return ended or job.requested or (PAUSED if job.budget == 0 else "")

    def _promote(self) -> None:
        """Start the first job of the queue, if it may run now."""
        if not self.queue:
            return
        job, top = self.queue[0], self.running[-1] if self.running else None
        if top is None or (job.short and not top.short):
            self.queue.pop(0)
            self.running.append(job)
            job.state = RUNNING

    def _should_park(self, job: Job) -> bool:
        """Whether a loaded job that is paused or queued should be moved out of memory."""
        absent = self.clock() - job.seen > ABSENT
        return job.away or absent or any(not each.short for each in self.running)

    def _tidy(self) -> None:
        """Pause and drop jobs by the time since the last request of their owners."""
        now = self.clock()
        for job in list(self.jobs.values()):
            absent = now - job.seen
            if absent > (LEFT if job.short else KEPT):
                self._forget(job)
            elif absent > ABSENT and job.state == RUNNING and not job.requested:
                job.requested, job.away = PAUSED, True
            elif absent > ABSENT and job.state == QUEUED:
                self.queue.remove(job)
                job.state, job.away = PAUSED, True

    def _forget(self, job: Job) -> None:
        """Remove a job from all lists; the thread frees its memory and files."""
        for jobs in (self.running, self.queue):
            if job in jobs:
                jobs.remove(job)
        self.jobs.pop(job.id, None)
        self._discarded.append(job)
        self._changed.notify()
