"""Digits composited over garments: mask, contrast and position."""

import pytest
import torch

from ae_models.images.overlay import CONTRASTS, OPACITY, SHIFT, composite


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def squares(count: int) -> torch.Tensor:
    x = torch.zeros(count, 1, 28, 28)
    x[..., 9:19, 9:19] = 1
    return x


def test_a_seed_repeats_the_same_overlay(images) -> None:
    first, again = (composite(squares(6), images(6), seeded(3)) for _ in range(2))
    assert torch.equal(first.images, again.images) and torch.equal(first.ink, again.ink)
    assert not torch.equal(first.images, composite(squares(6), images(6), seeded(4)).images)


def test_ink_is_the_digit_moved_by_whole_pixels(images) -> None:
    overlay = composite(squares(60), images(60), seeded(0))
    assert overlay.images.min() >= 0 and overlay.images.max() <= 1
    assert (overlay.ink.flatten(1).sum(1) == 100).all()
    moved = overlay.ink.float().squeeze(1)
    tops = moved.amax(2).argmax(1)
    assert tops.min() == 9 - SHIFT and tops.max() == 9 + SHIFT


@pytest.mark.parametrize("contrast", [0.15, 0.4])
def test_ink_stands_out_by_the_contrast_times_the_opacity(contrast: float) -> None:
    flat = torch.full((200, 1, 28, 28), 0.5)
    overlay = composite(squares(200), flat, seeded(1), contrast)
    inked = (overlay.images * overlay.ink).flatten(1).sum(1) / 100
    cloth = (overlay.images * ~overlay.ink).flatten(1).amax(1)
    apart = (inked - cloth).abs()
    assert apart.min() >= OPACITY[0] * contrast - 0.01 and apart.max() <= contrast + 0.01
    assert 0.3 < (inked > cloth).float().mean() < 0.7  # both light and dark ink


def test_drawn_contrasts_span_their_range() -> None:
    overlay = composite(squares(400), torch.full((400, 1, 28, 28), 0.5), seeded(2))
    inked = (overlay.images * overlay.ink).flatten(1).sum(1) / 100
    apart = (inked - (overlay.images * ~overlay.ink).flatten(1).amax(1)).abs()
    assert apart.min() < 0.15 and 0.5 < apart.max() <= CONTRASTS[1] + 0.01


def test_without_a_digit_there_is_no_ink_and_no_nan(images) -> None:
    overlay = composite(torch.zeros(3, 1, 28, 28), images(3), seeded(0))
    assert not overlay.ink.any() and overlay.images.isfinite().all()
    black = torch.zeros(3, 1, 28, 28)
    assert composite(black, black, seeded(0)).images.isfinite().all()
