"""Interpolation: exact on flat and coarse images, better than nearest on smooth ones."""

import pytest
import torch

from ae_models import metrics
from ae_models.images import corruptions
from ae_models.images.resizing import ENLARGERS


@pytest.mark.parametrize("name", ENLARGERS)
@pytest.mark.parametrize("side", [7, 14])
def test_a_flat_picture_stays_flat(name: str, side: int) -> None:
    flat = torch.tensor([0.0, 0.3, 1.0]).view(3, 1, 1, 1).expand(3, 1, side, side)
    assert torch.allclose(ENLARGERS[name](flat), flat[:, :, :1, :1].expand(3, 1, 28, 28), atol=1e-6)


@pytest.mark.parametrize("name", ENLARGERS)
def test_the_result_is_a_picture_whatever_comes(name: str) -> None:
    sharp = (torch.rand((5, 1, 7, 7), generator=torch.Generator().manual_seed(0)) > 0.5).float()
    large = ENLARGERS[name](sharp)
    assert large.shape == (5, 1, 28, 28) and large.min() >= 0 and large.max() <= 1
    assert ENLARGERS[name](sharp[:0]).shape == (0, 1, 28, 28)


def test_nearest_repeats_pixels_as_the_input_of_the_net(images) -> None:
    small = corruptions.reduced(images(3), 14)
    large = ENLARGERS["nearest"](small)
    assert torch.equal(large, small.repeat_interleave(2, 2).repeat_interleave(2, 3))
    assert torch.equal(large, corruptions.enlarged(small))


def test_smooth_interpolation_beats_nearest_on_smooth_images(digits) -> None:
    x = digits[0][:50]
    small = corruptions.reduced(x, 14)
    found = {name: metrics.psnr(f(small), x).mean().item() for name, f in ENLARGERS.items()}
    assert found["bicubic"] > found["nearest"] + 1 and found["Lanczos"] > found["nearest"] + 1
