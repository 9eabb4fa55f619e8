"""Corruptions other than noise: which pixels are changed, and how much."""

import pytest
import torch
from scipy import ndimage

from ae_models.images import corruptions
from ae_models.images.corruptions import CORRUPTIONS, SIDES
from ae_models.images.noise import NOISES

OTHERS = [kind for kind in CORRUPTIONS if kind not in NOISES]


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_every_noise_is_a_corruption_and_comes_first() -> None:
    assert list(CORRUPTIONS) == [*NOISES, *OTHERS] and len(OTHERS) == 3
    assert all(CORRUPTIONS[kind] is NOISES[kind] for kind in NOISES)


@pytest.mark.parametrize("kind", OTHERS)
def test_a_corruption_has_the_interface_of_a_noise(kind: str, images) -> None:
    x = images(40)
    before = x.clone()
    assert torch.equal(CORRUPTIONS[kind](x, 0.0, seeded()), x)
    answers = [CORRUPTIONS[kind](x, strength, seeded(3)) for strength in (0.5, 0.75, 1.0)]
    for strength, answer in zip((0.5, 0.75, 1.0), answers, strict=True):
        assert answer.shape == x.shape and answer.dtype == x.dtype
        assert answer.min() >= 0 and answer.max() <= 1
        torch.manual_seed(1)  # nothing is drawn from the global generator
        assert torch.equal(CORRUPTIONS[kind](x, strength, seeded(3)), answer)
    errors = [(answer - x).square().mean() for answer in answers]
    assert 0 < errors[0] < errors[1] < errors[2]
    assert torch.equal(x, before)


@pytest.mark.parametrize("side", SIDES)
def test_a_side_is_hidden_up_to_the_middle(side: str) -> None:
    hidden = corruptions.hide_side(side)
    assert hidden.shape == (1, 1, 28, 28) and hidden.sum() == 392
    row, column = {"top": (27, 5), "bottom": (0, 5), "left": (5, 27), "right": (5, 0)}[side]
    assert not hidden[0, 0, row, column] and hidden[0, 0, 27 - row, 27 - column]
    assert corruptions.hide_side(side, 0.25).sum() == 7 * 28
    assert corruptions.hide_side(side, 2).all() and not corruptions.hide_side(side, -1).any()


def test_half_hides_each_side_as_often_and_keeps_the_rest() -> None:
    x = torch.ones(400, 1, 28, 28)
    answer = corruptions.half(x, 0.5, seeded())
    for side in SIDES:
        hidden = corruptions.hide_side(side)
        alike = ((answer == 0) == hidden).flatten(1).all(1)
        assert 70 < alike.sum() < 130


@pytest.mark.parametrize(("strength", "side"), [(0.5, 14), (0.75, 7), (0.1, 25), (1.0, 1)])
def test_low_resolution_keeps_the_mean_of_every_area(strength, side, images) -> None:
    x = images(5)
    answer = corruptions.low_resolution(x, strength, seeded())
    small = corruptions.reduced(x, side)
    assert small.shape == (5, 1, side, side)
    assert torch.equal(answer, corruptions.enlarged(small))
    if 28 % side == 0:
        each = 28 // side
        areas = x.view(5, 1, side, each, side, each).mean((3, 5))
        assert torch.allclose(small, areas, atol=1e-6)
        assert torch.allclose(corruptions.reduced(answer, side), small, atol=1e-6)


@pytest.mark.parametrize("sigma", [0.7, 1.0, 2.0])
def test_blur_is_the_one_of_scipy_on_a_black_ground(sigma: float, images) -> None:
    x = images(3)
    expected = ndimage.gaussian_filter(
        x.numpy(), (0, 0, sigma, sigma), mode="constant", truncate=corruptions.REACH / sigma
    )
    assert torch.allclose(
        corruptions.blur(x, sigma, seeded()), torch.from_numpy(expected), atol=1e-5
    )
