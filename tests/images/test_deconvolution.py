"""Deconvolution: it sharpens for a known PSF, and handles blank images."""

import pytest
import torch

from ae_models import metrics
from ae_models.images import corruptions
from ae_models.images.deconvolution import NEEDS_PSF, SHARPENERS, point_spread_function


@pytest.mark.parametrize("name", SHARPENERS)
def test_a_blur_is_undone_in_part(name: str, digits) -> None:
    x = digits[0][:20]
    blurred = corruptions.blurred(x, 1.0)
    answer = SHARPENERS[name](blurred, 1.0)
    assert answer.shape == x.shape and answer.min() >= 0 and answer.max() <= 1
    gain = metrics.psnr(answer, x).mean() - metrics.psnr(blurred, x).mean()
    assert gain > 2


@pytest.mark.parametrize("name", SHARPENERS)
def test_blank_pictures_and_none_stay_as_they_are(name: str) -> None:
    black = torch.zeros(2, 1, 28, 28)
    assert torch.allclose(SHARPENERS[name](black, 1.5), black, atol=1e-4)
    assert SHARPENERS[name](1 - black, 1.5).isfinite().all()
    assert SHARPENERS[name](black[:0], 1.5).shape == (0, 1, 28, 28)


@pytest.mark.parametrize("name", SHARPENERS)
def test_every_picture_is_treated_alone(name: str, digits) -> None:
    blurred = corruptions.blurred(digits[0][:4], 2.0)
    together = SHARPENERS[name](blurred, 2.0)
    for number in range(4):
        alone = SHARPENERS[name](blurred[number : number + 1], 2.0)
        assert torch.allclose(alone, together[number : number + 1], atol=1e-6)


@pytest.mark.parametrize("name", SHARPENERS)
def test_methods_with_the_psf_depend_on_it(name: str, digits) -> None:
    blurred = corruptions.blurred(digits[0][:5], 2.0)
    same = torch.equal(SHARPENERS[name](blurred, 2.0), SHARPENERS[name](blurred, 0.5))
    assert same == (name not in NEEDS_PSF)


def test_the_point_spread_function_is_that_of_the_blur() -> None:
    point = torch.zeros(1, 1, 28, 28)
    point[..., 14, 14] = 1
    seen = corruptions.blurred(point, 1.7)[0, 0, 8:21, 8:21].double()
    assert torch.allclose(seen, torch.from_numpy(point_spread_function(1.7)), atol=1e-6)
    assert point_spread_function(1.7).sum() == pytest.approx(1)
