"""Every noise: its interface, and its effect by strength."""

import pytest
import torch

from ae_models.images import noise
from ae_models.images.noise import NOISES

STRENGTHS = (0.1, 0.5, 1.0)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("kind", NOISES)
class TestEveryNoise:
    def test_strength_0_changes_nothing(self, kind, images) -> None:
        x = images(20)
        assert torch.equal(NOISES[kind](x, 0.0, seeded()), x)

    @pytest.mark.parametrize("strength", STRENGTHS)
    def test_keeps_range_shape_and_type_and_its_input(self, kind, strength, images) -> None:
        x = images(20)
        before = x.clone()
        noisy = NOISES[kind](x, strength, seeded())
        assert noisy.shape == x.shape and noisy.dtype == x.dtype
        assert noisy.min() >= 0 and noisy.max() <= 1
        assert not torch.equal(noisy, x)
        assert torch.equal(x, before)

    def test_a_seed_repeats_exactly_and_another_does_not(self, kind, images) -> None:
        x = images(20)
        first = NOISES[kind](x, 0.5, seeded(7))
        torch.manual_seed(1)  # nothing is drawn from the global generator
        assert torch.equal(NOISES[kind](x, 0.5, seeded(7)), first)
        assert not torch.equal(NOISES[kind](x, 0.5, seeded(8)), first)

    def test_stronger_is_further_from_the_image(self, kind, images) -> None:
        x = images(50)
        errors = [(NOISES[kind](x, s, seeded()) - x).square().mean() for s in (0, *STRENGTHS)]
        assert errors == sorted(errors) and len(set(errors)) == 4


HALF = torch.full((50, 1, 28, 28), 0.5)


def test_gaussian_has_the_standard_deviation_it_is_asked_for() -> None:
    added = noise.gaussian(HALF, 0.1, seeded()) - HALF
    assert added.std().item() == pytest.approx(0.1, rel=0.02)
    assert added.mean().item() == pytest.approx(0, abs=0.002)


def test_speckle_is_proportional_to_the_image() -> None:
    added = noise.speckle(HALF, 0.2, seeded()) - HALF
    assert added.std().item() == pytest.approx(0.5 * 0.2, rel=0.02)
    assert torch.equal(noise.speckle(0 * HALF, 0.9, seeded()), 0 * HALF)


@pytest.mark.parametrize("strength", STRENGTHS)
def test_salt_and_pepper_sets_the_fraction_half_to_each(strength: float) -> None:
    noisy = noise.salt_and_pepper(HALF, strength, seeded())
    for value in (0.0, 1.0):
        assert (noisy == value).float().mean().item() == pytest.approx(strength / 2, abs=0.01)


@pytest.mark.parametrize("strength", STRENGTHS)
def test_masking_clears_the_fraction(strength: float) -> None:
    noisy = noise.masking(HALF, strength, seeded())
    assert (noisy == 0).float().mean().item() == pytest.approx(strength, abs=0.01)


@pytest.mark.parametrize("strength", [0.01, 0.25, 0.5, 1.0])
def test_block_covers_one_square_of_the_area_wherever_it_falls(strength: float) -> None:
    covered = (noise.block(HALF, strength, seeded()) == 0).squeeze(1)  # (B, 28, 28)
    side = round(28 * strength**0.5)
    assert covered.any(2).sum(1).tolist() == covered.any(1).sum(1).tolist() == [side] * 50
    assert covered.sum((1, 2)).tolist() == [side * side] * 50
    if strength < 1:
        assert len({tuple(c.flatten().tolist()) for c in covered}) > 10


def test_the_block_reaches_every_edge() -> None:
    covered = noise.block(torch.ones(500, 1, 28, 28), 0.25, seeded()) == 0
    for edge in (covered[:, 0, 0], covered[:, 0, -1], covered[:, 0, :, 0], covered[:, 0, :, -1]):
        assert edge.any()
