"""Figures of the evaluation, and their reproducibility."""

import numpy as np
import pytest
import torch

from ae_models import datasets
from ae_models.base import Inpaints, Reconstructs, Samples
from ae_models.metric_key import Metric
from ae_models.networks.classifier import ReferenceClassifier, ReferenceClassifierConfig
from ae_models.pipeline import evaluation
from ae_models.tasks import generation, inpainting
from ae_models.variants import VARIANTS

MSE, PSNR = Metric("mse"), Metric("psnr")


@pytest.fixture(autouse=True)
def test_images(digits, monkeypatch) -> tuple[torch.Tensor, torch.Tensor]:
    """Sixty digits in the place of the test split."""
    x, labels = (part[:60] for part in digits)
    images = datasets.Images(datasets.to_pixels(x), labels.numpy(), decoded=False)
    monkeypatch.setattr(datasets, "original", lambda dataset, split: images)
    return datasets.to_tensor(images.pixels), labels


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_ability_has_its_figures_and_a_seed_repeats_them(variant: str, put) -> None:
    put("judge", "judge")
    put("pca-64", "pca")
    model = put("some", variant)
    found = evaluation.measure("mnist", "some", model, images=40, seed=3)
    assert (found.images, found.seed) == (40, 3)
    kind = VARIANTS[variant]
    expected = set()
    if issubclass(kind, Reconstructs):
        expected |= {MSE, PSNR, Metric("ssim"), Metric("mse", condition="random_pixels")}
        expected |= {
            Metric("psnr", corruption=noise, strength=s) for noise, s in evaluation.STANDARD_NOISE
        }
    if issubclass(kind, Inpaints):
        expected |= {inpainting.HIDDEN, inpainting.HIDDEN_BASELINE}
    if issubclass(kind, Samples):
        expected |= {Metric("frechet"), generation.FLOOR, Metric("diversity")}
        assert (Metric("agreement") in found.values) == kind.samples_by_label
    assert expected and expected <= found.values.keys()
    assert all(np.isfinite(value) for value in found.values.values())
    assert evaluation.measure("mnist", "some", model, images=40, seed=3) == found


def test_no_more_images_are_claimed_than_there_are(put) -> None:
    assert evaluation.measure("mnist", "some", put("some"), images=10_000).images == 60


def test_figures_of_a_constant_are_computed_by_hand(put, test_images) -> None:
    x, _ = test_images
    model = put("some")
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()  # every pixel is 1/2
    found = evaluation.measure("mnist", "some", model, images=60).values
    errors = (x - 0.5).square().mean((1, 2, 3))
    assert found[MSE] == pytest.approx(errors.mean().item(), rel=1e-4)
    assert found[PSNR] == pytest.approx((-10 * errors.log10()).mean().item(), rel=1e-4)
    assert found[Metric("psnr", corruption="Gaussian", strength=0.5)] == pytest.approx(
        found[PSNR], rel=1e-4
    )


def test_the_reference_classifier_is_measured_by_its_accuracy(test_images) -> None:
    x, labels = test_images
    torch.manual_seed(0)
    judge = ReferenceClassifier(ReferenceClassifierConfig(channels=(4, 6, 8), features=12)).eval()
    found = evaluation.measure("mnist", "judge", judge, images=60).values
    accuracy = (judge(x).argmax(1) == labels).float().mean().item()
    assert found == {Metric("accuracy"): pytest.approx(accuracy, rel=1e-4)}


def test_the_card_gets_the_figures(put) -> None:
    put("some")
    card = evaluation.evaluate("mnist", "some")
    assert card.test is not None and card.check is not None
    from ae_models.artifacts.card import read_card

    assert read_card("mnist", "some") == card
