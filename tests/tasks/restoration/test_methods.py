"""Restoration: one result per method, in order, against the clean images."""

import pytest
import torch

from ae_models import metrics
from ae_models.artifacts import checkpoint
from ae_models.base import LacksAbility, Reconstructs
from ae_models.images.corruptions import CORRUPTIONS
from ae_models.images.filters import FILTERS
from ae_models.tasks.restoration import methods
from ae_models.variants import VARIANTS

LABELS = torch.tensor([1, 2, 3])


RESTORING = [name for name, kind in VARIANTS.items() if issubclass(kind, Reconstructs)]


@pytest.fixture
def models() -> dict[str, torch.nn.Module]:
    torch.manual_seed(0)
    kinds = {name: VARIANTS[name] for name in RESTORING}
    return {
        name: kind(
            kind.Config(**({"latent_dim": 4} if "latent_dim" in kind.Config.model_fields else {}))
        ).eval()
        for name, kind in kinds.items()
    }


def test_models_come_first_and_filters_after_them(models, images) -> None:
    x = images(3)
    answers = methods.denoise(x, models, LABELS)
    assert list(answers) == [*RESTORING, *FILTERS]
    for answer in answers.values():
        assert answer.shape == x.shape and answer.dtype == torch.float32
        assert answer.min() >= 0 and answer.max() <= 1
    for name, model in models.items():
        assert torch.allclose(answers[name], model(x, LABELS).x_hat, atol=1e-6)


def test_a_label_is_asked_for_where_one_is_needed(models, images) -> None:
    with pytest.raises(LacksAbility):
        methods.denoise(images(3), models)
    without = {name: model for name, model in models.items() if not model.needs_label}
    assert set(methods.denoise(images(3), without)) == {*without, *FILTERS}


@pytest.mark.parametrize("noise", CORRUPTIONS)
def test_corruption_is_the_noise_with_a_seed(noise: str, images) -> None:
    x = images(3)
    expected = CORRUPTIONS[noise](x, 0.4, torch.Generator().manual_seed(9))
    assert torch.equal(methods.corrupt(x, noise, 0.4, 9), expected)


def test_quality_is_the_mean_over_images(images) -> None:
    x, x_hat = images(4), images(4, seed=1)
    found = methods.quality(x_hat, x)
    assert found.psnr == pytest.approx(metrics.psnr(x_hat, x).mean().item())
    assert found.ssim == pytest.approx(metrics.ssim(x_hat, x).mean().item())


def test_a_curve_has_a_point_for_every_strength_and_method(models, images) -> None:
    x, strengths = images(3), (0.0, 0.3, 0.9)
    curves = methods.psnr_curve(x, "Gaussian", strengths, 5, models, LABELS)
    assert list(curves) == ["noisy", *RESTORING, *FILTERS]
    assert all(len(curve) == 3 for curve in curves.values())
    assert curves["noisy"][0] == metrics.MAX_PSNR
    assert curves["noisy"] == sorted(curves["noisy"], reverse=True)
    noisy = methods.corrupt(x, "Gaussian", 0.3, 5)
    median = methods.denoise(noisy, {})["median"]
    assert curves["median"][1] == pytest.approx(methods.quality(median, x).psnr)


def test_blind_restoration_uses_the_images_alone(put, images) -> None:
    model = put(methods.BLIND, "unet")
    corrupted = methods.corrupt(images(5), "half", 0.5, 3)
    expected = model(corrupted).x_hat
    assert torch.allclose(methods.restore("mnist", corrupted), expected, atol=1e-6)
    alone = [methods.restore("mnist", each) for each in corrupted.split(1)]
    assert torch.allclose(torch.cat(alone), expected, atol=1e-6)
    with pytest.raises(checkpoint.CheckpointError, match="fashion/unet"):
        methods.restore("fashion", corrupted)
