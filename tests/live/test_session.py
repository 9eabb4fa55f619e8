"""A live training: snapshots, memory, and validation of configurations."""

import gc
import tracemalloc

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from ae_models.artifacts.checkpoint import KINDS as MODELS
from ae_models.live import session, training_data
from ae_models.live.config import KINDS, Choice
from ae_models.live.session import MAX_POINTS, LiveSession, since
from ae_models.training.loop import Step
from ae_models.training.recipe import untrained

CPU = torch.device("cpu")
TINY = Choice(widths=(12,), code=2, images=200, batch_size=20, epochs=2)


def test_a_snapshot_averages_the_batches_since_the_previous_one(small) -> None:
    watched = LiveSession(TINY, CPU)
    first = watched.snapshot()
    assert first.points[0].training == {} and first.points[0].validation["reconstruction"] > 0
    losses = []
    steps = LiveSession(TINY, CPU)
    for _ in range(13):  # into the second epoch
        steps.advance()
        losses.append(steps.snapshot().points[-1].training["reconstruction"])
    for _ in range(4):
        watched.advance()
    watched.snapshot()
    for _ in range(5):
        watched.advance()
    snapshot = watched.snapshot()
    assert snapshot.points[1].training["reconstruction"] == pytest.approx(np.mean(losses[:4]))
    assert snapshot.points[2].training["reconstruction"] == pytest.approx(
        np.mean(losses[4:9]), rel=1e-5
    )
    assert [point.step for point in snapshot.points] == [0, 4, 9]
    assert (snapshot.step, snapshot.steps, snapshot.epoch, snapshot.epochs) == (9, 20, 0, 2)


def test_root_mean_squares_since_a_step() -> None:
    before = Step(1, 1, 2, 9, {"a": 3.0}, {"layer": 2.0})
    now = Step(1, 1, 6, 9, {"a": 5.0}, {"layer": 4.0})
    assert since(now, before, "loss", 1) == {"a": pytest.approx((5 * 6 - 3 * 2) / 4)}
    expected = ((16 * 6 - 4 * 2) / 4) ** 0.5
    assert since(now, before, "gradients", 2) == {"layer": pytest.approx(expected)}
    assert since(now._replace(epoch=2), before, "loss", 1) == {"a": 5.0}


def test_a_snapshot_is_read_only_and_does_not_change(small) -> None:
    watched = LiveSession(TINY, CPU)
    snapshot = watched.snapshot()
    for array in (
        snapshot.shown,
        snapshot.reconstructed,
        snapshot.copied,
        snapshot.codes,
        snapshot.labels,
    ):
        assert array is not None
        with pytest.raises(ValueError):
            array[:] = 0
    before = snapshot.reconstructed.copy(), len(snapshot.points)
    for _ in range(10):
        watched.advance()
    watched.snapshot()
    assert (snapshot.reconstructed == before[0]).all() and len(snapshot.points) == before[1]


def test_ten_classes_are_shown_and_none_is_trained_on(small) -> None:
    watched = LiveSession(TINY, CPU)
    training = watched.data
    labels = [
        int(training.validation_labels[(training.validation_images == x).flatten(1).all(1)][0])
        for x in watched.shown
    ]
    assert labels == list(range(10))
    known = {x.numpy().tobytes() for x in training.images}
    assert not known & {x.numpy().tobytes() for x in training.validation_images}


def test_where_there_are_fewer_images_all_are_taken(small) -> None:
    choice = TINY.model_copy(update={"images": 20_000})
    assert len(training_data.training_set(choice).images) == 1797 - training_data.VALIDATION


def test_many_snapshots_do_not_accumulate_memory(small) -> None:
    """An hour of snapshots, one a batch."""
    watched = LiveSession(TINY.model_copy(update={"epochs": 200, "images": 100}), CPU)
    watched.snapshot()
    for _ in range(2 * MAX_POINTS):
        watched.advance()
        watched.snapshot()
    gc.collect()
    tracemalloc.start()
    for _ in range(300):
        watched.advance()
        snapshot = watched.snapshot()
    gc.collect()
    grown = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert len(snapshot.points) <= MAX_POINTS and snapshot.points[0].step == 0
    assert snapshot.points[-1].step == snapshot.step == 2 * MAX_POINTS + 300
    assert grown < 2_000_000


def test_a_network_does_not_depend_on_what_else_is_drawn_or_disturb_it(small) -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    one = LiveSession(TINY.model_copy(update={"dropout": 0.4, "noise": 0.2}), CPU)
    for _ in range(12):
        one.advance()
    assert torch.equal(torch.rand(3), expected)
    other = LiveSession(one.choice, CPU)
    for _ in range(12):
        torch.rand(2)
        other.advance()
    a, b = one.run.model.state_dict(), other.run.model.state_dict()
    assert all(torch.equal(a[key], b[key]) for key in a)


def test_the_initial_weights_are_those_of_the_seed() -> None:
    for kind in KINDS:
        widths = (3, 4) if kind == "conv" else (9, 6)
        choice = Choice(kind=kind, widths=widths, code=4, dropout=0.1)  # type: ignore[arg-type]
        recipe = choice.recipe()
        built = untrained(recipe.variant, recipe.config, 3).state_dict()
        torch.manual_seed(3)
        usual = MODELS[recipe.variant](recipe.config).state_dict()
        assert all(torch.equal(built[key], usual[key]) for key in usual), kind


@pytest.mark.parametrize(
    "bad",
    [
        {"learning_rate": float("nan")},
        {"learning_rate": 0},
        {"widths": [0]},
        {"widths": [5000]},
        {"widths": [9] * 7},
        {"kind": "conv", "widths": [128, 128]},
        {"kind": "overcomplete", "code": 65},
        {"noise_kind": "block"},
        {"optimizer": "evil"},
        {"images": 10**9},
        {"epochs": 10**9},
    ],
    ids=str,
)
def test_what_would_not_fit_the_server_is_refused(bad) -> None:
    with pytest.raises(ValidationError):
        Choice.model_validate(bad)


def test_scattered_codes_come_with_their_labels(small) -> None:
    snapshot = LiveSession(TINY, CPU).snapshot()
    assert snapshot.codes is not None and snapshot.codes.shape == (len(snapshot.labels), 2)
    assert LiveSession(TINY.model_copy(update={"code": 3}), CPU).snapshot().codes is None
    assert len(snapshot.labels) <= session.SCATTERED
