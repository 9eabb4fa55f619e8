"""Augmentation: shifted, mirrored and blurred images are in range and complete."""

import pytest
import torch

from ae_models.images.corruptions import blurred
from ae_models.training.augmentation import augmented
from ae_models.training.phases import GradientPhase


def test_shifted_images_are_whole_images_moved(images) -> None:
    x = torch.zeros(200, 1, 28, 28)
    x[:, :, 8:20, 8:20] = images(200)[:, :, 8:20, 8:20]
    moved = augmented(x, GradientPhase(1, shift=2), torch.Generator().manual_seed(0))
    ways = {
        (down, right): torch.roll(x, (down, right), (2, 3))
        for down in range(-2, 3)
        for right in range(-2, 3)
    }
    found = [
        [way for way, each in ways.items() if torch.equal(each[i], moved[i])] for i in range(200)
    ]
    assert all(found)
    assert {way for each in found for way in each} == set(ways)


def test_what_is_shifted_out_comes_back_black() -> None:
    moved = augmented(
        torch.ones(50, 1, 28, 28), GradientPhase(1, shift=2), torch.Generator().manual_seed(0)
    )
    assert set(moved.unique().tolist()) == {0.0, 1.0}
    assert (moved[:, :, 2:26, 2:26] == 1).all()


def test_half_of_the_images_are_mirrored(images) -> None:
    x = images(400)
    turned = augmented(x, GradientPhase(1, flip=True), torch.Generator().manual_seed(0))
    mirrored = [torch.equal(turned[i], x[i].flip(2)) for i in range(400)]
    kept = [torch.equal(turned[i], x[i]) for i in range(400)]
    assert all(a or b for a, b in zip(mirrored, kept, strict=True))
    assert 150 < sum(mirrored) < 250


def test_half_of_the_batches_are_blurred_and_the_rest_left_as_they_are(images) -> None:
    x, generator = images(4), torch.Generator().manual_seed(0)
    seen = [augmented(x, GradientPhase(1, blur=1.5), generator) for _ in range(100)]
    sharp = sum(torch.allclose(each, x, atol=1e-5) for each in seen)
    assert 35 < sharp < 65
    assert all(each.min() >= 0 and each.max() <= 1 + 1e-5 for each in seen)


@pytest.mark.parametrize("sigma", [0.8, 1.0, 1.5])
def test_blur_is_a_gaussian_of_the_width_it_is_asked_for(sigma: float) -> None:
    point = torch.zeros(1, 1, 28, 28)
    point[0, 0, 14, 14] = 1
    spot = blurred(point, sigma)[0, 0]
    offset = torch.arange(28.0) - 14
    assert spot.sum().item() == pytest.approx(1, abs=1e-5)
    for axis in (0, 1):
        variance = (spot.sum(axis) * offset.square()).sum().item()
        assert variance == pytest.approx(sigma**2, rel=0.05)
    assert torch.equal(blurred(point, 0.0), point)


def test_a_seed_repeats_every_variation(images) -> None:
    phase = GradientPhase(1, shift=2, flip=True, blur=1.5)
    runs = []
    for elsewhere in (0, 1):
        torch.manual_seed(elsewhere)
        generator = torch.Generator().manual_seed(6)
        runs.append(torch.cat([augmented(images(8), phase, generator) for _ in range(5)]))
    assert torch.equal(*runs)
