"""The worker: one job at a time, the queue, absent owners, and failures."""

import errno
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from ae_models.live import export
from ae_models.live.config import Choice
from ae_models.live.session import LiveSession, Snapshot
from ae_models.live.side_by_side import SideBySide, SideBySideSnapshot
from ae_models.live.worker import ABSENT, KEPT, LEFT, MAX_JOBS, Busy, Ticket, Worker
from ae_models.training.state import TrainingState

TINY = Choice(widths=(12,), code=2, images=200, batch_size=20, epochs=2, noise=0.2, dropout=0.2)
LONG = TINY.model_copy(update={"epochs": 200})


def start(worker: Worker, choices: tuple[Choice, ...], former: Ticket | None = None) -> Ticket:
    return worker.start(SideBySide(choices), choices, former)


def sessions(worker: Worker, ticket: Ticket) -> list[LiveSession]:
    """The networks of a job that are in memory."""
    runnable = worker.jobs[ticket.id].runnable
    assert isinstance(runnable, SideBySide)
    return runnable.sessions


def runs(worker: Worker, ticket: Ticket) -> tuple[Snapshot, ...]:
    """What a page shows of each training."""
    view = worker.view(*ticket)
    assert view is not None and isinstance(view.snapshot, SideBySideSnapshot)
    return view.snapshot.runs


def kept_weights(worker: Worker, ticket: Ticket, number: int = 0) -> dict[str, torch.Tensor]:
    folder = worker.files(ticket.id, str(number))
    assert folder is not None
    return load_file(folder / export.WEIGHTS)


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[key], other[key]) for key in one)


def files(worker: Worker) -> list[Path]:
    return [path for path in Path(worker._folder.name).rglob("*") if path.is_file()]


def test_a_job_runs_to_its_end_and_leaves_weights_and_a_card(worker, ticks) -> None:
    ticket = start(worker, (TINY,))
    assert worker.view(*ticket).state == "queued" and worker.view(*ticket).place == 1
    assert worker.view(*ticket).snapshot is None
    assert ticks(worker) == 2 * 10 + 1
    view = worker.view(*ticket)
    assert view.state == "finished" and view.snapshot.runs[0].state == "finished"
    assert (
        view.snapshot.runs[0].step == view.snapshot.runs[0].steps == 20
        and view.snapshot.runs[0].seconds_left == 0
    )
    folder = worker.files(ticket.id, "0")
    card = (folder / export.CARD).read_text()
    assert '"dataset": "mnist"' in card and len(kept_weights(worker, ticket)) > 4
    assert not sessions(worker, ticket)  # its networks are out of memory


def test_two_runs_alternate_and_do_not_affect_each_other(worker, ticks) -> None:
    other = TINY.model_copy(update={"kind": "vae", "seed": 3})
    both = start(worker, (TINY, other))
    ticks(worker, 7)
    assert [t.step for t in sessions(worker, both)] == [7, 7]
    ticks(worker)
    for number, choice in enumerate((TINY, other)):
        alone = start(worker, (choice,))
        ticks(worker)
        assert same(kept_weights(worker, both, number), kept_weights(worker, alone))


def test_runs_of_different_length_both_reach_their_end(worker, ticks) -> None:
    ticket = start(worker, (TINY, TINY.model_copy(update={"epochs": 4})))
    ticks(worker)
    assert [snapshot.step for snapshot in runs(worker, ticket)] == [20, 40]


def test_paused_and_resumed_equals_uninterrupted(worker, ticks) -> None:
    straight = start(worker, (TINY,))
    ticks(worker)
    ticket = start(worker, (TINY,))
    ticks(worker, 13)
    worker.pause(ticket)
    ticks(worker)
    assert worker.view(*ticket).state == "paused" and runs(worker, ticket)[0].step == 13
    assert sessions(worker, ticket)  # nobody else needs the memory
    worker.resume(ticket)
    ticks(worker)
    assert worker.view(*ticket).state == "finished"
    assert same(kept_weights(worker, ticket), kept_weights(worker, straight))


def test_a_step_is_one_batch_of_each(worker, ticks) -> None:
    ticket = start(worker, (TINY, TINY))
    ticks(worker, 3)
    worker.pause(ticket)
    ticks(worker)
    for step in (4, 5):
        worker.resume(ticket, budget=1)
        ticks(worker)
        view = worker.view(*ticket)
        assert view.state == "paused" and [snapshot.step for snapshot in view.snapshot.runs] == [
            step,
            step,
        ]
        assert view.snapshot.runs[0].points[-1].step == step


def test_stopped_for_good_its_weights_are_those_of_that_batch(worker, ticks) -> None:
    ticket = start(worker, (LONG,))
    ticks(worker, 5)
    now = {k: v.clone() for k, v in sessions(worker, ticket)[0].run.model.state_dict().items()}
    worker.stop(ticket)
    ticks(worker)
    assert worker.view(*ticket).state == "stopped" and runs(worker, ticket)[0].step == 5
    assert same(kept_weights(worker, ticket), now)
    worker.resume(ticket)
    worker.pause(ticket)
    assert worker.view(*ticket).state == "stopped"


def test_start_clicked_twice_is_one_job(worker, ticks) -> None:
    ticket = start(worker, (LONG,))
    assert start(worker, (LONG,), ticket) == ticket
    ticks(worker, 3)
    assert start(worker, (TINY,), ticket) == ticket and len(worker.jobs) == 1
    worker.stop(ticket)
    ticks(worker)
    again = start(worker, (TINY,), ticket)
    assert again != ticket and worker.view(*ticket) is None  # the old one made room


def test_two_visitors_have_one_job_running_and_see_their_place(worker, ticks) -> None:
    one, two, three = (start(worker, (LONG,)) for _ in range(3))
    ticks(worker, 5)
    assert [worker.view(*ticket).state for ticket in (one, two, three)] == [
        "running",
        "queued",
        "queued",
    ]
    assert [worker.view(*ticket).place for ticket in (one, two, three)] == [0, 1, 2]
    assert worker.view(*two).snapshot is None
    worker.stop(two)  # it never began: there is nothing to keep
    assert worker.view(*two) is None and worker.view(*three).place == 1
    worker.stop(one)
    ticks(worker, 3)
    assert worker.view(*three).state == "running"


def test_a_paused_job_is_parked_and_resumes_exactly(worker, ticks) -> None:
    straight = start(worker, (TINY,))
    ticks(worker)
    first = start(worker, (TINY,))
    ticks(worker, 13)
    worker.pause(first)
    ticks(worker)
    second = start(worker, (LONG,))
    ticks(worker, 4)
    assert not sessions(worker, first)  # only one job's networks are in memory
    points = runs(worker, first)[0].points
    worker.resume(first)
    assert worker.view(*first).place == 1
    worker.stop(second)
    ticks(worker)
    view = worker.view(*first)
    assert view.state == "finished" and view.snapshot.runs[0].points[: len(points)] == points
    assert same(kept_weights(worker, first), kept_weights(worker, straight))


def test_the_job_of_an_absent_owner_is_paused_and_parked(worker, clock, ticks) -> None:
    straight = start(worker, (TINY,))
    ticks(worker)
    gone = start(worker, (TINY,))
    waiting = start(worker, (LONG,))
    ticks(worker, 13)
    clock.now += ABSENT - 1
    assert worker.view(*waiting).state == "queued"
    ticks(worker, 1)
    assert worker.jobs[gone.id].state == "running"
    clock.now += 2
    ticks(worker, 2)
    assert worker.jobs[gone.id].state == "paused" and not sessions(worker, gone)
    assert worker.view(*waiting).state == "running"
    worker.stop(waiting)
    ticks(worker)
    clock.now += KEPT - ABSENT - 60  # back in time, by the ticket in the address
    view = worker.view(*gone)
    assert view.state == "paused" and view.away and view.snapshot.runs[0].step == 14
    worker.resume(gone)
    ticks(worker)
    assert worker.view(*gone).state == "finished" and not worker.view(*gone).away
    assert same(kept_weights(worker, gone), kept_weights(worker, straight))


def test_after_a_quarter_of_an_hour_nothing_is_left(worker, clock, ticks) -> None:
    tickets = [start(worker, (TINY,)), start(worker, (LONG,))]
    ticks(worker, 30)
    clock.now += ABSENT + 1
    ticks(worker)
    assert files(worker) and len(worker.jobs) == 2
    clock.now += KEPT
    assert not worker.tick()
    assert not worker.jobs and not files(worker)
    assert [worker.view(*ticket) for ticket in tickets] == [None, None]
    worker.resume(tickets[0])  # a click on a page that stayed open
    worker.stop(tickets[1])
    assert worker.files(tickets[0].id, "0") is None and not worker.jobs


def test_a_queued_job_of_an_absent_owner_leaves_the_queue(worker, clock, ticks) -> None:
    one, two = start(worker, (LONG,)), start(worker, (LONG,))
    for _ in range(5):
        clock.now += 30
        worker.view(*one)
        ticks(worker, 1)
    assert worker.jobs[one.id].state == "running" and worker.jobs[two.id].away
    assert not worker.queue
    worker.resume(two)  # back again
    assert worker.view(*two).place == 1


def test_jobs_beyond_the_limit_are_refused_and_others_kept(worker) -> None:
    tickets = [start(worker, (TINY,)) for _ in range(MAX_JOBS)]
    with pytest.raises(Busy):
        start(worker, (TINY,))
    assert len(worker.jobs) == MAX_JOBS and worker.view(*tickets[-1]).place == MAX_JOBS
    worker.stop(tickets[0])
    assert start(worker, (TINY,))


def test_a_run_that_diverges_stops_and_the_other_goes_on(worker, ticks, monkeypatch) -> None:
    wild = TINY.model_copy(
        update={"learning_rate": 1e6, "reconstruction": "binary cross-entropy", "noise": 0.0}
    )
    ticket = start(worker, (wild, TINY))
    ticks(worker)
    view = worker.view(*ticket)
    assert view.state == "finished" and [x.state for x in view.snapshot.runs] == [
        "diverged",
        "finished",
    ]
    assert "were kept" in view.snapshot.runs[0].reason
    assert all(t.isfinite().all() for t in kept_weights(worker, ticket).values())
    alone = start(worker, (wild,))
    ticks(worker)
    assert worker.view(*alone).state == "diverged"


def test_a_failure_ends_the_job_and_not_the_worker(worker, ticks, monkeypatch) -> None:
    def broken(self: LiveSession) -> bool:
        raise OSError(errno.ENOSPC, "No space left on device")

    ticket = start(worker, (TINY,))
    with monkeypatch.context() as patch:
        patch.setattr(LiveSession, "advance", broken)
        ticks(worker)
    view = worker.view(*ticket)
    assert view.state == "stopped" and view.error == "there is no space left on the disk"
    after = start(worker, (TINY,))
    ticks(worker)
    assert worker.view(*after).state == "finished"


@pytest.mark.parametrize("kind", ["dense", "conv"])
def test_the_thread_stops_within_two_seconds_in_mid_epoch(kind: str, small: None) -> None:
    widths = (64, 64) if kind == "conv" else (1024, 1024, 1024)
    slow = Choice(kind=kind, widths=widths, images=1200, batch_size=128, epochs=200)
    before = set(threading.enumerate())  # a page tested in this process has a worker of its own
    worker = Worker()
    try:
        worker.run()
        worker.run()
        (started,) = set(threading.enumerate()) - before
        assert started.name == "training"
        ticket = start(worker, (slow,))
        deadline = time.monotonic() + 60
        while not worker.view(*ticket).snapshot or not runs(worker, ticket)[0].step:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        asked = time.monotonic()
        worker.stop(ticket)
        while worker.view(*ticket).state == "running":
            time.sleep(0.01)
        assert time.monotonic() - asked < 2
        assert worker.view(*ticket).state == "stopped" and kept_weights(worker, ticket)
    finally:
        worker.close()
    assert not files(worker)


def full_disk(self: object, *_given: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("back", [False, True], ids=["gone", "back in the queue"])
def test_a_parked_job_that_cannot_be_saved_is_named_and_the_others_go_on(
    back: bool, worker, ticks, monkeypatch
) -> None:
    parked, innocent = start(worker, (LONG,)), start(worker, (TINY,))
    ticks(worker, 3)
    worker.pause(parked)
    with monkeypatch.context() as patch:
        patch.setattr(TrainingState, "save", full_disk)
        ticks(worker, 1)
        if back:
            worker.resume(parked)
        ticks(worker)
    view = worker.view(*parked)
    assert view.state == "stopped" and view.error == "there is no space left on the disk"
    assert not sessions(worker, parked) and not worker.queue
    assert kept_weights(worker, parked)  # those of the pause are there
    assert worker.view(*innocent).state == "finished" and not worker.view(*innocent).error


def test_an_absent_owner_s_job_that_cannot_be_saved_leaves_the_thread_alive(
    worker, clock, ticks, monkeypatch
) -> None:
    ticket = start(worker, (LONG,))
    ticks(worker, 3)
    worker.pause(ticket)
    ticks(worker)
    assert sessions(worker, ticket)  # nobody needs the memory yet
    clock.now += ABSENT + 1
    with monkeypatch.context() as patch:
        patch.setattr(TrainingState, "save", full_disk)
        assert not worker.tick() and not worker.tick()
    view = worker.view(*ticket)
    assert view.state == "stopped" and view.error and not sessions(worker, ticket)
    after = start(worker, (TINY,))
    ticks(worker)
    assert worker.view(*after).state == "finished"


def during(monkeypatch: pytest.MonkeyPatch, action: Callable[[], None]) -> None:
    """Do something while the files of a job that comes to rest are being written."""
    write = SideBySide.export

    def interrupted(self: SideBySide, folder: Path) -> None:
        write(self, folder)
        action()

    monkeypatch.setattr(SideBySide, "export", interrupted)


def test_a_stop_right_after_a_pause_is_not_lost(worker, ticks, monkeypatch) -> None:
    ticket = start(worker, (LONG,))
    ticks(worker, 3)
    during(monkeypatch, lambda: worker.stop(ticket))
    worker.pause(ticket)
    ticks(worker)
    assert worker.view(*ticket).state == "stopped"


def test_a_resume_right_after_a_pause_is_not_lost(worker, ticks, monkeypatch) -> None:
    ticket = start(worker, (LONG,))
    ticks(worker, 3)
    during(monkeypatch, lambda: worker.resume(ticket))
    worker.pause(ticket)
    ticks(worker, 3)
    assert worker.view(*ticket).state == "running" and sessions(worker, ticket)[0].step == 5


def test_a_stop_outlives_a_pause_and_the_absence_of_its_owner(worker, clock, ticks) -> None:
    ticket = start(worker, (LONG,))
    ticks(worker, 3)
    worker.stop(ticket)
    worker.pause(ticket)
    clock.now += ABSENT + 1
    ticks(worker)
    assert worker.jobs[ticket.id].state == "stopped" and not worker.jobs[ticket.id].away


def test_discarded_while_pausing_nothing_is_left(worker, ticks, monkeypatch) -> None:
    ticket = start(worker, (LONG,))
    ticks(worker, 3)
    during(monkeypatch, lambda: worker.discard(ticket))
    worker.pause(ticket)
    ticks(worker)
    assert not worker.jobs and not worker.running and not files(worker)


def test_without_the_secret_a_job_can_be_watched_and_not_steered(worker, clock, ticks) -> None:
    ticket = start(worker, (LONG,))
    ticks(worker, 3)
    for guess in (Ticket(ticket.id, ""), Ticket(ticket.id, ticket.id), Ticket(ticket.id, "\ud800")):
        worker.stop(guess)
        worker.pause(guess)
        worker.resume(guess, 1)
        worker.discard(guess)
        view = worker.view(*guess)
        assert view.state == "running" and not view.owned and view.snapshot is not None
        assert start(worker, (LONG,), guess) != ticket  # nor is it taken for the guest's own
    ticks(worker, 2)
    assert sessions(worker, ticket)[0].step == 5 and worker.view(*ticket).owned
    clock.now += ABSENT + 1  # a guest does not keep it at its turn
    assert worker.view(ticket.id).state == "running"
    ticks(worker, 2)
    assert worker.view(ticket.id).state == "paused" and worker.view(ticket.id).away


def test_a_run_that_diverged_stays_so_when_it_was_parked(worker, ticks) -> None:
    wild = TINY.model_copy(
        update={"learning_rate": 1e6, "reconstruction": "binary cross-entropy", "noise": 0.0}
    )
    ticket = start(worker, (wild, LONG))
    ticks(worker, 30)
    assert sessions(worker, ticket)[0].state == "diverged"
    worker.pause(ticket)
    other = start(worker, (TINY,))
    ticks(worker)
    assert worker.view(*other).state == "finished" and not sessions(worker, ticket)
    worker.resume(ticket)
    ticks(worker, 2)
    assert [session.state for session in sessions(worker, ticket)] == ["diverged", "training"]


class Counting:
    """A short job of five units."""

    def __init__(self) -> None:
        self.done = 0
        self.loaded = False

    def begin(self) -> None:
        self.loaded = True

    def advance(self) -> bool:
        self.done += 1
        return self.done < 5

    def outcome(self) -> str:
        return "finished"

    def snapshot(self) -> int:
        return self.done

    def unload(self) -> None:
        self.loaded = False


def test_a_short_job_runs_first_and_the_long_one_goes_on_after_it(worker, ticks) -> None:
    straight = start(worker, (TINY,))
    ticks(worker)
    long, waiting = start(worker, (TINY,)), start(worker, (LONG,))
    ticks(worker, 7)
    counting = [Counting(), Counting()]
    short = [worker.start(each, number) for number, each in enumerate(counting)]
    assert [worker.view(*each).place for each in (*short, waiting)] == [1, 2, 3]
    assert worker.find(1) == short[1].id and not worker.find(2)
    ticks(worker, 2)
    assert sessions(worker, long)[0].step == 7 and worker.view(*short[0]).place == 0
    assert worker.view(*short[1]).place == 1
    ticks(worker, 8)
    assert [worker.view(*each).state for each in short] == ["finished", "finished"]
    assert [worker.view(*each).snapshot for each in short] == [5, 5]
    assert worker.view(*waiting).state == "queued"
    worker.discard(waiting)
    ticks(worker)
    assert same(kept_weights(worker, long), kept_weights(worker, straight))
    assert not any(each.loaded for each in counting)


def test_the_long_job_can_be_stopped_under_a_short_one(worker, ticks) -> None:
    long = start(worker, (LONG,))
    ticks(worker, 3)
    short = worker.start(Counting(), "short")
    ticks(worker, 1)
    worker.stop(long)
    ticks(worker, 1)
    assert worker.view(*long).state == "stopped" and worker.view(*short).state == "running"


def test_a_short_job_is_stopped_or_dropped_with_its_owner_and_never_paused(
    worker, clock, ticks
) -> None:
    stopped, left = (worker.start(Counting(), name) for name in ("stopped", "left"))
    ticks(worker, 2)
    worker.pause(stopped)
    ticks(worker, 1)
    assert worker.view(*stopped).state == "running"
    worker.stop(stopped)
    ticks(worker, 2)
    assert worker.view(*stopped).state == "stopped"
    assert worker.view(*left).state == "running"
    clock.now += LEFT + 1
    assert not worker.tick() and not worker.jobs and not worker.running
