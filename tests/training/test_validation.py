"""Validation: figures of the task, over all images, and reproducible."""

import pytest
import torch

from ae_models.images.corruptions import CORRUPTIONS
from ae_models.networks.backbones import BackboneConfig, Dense
from ae_models.networks.classifier import ReferenceClassifier, ReferenceClassifierConfig
from ae_models.training import validation
from ae_models.training.phases import Adversarial, Corruption, Fit, GradientPhase, TrainingSet
from ae_models.training.validation import validate
from ae_models.variants.gan import Gan, GanConfig
from ae_models.variants.plain import PlainAutoencoder
from ae_models.variants.stacked import Stacked, StackedConfig

CPU = torch.device("cpu")


@pytest.fixture
def data(images, monkeypatch) -> TrainingSet:
    """20 images to validate on, in batches of 8, 8 and 4."""
    monkeypatch.setattr(validation, "BATCH", 8)
    x, labels = images(84), torch.arange(84) % 10
    return TrainingSet(x[:64], labels[:64], x[64:], labels[64:])


@pytest.fixture
def plain() -> PlainAutoencoder:
    torch.manual_seed(0)
    return PlainAutoencoder(BackboneConfig(latent_dim=4, backbone=Dense(hidden=(16,))))


NOTHING = Fit("nothing", lambda model, data: None)


@pytest.mark.parametrize("phase", [GradientPhase(1), NOTHING], ids=["descent", "fit"])
def test_mse_is_of_every_image_alike(phase, plain, data: TrainingSet) -> None:
    x = data.validation_images
    expected = (plain(x).x_hat - x).square().mean().item()
    found = validate(plain.train(), phase, data, CPU)
    assert found == {"mse": pytest.approx(expected, rel=1e-5)} and not plain.training


def test_inputs_are_corrupted_at_the_middle_of_the_phases_range(
    plain, data: TrainingSet, monkeypatch
) -> None:
    noise = (Corruption("Gaussian", 0.2, 0.6), Corruption("masking", 0.3))
    clean, noisy = GradientPhase(1), GradientPhase(1, corruptions=noise)
    figures = [validate(plain, p, data, CPU)["mse"] for p in (clean, noisy, noisy)]
    assert figures[0] != figures[1] and figures[1] == figures[2]
    done: list[tuple[str, float]] = []
    for kind in CORRUPTIONS:
        monkeypatch.setitem(
            CORRUPTIONS, kind, lambda x, strength, _, kind=kind: done.append((kind, strength)) or x
        )
    validate(plain, noisy, data, CPU)
    assert done == [("Gaussian", 0.4), ("masking", 0.3), ("Gaussian", 0.4)]
    done.clear()
    validate(plain, noisy._replace(chunks=3), data, CPU)
    assert [kind for kind, _ in done] == ["Gaussian", "masking"] * 4


def test_a_classifier_has_its_accuracy(data: TrainingSet) -> None:
    torch.manual_seed(0)
    judge = ReferenceClassifier(ReferenceClassifierConfig(channels=(4, 6, 8), features=12))
    accuracy = validate(judge, GradientPhase(1, target="label"), data, CPU)["accuracy"]
    probabilities = judge(data.validation_images).argmax(1)
    assert accuracy == pytest.approx(
        (probabilities == data.validation_labels).float().mean().item()
    )


def test_a_part_has_its_own_terms(data: TrainingSet) -> None:
    torch.manual_seed(0)
    model = Stacked(StackedConfig(latent_dim=3, hidden=(8,)))
    found = validate(model, GradientPhase(1, part="layer 2"), data, CPU)
    x, labels = data.validation_images, data.validation_labels
    expected = model.part_terms("layer 2", x, labels, generator=torch.Generator())
    assert found == {"reconstruction": pytest.approx(expected["reconstruction"].item(), rel=1e-5)}


def test_a_model_that_does_not_reconstruct_has_its_own_terms(data: TrainingSet) -> None:
    torch.manual_seed(0)
    model = Gan(GanConfig(latent_dim=4, channels=4, hidden=8))
    found = validate(model, Adversarial(1), data, CPU)
    assert found.keys() == {"real", "generated"} and all(0 <= v <= 1 for v in found.values())
    torch.manual_seed(9)
    assert validate(model, Adversarial(1), data, CPU) == found


def test_validation_draws_nothing_from_the_training_generator(plain, data: TrainingSet) -> None:
    state = torch.get_rng_state()
    validate(plain, GradientPhase(1, corruptions=(Corruption("Gaussian", 0.5),)), data, CPU)
    assert torch.equal(torch.get_rng_state(), state)
