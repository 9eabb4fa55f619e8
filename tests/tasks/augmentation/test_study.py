"""The augmentation study: splits, gains, no use of test labels, and the shipped curves."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy import stats

from ae_models import datasets
from ae_models.artifacts import checkpoint, study
from ae_models.metric_key import Metric
from ae_models.pipeline import studies
from ae_models.tasks.augmentation import methods
from ae_models.tasks.augmentation import study as task
from ae_models.tasks.augmentation.study import AFFINE, METHODS, MULTIPLES, OWN, Gain, Point

TOLERANCE = 0.03  # a net that is taught on another kind of processor ends a little elsewhere


def point(nothing: list[float], own: list[float]) -> Point:
    made = {kind: dict.fromkeys(MULTIPLES, nothing) for kind in METHODS}
    return Point(nothing=nothing, synthetic=made | {OWN: dict.fromkeys(MULTIPLES, own)})


def test_a_gain_is_that_of_a_paired_t_test() -> None:
    nothing, own = [0.70, 0.74, 0.72, 0.69], [0.73, 0.75, 0.76, 0.72]
    gain = task.gain(point(nothing, own), OWN, 5)
    expected = stats.ttest_rel(own, nothing)
    low, high = expected.confidence_interval(0.95)
    assert (gain.mean - gain.error, gain.mean + gain.error) == pytest.approx((low, high))
    assert gain.significant == (expected.pvalue < 0.05) and gain.significant and gain.draws == 4
    assert task.gain(point(nothing, own), AFFINE, 5, over=OWN).mean == pytest.approx(-gain.mean)


@pytest.mark.parametrize(
    ("nothing", "own", "significant"),
    [
        ([0.7], [0.9], False),  # one split has no interval
        ([0.7, 0.8], [0.7, 0.8], False),
        ([0.7, 0.8, 0.6], [0.8, 0.7, 0.65], False),
        ([0.7, 0.8, 0.6], [0.6, 0.71, 0.5], True),
    ],
)
def test_few_or_differing_splits_are_not_significant(nothing, own, significant) -> None:
    gain = task.gain(point(nothing, own), OWN, 1)
    assert isinstance(gain, Gain) and gain.significant == significant
    assert not np.isnan(gain.error)


def test_real_images_are_balanced_and_none_is_of_the_validation_part() -> None:
    labels = np.arange(6_000) % 10
    pixels = np.zeros((6_000, 28, 28), np.uint8)
    pixels[:, 0, :2] = np.stack(np.divmod(np.arange(6_000), 256), axis=1)  # its number
    images = datasets.Images(pixels, labels, decoded=False)
    kept, held = datasets.split_off_validation(6_000)
    for draw in (0, 1):
        drawn, of = task.real(images, 20, draw)
        numbers = drawn[:, 0, 0].astype(int) * 256 + drawn[:, 0, 1]
        assert set(numbers.tolist()) <= set(kept.tolist()) and len(set(numbers.tolist())) == 200
        assert not set(numbers.tolist()) & set(held.tolist())
        assert np.bincount(of).tolist() == [20] * 10 and (of == labels[numbers]).all()
    gallery = images._replace(decoded=True)
    assert len(task.real(gallery, 600, 0)[0]) == 6_000  # all of it


class World:
    """A small data set in place of the original, and how often each split was read."""

    def __init__(self, digits: tuple[torch.Tensor, torch.Tensor]) -> None:
        pixels, labels = datasets.to_pixels(digits[0]), digits[1].numpy().astype(np.int64)
        self.splits = {
            "train": datasets.Images(pixels[:1_200], labels[:1_200], False),
            "test": datasets.Images(pixels[1_200:], labels[1_200:], False),
        }

    def original(self, _dataset: str, split: str) -> datasets.Images:
        return self.splits[split]

    def with_other_test_labels(self) -> None:
        test = self.splits["test"]
        self.splits["test"] = test._replace(labels=(test.labels + 1) % 10)


@pytest.fixture
def world(digits, put, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> World:
    """Everything small enough to be made in seconds."""
    small = World(digits)
    put(task.SHIPPED, "cvae")
    monkeypatch.setattr(datasets, "original", small.original)
    monkeypatch.setattr(datasets, "VALIDATION", 100)
    monkeypatch.setattr(task, "UNFINISHED", tmp_path / "runs")
    monkeypatch.setattr(task, "SIZES", (2, 3))
    monkeypatch.setattr(task, "DRAWS", {2: 2, 3: 1})
    monkeypatch.setattr(task, "AGAIN", (2, 0, ((OWN, 1),)))
    monkeypatch.setattr(methods, "steps", lambda real: 20)
    monkeypatch.setattr(methods, "phases", lambda real: [(20, ""), (5, "prior")])
    return small


def silent(*_said: object) -> None:
    pass


def test_making_gives_every_accuracy_and_measuring_finds_them_again(world: World) -> None:
    said: list[tuple[int, int]] = []
    files = task.make("mnist", lambda done, total, text, left: said.append((done, total)))
    assert said == [(1, 3), (2, 3), (3, 3)]
    curves = task.Curves.model_validate_json(files[task.FILE])
    assert curves.images == 597 and curves.shipped_labels == 1_100
    assert {size: len(p.nothing) for size, p in curves.points.items()} == {2: 2, 3: 1}
    for p in curves.points.values():
        assert p.synthetic.keys() == set(METHODS)
        for by_multiple in p.synthetic.values():
            assert tuple(by_multiple) == MULTIPLES
            assert all(len(draws) == len(p.nothing) for draws in by_multiple.values())
            assert all(0 <= value <= 1 for draws in by_multiple.values() for value in draws)
    again = task.measure("mnist", 10_000)
    first = curves.points[2]
    assert again == {
        Metric("accuracy", synthetic_per_real=0): first.nothing[0],
        Metric("accuracy", method=OWN, synthetic_per_real=1): first.synthetic[OWN][1][0],
    }
    assert not list((task.UNFINISHED).rglob("*.json"))


def test_an_interrupted_making_goes_on(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = task.make("mnist", silent)
    trained, begun = task.trained, []

    def interrupted(*given, **options):
        begun.append(given[1:3])
        if len(begun) == 3:
            raise KeyboardInterrupt
        return trained(*given, **options)

    monkeypatch.setattr(task, "trained", interrupted)
    with pytest.raises(KeyboardInterrupt):
        task.make("mnist", silent)
    assert task.make("mnist", silent) == whole
    assert begun == [(2, 0), (2, 1), (3, 0), (3, 0)]
    begun.clear()
    monkeypatch.setattr(methods, "describe", lambda: "otherwise")  # what is left is no use
    (task.UNFINISHED / "mnist" / task.NAME / task.FILE).write_text(
        json.dumps({"method": "as it was", "found": {"2 0": {}, "2 1": {}, "3 0": {}}})
    )
    with pytest.raises(KeyboardInterrupt):
        task.make("mnist", silent)
    assert len(begun) == 3


def weights(dataset: str) -> list[torch.Tensor]:
    """Of every classifier of one draw, end to end."""
    nets = [net for _arm, net in task.trained(dataset, 2, 0)]
    assert len(nets) == 1 + len(METHODS) * len(MULTIPLES)
    return [torch.nn.utils.parameters_to_vector(net.parameters()) for net in nets]


def unmoved(world: World) -> bool:
    """Whether other test labels leave every net as it was."""
    before = weights("mnist")
    world.with_other_test_labels()
    return all(torch.equal(a, b) for a, b in zip(before, weights("mnist"), strict=True))


def test_no_test_label_reaches_what_is_fitted(world: World) -> None:
    assert unmoved(world)


@pytest.mark.parametrize("where", ["classifier", "learn"])
def test_a_planted_leak_is_found(world: World, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    """The test above would fail if a fitting function peeped at the test labels."""
    fit: Callable = getattr(methods, where)

    def leaking(*given, **options):
        place = next(i for i, each in enumerate(given) if getattr(each, "dtype", None) == np.int64)
        given = list(given)
        peeped = world.original("mnist", "test").labels
        given[place] = np.resize(peeped, len(given[place]))
        return fit(*given, **options)

    monkeypatch.setattr(methods, where, leaking)
    assert not unmoved(world)


def test_without_the_test_split_the_nets_are_trained_all_the_same(world: World) -> None:
    del world.splits["test"]
    assert weights("mnist")


def shipped(dataset: str, lacking) -> task.Curves:
    try:
        return task.curves(dataset)
    except checkpoint.CheckpointError as error:
        lacking(str(error))


@pytest.mark.parametrize("dataset", datasets.DATASETS)
def test_the_shipped_curves_are_whole(dataset: str, lacking) -> None:
    curves = shipped(dataset, lacking)
    assert studies.is_made(dataset, task.NAME)
    assert tuple(curves.points) == task.SIZES and curves.images == 10_000
    assert curves.shipped_labels == 60_000 - datasets.VALIDATION
    for size, p in curves.points.items():
        assert len(p.nothing) == task.DRAWS[size]
    means = [np.mean(p.nothing) for p in curves.points.values()]
    assert means == sorted(means)  # more real images are better
    size, draw, arms = task.AGAIN
    account = study.read(dataset, task.NAME)
    assert account.test is not None
    p = curves.points[size]
    values = [p.nothing[draw]] + [p.synthetic[kind][multiple][draw] for kind, multiple in arms]
    assert list(account.test.values.values()) == pytest.approx(values, abs=TOLERANCE)


def test_curves_that_are_damaged_are_named(checkpoints: Path) -> None:
    account = study.Study(
        name=task.NAME,
        dataset="mnist",
        method="none",
        origin={},
        seconds=0,
        device="none",
        files={},
    )
    study.write(account, {task.FILE: b'{"images": 3}'})
    with pytest.raises(checkpoint.CheckpointError, match="accuracy"):
        task.curves("mnist")
