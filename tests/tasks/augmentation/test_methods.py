"""Augmentation: balanced splits, affine images, a small CVAE, the classifier."""

import numpy as np
import pytest
import torch

from ae_models import datasets
from ae_models.tasks.augmentation import methods
from ae_models.variants.cvae import Cvae

LABELS = np.random.default_rng(1).integers(0, 10, 400)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(methods, "steps", lambda real: 40)
    monkeypatch.setattr(methods, "phases", lambda real: [(20, ""), (10, "prior")])


def small(digits: tuple[torch.Tensor, torch.Tensor], each: int) -> tuple[np.ndarray, np.ndarray]:
    x, y = digits
    chosen = methods.balanced_split(y.numpy(), each, 0)
    return datasets.to_pixels(x[chosen]), y.numpy()[chosen]


def test_a_split_is_balanced_and_a_larger_one_contains_it() -> None:
    few, more = methods.balanced_split(LABELS, 3, 0), methods.balanced_split(LABELS, 20, 0)
    assert np.bincount(LABELS[few]).tolist() == [3] * 10
    assert len(set(more.tolist())) == 200 and set(few.tolist()) < set(more.tolist())
    assert few.tolist() == methods.balanced_split(LABELS, 3, 0).tolist()
    assert few.tolist() != methods.balanced_split(LABELS, 3, 1).tolist()


def test_a_class_with_too_few_images_is_named() -> None:
    with pytest.raises(ValueError, match="class 4 has 0 images, not 1"):
        methods.balanced_split(LABELS[LABELS != 4], 1, 0)


def test_images_are_shifted_a_little_and_each_time_differently(images) -> None:
    pixels = datasets.to_pixels(images(6))
    moved = methods.affine(pixels, 3, seed=0)
    assert moved.dtype == np.uint8 and moved.shape == (18, 28, 28)
    assert np.array_equal(moved, methods.affine(pixels, 3, seed=0))
    assert not np.array_equal(moved[:6], moved[6:12])
    dot = np.zeros((1, 28, 28), np.uint8)
    dot[0, 13:15, 13:15] = 255  # in the middle, so that turning leaves it there
    grid = np.arange(28) - 13.5
    shifts = []
    for picture in methods.affine(dot, 200, seed=0):
        weight = picture / picture.sum()
        shifts.append([(weight.sum(1) * grid).sum(), (weight.sum(0) * grid).sum()])
    reach = np.abs(shifts).max(0)
    most = methods.SHIFT * (np.cos(0.18) + np.sin(0.18))  # turned after it was shifted
    assert (reach > 0.9 * methods.SHIFT).all() and (reach < most + 0.1).all()
    assert np.abs(np.mean(shifts, 0)).max() < 0.3


def test_images_are_turned_by_so_many_degrees_at_most(monkeypatch) -> None:
    monkeypatch.setattr(methods, "SHIFT", 0.0)
    line = np.zeros((1, 28, 28), np.uint8)
    line[0, 3:25, 13:15] = 255
    rows, columns = np.mgrid[:28, :28] - 13.5
    angles = []
    for picture in methods.affine(line, 100, seed=0) / 255:
        angles.append(
            np.rad2deg(np.arctan2((picture * rows * columns).sum(), (picture * rows**2).sum()))
        )
    assert 0.8 * methods.ROTATION < np.abs(angles).max() < methods.ROTATION + 1
    assert min(angles) < 0 < max(angles)


def test_a_cvae_trained_on_few_images_samples_their_classes(digits, monkeypatch) -> None:
    monkeypatch.setattr(methods, "phases", lambda real: [(300, ""), (60, "prior")])
    pixels, labels = small(digits, 10)
    run = methods.untrained(0, 10)
    parts = list(methods.learn(run, pixels, labels))
    assert parts == sorted(parts) and parts[-1] == 1
    assert isinstance(run.model, Cvae) and not run.model.training
    losses = [epoch.loss["reconstruction"] for epoch in run.history if not epoch.loss.get("prior")]
    assert losses[-1] < losses[0]
    made = methods.generated(run.model, np.tile(labels, 2), seed=3)
    assert made.shape == (200, 28, 28) and made.dtype == np.uint8
    assert np.array_equal(made, methods.generated(run.model, np.tile(labels, 2), seed=3))
    apart = {a: made[np.tile(labels, 2) == a].mean(0) for a in (0, 1)}
    real = {a: pixels[labels == a].mean(0) for a in (0, 1)}
    for a in (0, 1):
        assert np.abs(apart[a] - real[a]).mean() < np.abs(apart[a] - real[1 - a]).mean()


def test_parts_of_any_size_give_one_image_a_label(monkeypatch, quick) -> None:
    run = methods.untrained(0, 10)
    labels = np.arange(10).repeat(3)
    for part in (7, 30, 5_000):
        monkeypatch.setattr(methods, "PART", part)
        assert methods.generated(run.model.eval(), labels, 0).shape == (30, 28, 28)


def test_steps_grow_with_the_real_images_alone() -> None:
    assert [methods.steps(real) for real in (100, 1_000, 10_000)] == [400, 640, 1_024]


def test_every_set_gets_the_same_number_of_steps(monkeypatch) -> None:
    seen = []
    step = torch.optim.AdamW.step

    def counted(self, *given):  # type: ignore[no-untyped-def]
        seen.append(self.param_groups[0]["lr"])
        return step(self, *given)

    monkeypatch.setattr(torch.optim.AdamW, "step", counted)
    for count in (20, 700):
        seen.clear()
        methods.classifier(np.zeros((count, 28, 28), np.uint8), np.arange(count) % 10, 60, 0)
        assert len(seen) == 60
        assert max(seen) == pytest.approx(methods.RATE, rel=0.2) and seen[-1] < seen[30]


def test_batches_take_every_image_before_any_comes_twice() -> None:
    batches = list(methods._batches(150, 60, np.random.default_rng(0)))
    assert len(batches) == 60 and {len(batch) for batch in batches} == {methods.BATCH}
    order = np.concatenate(batches)
    for start in range(0, len(order) - 150, 150):
        assert sorted(order[start : start + 150].tolist()) == list(range(150))


def test_a_classifier_learns_and_repeats_itself(digits) -> None:
    pixels, labels = small(digits, 20)
    x, y = digits
    net = methods.classifier(pixels, labels, 150, seed=0)
    assert not net.training
    assert methods.accuracy(net, x, y) > 0.85
    again = methods.classifier(pixels, labels, 150, seed=0)
    assert all(torch.equal(a, b) for a, b in zip(net.parameters(), again.parameters(), strict=True))


def test_accuracy_is_a_share() -> None:
    class Says(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.nn.functional.one_hot(x.flatten(1).sum(1).long() % 10, 10).float()

    x = torch.zeros(4, 1, 28, 28)
    x[:, 0, 0, 0] = torch.tensor([1.0, 0, 1, 0])
    assert methods.accuracy(Says(), x, torch.tensor([1, 0, 0, 0])) == 0.75
