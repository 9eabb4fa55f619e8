"""Inpainting: exact masks, and PCA against a slow reference."""

import numpy as np
import pytest
import torch

from ae_models import metrics
from ae_models.base import AutoencoderConfig, LacksAbility
from ae_models.tasks import inpainting
from ae_models.variants.mae import Mae, MaeConfig
from ae_models.variants.pca import Pca


@pytest.fixture
def pca(digits) -> Pca:
    model = Pca(AutoencoderConfig(latent_dim=12))
    model.fit(digits[0][:300])
    return model.eval()


def hidden_half(x: torch.Tensor, seed: int = 0) -> torch.Tensor:
    return inpainting.hide_patches(x, 0.5, torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("part", [0.0, 0.1, 0.5, 0.9, 1.0])
def test_exactly_so_many_whole_patches_are_hidden(part: float, images) -> None:
    hidden = inpainting.hide_patches(images(30), part, torch.Generator().manual_seed(1))
    assert hidden.shape == (30, 1, 28, 28) and hidden.dtype == torch.bool
    patches = hidden.view(30, 7, 4, 7, 4).transpose(2, 3).flatten(3)  # (30, 7, 7, 16)
    assert torch.equal(patches.any(3), patches.all(3))
    assert (patches.all(3).flatten(1).sum(1) == round(49 * part)).all()


def test_pixels_are_hidden_alone_and_as_often_as_asked(images) -> None:
    hidden = inpainting.hide_pixels(images(40), 0.3, torch.Generator().manual_seed(1))
    assert hidden.shape == (40, 1, 28, 28) and hidden.dtype == torch.bool
    assert hidden.float().mean() == pytest.approx(0.3, abs=0.01)
    beside = (hidden[..., 1:] & hidden[..., :-1]).float().mean()
    assert beside == pytest.approx(0.09, abs=0.01)


def test_a_block_has_its_place_and_size() -> None:
    hidden = inpainting.hide_block(2, (3, 10), (20, 28))
    assert hidden.shape == (2, 1, 28, 28) and torch.equal(hidden[0], hidden[1])
    assert hidden[0].sum() == 7 * 8 and hidden[0, 0, 20:, 3:10].all()
    assert not inpainting.hide_block(2, (5, 5), (0, 28)).any()
    assert inpainting.hide_block(2, (0, 28), (0, 28)).all()


def test_a_blind_model_gets_0_for_hidden_pixels_and_keeps_the_visible(pca: Pca, digits) -> None:
    x = digits[0][:3]
    hidden = hidden_half(x)
    filled = inpainting.blind_fill(pca, x, hidden)
    assert torch.equal(filled[~hidden], x[~hidden])
    drawn = pca(x.masked_fill(hidden, 0.0)).x_hat
    assert torch.equal(filled[hidden], drawn[hidden])
    other = inpainting.blind_fill(pca, torch.where(hidden, 1 - x, x), hidden)
    assert torch.equal(other, filled)  # it does not peek


def test_a_seed_hides_the_same_again(images) -> None:
    assert torch.equal(hidden_half(images(5)), hidden_half(images(5)))
    assert not torch.equal(hidden_half(images(5)), hidden_half(images(5), seed=1))


def test_pca_fills_in_as_plain_least_squares_do(pca: Pca, digits) -> None:
    x = digits[0][300:304]
    hidden = hidden_half(x)
    filled = inpainting.pca_fill(pca, x, hidden)
    mean, components = pca.mean.double().numpy(), pca.components.double().numpy()
    for image, where, found in zip(x, hidden, filled, strict=True):
        seen = ~where.flatten().numpy()
        flat = image.flatten().double().numpy()
        ridge = np.sqrt(inpainting.RIDGE) * np.eye(12)  # as rows of the design: the same minimum
        design = np.concatenate([components[:, seen].T, ridge])
        wanted = np.concatenate([(flat - mean)[seen], np.zeros(12)])
        z = np.linalg.lstsq(design, wanted, rcond=None)[0]
        expected = np.where(seen, flat, (mean + z @ components).clip(0, 1))
        assert np.allclose(found.flatten().numpy(), expected, atol=1e-5)


def test_pca_finds_back_what_lies_in_its_span(pca: Pca, digits, monkeypatch) -> None:
    monkeypatch.setattr(inpainting, "RIDGE", 1e-9)
    z = pca.encode(digits[0][:3])
    x = (pca.mean + z @ pca.components).view(-1, 1, 28, 28)  # not clipped
    hidden = hidden_half(x)
    found = inpainting.pca_fill(pca, x, hidden)
    assert torch.allclose(found[hidden], x[hidden].clamp(0, 1), atol=1e-3)


@pytest.mark.parametrize("method", ["pca", "biharmonic"])
def test_baselines_keep_visible_pixels_and_ignore_hidden_ones(
    method: str, pca: Pca, digits
) -> None:
    x = digits[0][:3]
    hidden = hidden_half(x)

    def fill(seen: torch.Tensor) -> torch.Tensor:
        if method == "pca":
            return inpainting.pca_fill(pca, seen, hidden)
        return inpainting.biharmonic(seen, hidden)

    filled = fill(x)
    assert filled.shape == x.shape and filled.min() >= 0 and filled.max() <= 1
    assert torch.allclose(filled[~hidden], x[~hidden], atol=1e-6)
    assert torch.allclose(fill(torch.where(hidden, 1 - x, x)), filled, atol=1e-6)
    plain = torch.where(hidden, torch.zeros(()), x)
    assert (filled - x).square().sum() < (plain - x).square().sum()


def test_the_biharmonic_surface_through_a_slope_is_the_slope() -> None:
    x = torch.linspace(0, 1, 28).expand(1, 1, 28, 28).contiguous()
    hidden = torch.zeros_like(x, dtype=torch.bool)
    hidden[..., 8:16, 8:16] = True
    assert torch.allclose(inpainting.biharmonic(x, hidden), x, atol=1e-3)


def test_psnr_counts_hidden_pixels_alone(images) -> None:
    x = images(4)
    hidden = hidden_half(x)
    x_hat = torch.where(hidden, x + 0.1, x + 0.7)
    assert inpainting.hidden_psnr(x_hat, x, hidden).tolist() == pytest.approx([20] * 4, abs=1e-3)
    everything = torch.ones_like(hidden)
    assert torch.allclose(inpainting.hidden_psnr(x_hat, x, everything), metrics.psnr(x_hat, x))
    assert inpainting.hidden_psnr(x, x, hidden).tolist() == [metrics.MAX_PSNR] * 4


def test_figures_are_the_means_over_each_methods_images(pca: Pca, digits) -> None:
    torch.manual_seed(0)
    model = Mae(MaeConfig(width=8, depth=1, decoder_depth=1, heads=1)).eval()
    x = digits[0][:20]
    found = inpainting.figures(model, pca, x, seed=3)
    hidden = hidden_half(x, seed=3)
    answers = {
        inpainting.HIDDEN: model.inpaint(x, hidden),
        inpainting.HIDDEN_BASELINE: inpainting.pca_fill(pca, x, hidden),
    }
    for metric, x_hat in answers.items():
        expected = inpainting.hidden_psnr(x_hat, x, hidden).mean().item()
        assert found[metric] == pytest.approx(expected, abs=1e-4)
    assert inpainting.figures(model, pca, x, seed=3) == found


def test_a_model_that_cannot_fill_in_says_so(pca: Pca, images) -> None:
    with pytest.raises(LacksAbility, match="Pca lacks the ability Inpaints"):
        inpainting.fill(pca, images(2), hidden_half(images(2)))
