"""The U-Net: restoration without a code."""

import pytest
import torch

from ae_models.base import Codes, Samples, log_error
from ae_models.variants.unet import FOLD, STEEPNESS, Residual, Unet, UnetConfig

SMALL = UnetConfig(channels=(8, 12), narrow=4, hidden=20)


@pytest.fixture
def model() -> Unet:
    torch.manual_seed(0)
    return Unet(SMALL).eval().requires_grad_(False)


def test_it_restores_and_claims_no_code(model: Unet, images) -> None:
    output = model(images(4))
    assert output.x_hat.shape == output.logits.shape == (4, 1, 28, 28)
    assert output.x_hat.min() >= 0 and output.x_hat.max() <= 1
    assert torch.allclose(output.logits.sigmoid(), output.x_hat, atol=1e-6)
    assert output.z.shape == (4, 0) and output.terms == {}
    assert not isinstance(model, Codes | Samples)


def test_logits_stay_float32_in_low_precision(model: Unet, images) -> None:
    with torch.autocast("cpu", torch.bfloat16):
        assert model(images(2)).logits.dtype == torch.float32


def test_a_seed_repeats_and_no_generator_is_asked(model: Unet, images) -> None:
    torch.manual_seed(0)
    twin = Unet(SMALL).eval()
    x = images(3)
    again = twin(x, generator=torch.Generator().manual_seed(4))
    assert torch.allclose(again.x_hat, model(x).x_hat, atol=1e-6)


def test_the_dense_layers_cover_the_image_and_skips_bypass_them(model: Unet, images) -> None:
    x = torch.rand(1, 1, 28, 28).requires_grad_()
    (seen,) = torch.autograd.grad(model(x).x_hat[0, 0, 0, 0], x)
    assert (seen != 0).float().mean() > 0.9
    for step in (model.up, model.overall):
        for parameter in step.parameters():
            parameter.zero_()  # nothing comes from below
    (near,) = torch.autograd.grad(model(x).x_hat[0, 0, 0, 0], x)
    assert 0 < (near != 0).sum() < 200 and not near[..., 14:].any()


@pytest.mark.parametrize(("trust", "expected"), [(50.0, "given"), (-50.0, "proposed")])
def test_a_pixel_is_the_input_with_its_predicted_weight(model, images, trust, expected) -> None:
    model.draw.weight.zero_()
    model.draw.bias.copy_(torch.tensor([trust, 1.0]).repeat_interleave(FOLD * FOLD))
    x = images(2)
    answers = {"given": x, "proposed": (1 + STEEPNESS * (x - 0.5)).sigmoid()}
    assert torch.allclose(model(x).x_hat, answers[expected], atol=1e-6)


def test_input_channels_mark_pixels_of_0_and_1(model: Unet) -> None:
    """A small step from 0 or 1 has a larger effect than one of the same size elsewhere."""
    x = torch.rand(1, 1, 28, 28).clamp(0.1, 0.9)
    for end, inside in ((0.0, 1e-4), (1.0, 1 - 1e-4)):
        at_end, near = x.clone(), x.clone()
        at_end[0, 0, 9, 9], near[0, 0, 9, 9] = end, inside
        changed = (model(at_end).x_hat - model(near).x_hat).abs().amax()
        nearer = near.clone()
        nearer[0, 0, 9, 9] += inside - end
        assert changed > 20 * (model(nearer).x_hat - model(near).x_hat).abs().amax()


def test_a_residual_block_starts_as_the_identity() -> None:
    x = torch.rand(2, 8, 7, 7)
    assert torch.equal(Residual(8)(x), x)


def test_its_loss_is_the_negative_mean_psnr_up_to_scale(model: Unet, images) -> None:
    x = images(5)
    output = model(images(5, seed=1))
    psnr = -10 * (output.x_hat - x).square().mean((1, 2, 3)).log10()
    found = log_error(output.x_hat, x, floor=0.0)
    assert found.item() == pytest.approx(-psnr.mean().item() * 0.2302585, rel=1e-4)
    assert model.loss_terms(output, x)["reconstruction"] > found
