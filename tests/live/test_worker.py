"""The one worker: a job at a time, a queue, visitors who go and come back, and what goes wrong."""

import threading
import time
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from ae_models.live import export, session
from ae_models.live.config import Choice
from ae_models.live.worker import ABSENT, KEPT, MOST_JOBS, Busy, Worker

TINY = Choice(widths=(12,), code=2, images=200, batch_size=20, epochs=2, noise=0.2, dropout=0.2)
LONG = TINY.model_copy(update={"epochs": 200})


def kept_weights(worker: Worker, token: str, number: int = 0) -> dict[str, torch.Tensor]:
    folder = worker.kept(token, number)
    assert folder is not None
    return load_file(folder / export.WEIGHTS)


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[key], other[key]) for key in one)


def files(worker: Worker) -> list[Path]:
    return [path for path in Path(worker._folder.name).rglob("*") if path.is_file()]


def test_a_job_runs_to_its_end_and_leaves_weights_and_a_card(worker, ticks) -> None:
    token = worker.start((TINY,))
    assert worker.view(token).state == "queued" and worker.view(token).place == 1
    assert worker.view(token).looks == ()
    assert ticks(worker) == 2 * 10 + 1
    view = worker.view(token)
    assert view.state == "finished" and view.looks[0].state == "finished"
    assert view.looks[0].step == view.looks[0].steps == 20 and view.looks[0].seconds_left == 0
    folder = worker.kept(token, 0)
    card = (folder / export.CARD).read_text()
    assert '"dataset": "mnist"' in card and len(kept_weights(worker, token)) > 4
    assert worker.jobs[token].trainees is None  # its networks are out of memory


def test_two_runs_move_in_turn_and_neither_disturbs_the_other(worker, ticks) -> None:
    other = TINY.model_copy(update={"kind": "vae", "seed": 3})
    both = worker.start((TINY, other))
    ticks(worker, 7)
    assert [t.step for t in worker.jobs[both].trainees] == [7, 7]
    ticks(worker)
    for number, choice in enumerate((TINY, other)):
        alone = worker.start((choice,))
        ticks(worker)
        assert same(kept_weights(worker, both, number), kept_weights(worker, alone))


def test_runs_of_different_length_both_reach_their_end(worker, ticks) -> None:
    token = worker.start((TINY, TINY.model_copy(update={"epochs": 4})))
    ticks(worker)
    assert [look.step for look in worker.view(token).looks] == [20, 40]


def test_paused_and_resumed_equals_uninterrupted(worker, ticks) -> None:
    straight = worker.start((TINY,))
    ticks(worker)
    token = worker.start((TINY,))
    ticks(worker, 13)
    worker.pause(token)
    ticks(worker)
    assert worker.view(token).state == "paused" and worker.view(token).looks[0].step == 13
    assert worker.jobs[token].trainees is not None  # nobody else needs the memory
    worker.resume(token)
    ticks(worker)
    assert worker.view(token).state == "finished"
    assert same(kept_weights(worker, token), kept_weights(worker, straight))


def test_a_step_is_one_batch_of_each(worker, ticks) -> None:
    token = worker.start((TINY, TINY))
    ticks(worker, 3)
    worker.pause(token)
    ticks(worker)
    for step in (4, 5):
        worker.resume(token, budget=1)
        ticks(worker)
        view = worker.view(token)
        assert view.state == "paused" and [look.step for look in view.looks] == [step, step]
        assert view.looks[0].points[-1].step == step


def test_stopped_for_good_its_weights_are_those_of_that_batch(worker, ticks) -> None:
    token = worker.start((LONG,))
    ticks(worker, 5)
    now = {k: v.clone() for k, v in worker.jobs[token].trainees[0].run.model.state_dict().items()}
    worker.stop(token)
    ticks(worker)
    assert worker.view(token).state == "stopped" and worker.view(token).looks[0].step == 5
    assert same(kept_weights(worker, token), now)
    worker.resume(token)
    worker.pause(token)
    assert worker.view(token).state == "stopped"


def test_start_clicked_twice_is_one_job(worker, ticks) -> None:
    token = worker.start((LONG,))
    assert worker.start((LONG,), token) == token
    ticks(worker, 3)
    assert worker.start((TINY,), token) == token and len(worker.jobs) == 1
    worker.stop(token)
    ticks(worker)
    again = worker.start((TINY,), token)
    assert again != token and worker.view(token) is None  # the old one made room


def test_two_visitors_have_one_job_running_and_see_their_place(worker, ticks) -> None:
    one, two, three = (worker.start((LONG,)) for _ in range(3))
    ticks(worker, 5)
    assert [worker.view(token).state for token in (one, two, three)] == [
        "running",
        "queued",
        "queued",
    ]
    assert [worker.view(token).place for token in (one, two, three)] == [0, 1, 2]
    assert worker.view(two).looks == ()
    worker.stop(two)  # it never began: there is nothing to keep
    assert worker.view(two) is None and worker.view(three).place == 1
    worker.stop(one)
    ticks(worker, 3)
    assert worker.view(three).state == "running"


def test_a_paused_job_makes_room_and_is_taken_up_exactly(worker, ticks) -> None:
    straight = worker.start((TINY,))
    ticks(worker)
    first = worker.start((TINY,))
    ticks(worker, 13)
    worker.pause(first)
    ticks(worker)
    second = worker.start((LONG,))
    ticks(worker, 4)
    assert worker.jobs[first].trainees is None  # only one job's networks are in memory
    points = worker.view(first).looks[0].points
    worker.resume(first)
    assert worker.view(first).place == 1
    worker.stop(second)
    ticks(worker)
    view = worker.view(first)
    assert view.state == "finished" and view.looks[0].points[: len(points)] == points
    assert same(kept_weights(worker, first), kept_weights(worker, straight))


def test_a_visitor_gone_for_a_minute_is_paused_saved_and_makes_room(worker, clock, ticks) -> None:
    straight = worker.start((TINY,))
    ticks(worker)
    gone = worker.start((TINY,))
    waiting = worker.start((LONG,))
    ticks(worker, 13)
    clock.now += ABSENT - 1
    assert worker.view(waiting).state == "queued"
    ticks(worker, 1)
    assert worker.jobs[gone].state == "running"
    clock.now += 2
    ticks(worker, 2)
    assert worker.jobs[gone].state == "paused" and worker.jobs[gone].trainees is None
    assert worker.view(waiting).state == "running"
    worker.stop(waiting)
    ticks(worker)
    clock.now += KEPT - ABSENT - 60  # back in time, by the token in the address
    view = worker.view(gone)
    assert view.state == "paused" and view.away and view.looks[0].step == 14
    worker.resume(gone)
    ticks(worker)
    assert worker.view(gone).state == "finished" and not worker.view(gone).away
    assert same(kept_weights(worker, gone), kept_weights(worker, straight))


def test_after_a_quarter_of_an_hour_nothing_is_left(worker, clock, ticks) -> None:
    tokens = [worker.start((TINY,)), worker.start((LONG,))]
    ticks(worker, 30)
    clock.now += ABSENT + 1
    ticks(worker)
    assert files(worker) and len(worker.jobs) == 2
    clock.now += KEPT
    assert not worker.tick()
    assert not worker.jobs and not files(worker)
    assert [worker.view(token) for token in tokens] == [None, None]
    worker.resume(tokens[0])  # a click on a page that stayed open
    worker.stop(tokens[1])
    assert worker.kept(tokens[0], 0) is None and not worker.jobs


def test_whoever_waits_and_goes_leaves_the_queue(worker, clock, ticks) -> None:
    one, two = worker.start((LONG,)), worker.start((LONG,))
    for _ in range(5):
        clock.now += 30
        worker.view(one)
        ticks(worker, 1)
    assert worker.jobs[one].state == "running" and worker.jobs[two].away
    assert not worker.queue
    worker.resume(two)  # back again
    assert worker.view(two).place == 1


def test_a_flood_is_refused_and_nobody_loses_by_it(worker) -> None:
    tokens = [worker.start((TINY,)) for _ in range(MOST_JOBS)]
    with pytest.raises(Busy):
        worker.start((TINY,))
    assert len(worker.jobs) == MOST_JOBS and worker.view(tokens[-1]).place == MOST_JOBS
    worker.stop(tokens[0])
    assert worker.start((TINY,))


def test_a_run_that_diverges_stops_and_the_other_goes_on(worker, ticks, monkeypatch) -> None:
    wild = TINY.model_copy(
        update={"learning_rate": 1e6, "reconstruction": "binary cross-entropy", "noise": 0.0}
    )
    token = worker.start((wild, TINY))
    ticks(worker)
    view = worker.view(token)
    assert view.state == "finished" and [x.state for x in view.looks] == ["diverged", "finished"]
    assert "were kept" in view.looks[0].said
    assert all(t.isfinite().all() for t in kept_weights(worker, token).values())
    alone = worker.start((wild,))
    ticks(worker)
    assert worker.view(alone).state == "diverged"


def test_a_failure_ends_the_job_and_not_the_worker(worker, ticks, monkeypatch) -> None:
    def broken(self: session.Trainee) -> bool:
        raise OSError("No space left on device")

    token = worker.start((TINY,))
    with monkeypatch.context() as patch:
        patch.setattr(session.Trainee, "advance", broken)
        ticks(worker)
    view = worker.view(token)
    assert view.state == "stopped" and "No space left" in view.trouble
    after = worker.start((TINY,))
    ticks(worker)
    assert worker.view(after).state == "finished"


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
        token = worker.start((slow,))
        deadline = time.monotonic() + 60
        while not worker.view(token).looks or not worker.view(token).looks[0].step:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        asked = time.monotonic()
        worker.stop(token)
        while worker.view(token).state == "running":
            time.sleep(0.01)
        assert time.monotonic() - asked < 2
        assert worker.view(token).state == "stopped" and kept_weights(worker, token)
    finally:
        worker.close()
    assert not files(worker)
