"""Requested attributes, measured on the samples."""

import pytest
import torch

from ae_models.images.attributes import measure
from ae_models.networks.backbones import Dense
from ae_models.tasks import attribute_conditioning
from ae_models.tasks.attribute_conditioning import error_of
from ae_models.variants.cvae_attributes import CvaeAttributes, CvaeAttributesConfig

LABELS = torch.arange(60) % 10


@pytest.fixture
def model(images) -> CvaeAttributes:
    torch.manual_seed(0)
    built = CvaeAttributes(CvaeAttributesConfig(latent_dim=4, backbone=Dense(hidden=(16,))))
    built.fit(images(60), LABELS)
    return built.eval().requires_grad_(False)


def test_samples_repeat_by_seed_and_are_those_of_the_model(model, images) -> None:
    asked = measure(model.config.attributes, images(60))
    first, again = (attribute_conditioning.sample(model, LABELS, asked, seed=3) for _ in range(2))
    assert torch.equal(first, again)
    assert not torch.equal(first, attribute_conditioning.sample(model, LABELS, asked, seed=4))
    expected = model.sample(LABELS, torch.Generator().manual_seed(3), attributes=asked)
    assert torch.allclose(first, expected, atol=1e-6)


def test_the_error_is_of_what_is_measured_on_the_samples(model, images, monkeypatch) -> None:
    """A sampler that returns the images whose attributes were requested has an error of 0."""
    x = images(60)
    monkeypatch.setattr(attribute_conditioning, "sample", lambda *_, **__: x)
    found = attribute_conditioning.figures(model, x, LABELS, seed=0)
    assert found[error_of("thickness")] == found[error_of("slant")] == 0
    asked = measure(model.config.attributes, x)
    neighbour = torch.cat([torch.arange(label, 60, 10).roll(1) for label in range(10)])
    order = torch.cat([torch.arange(label, 60, 10) for label in range(10)])
    expected = (asked[neighbour] - asked[order]).abs().mean(0)
    assert found[error_of("thickness", requested=False)] == pytest.approx(
        expected[0].item(), rel=1e-4
    )
    assert found[error_of("slant", requested=False)] == pytest.approx(expected[1].item(), rel=1e-4)


def test_a_constant_picture_is_wrong_by_its_distance(model, images, monkeypatch) -> None:
    x = images(60)
    monkeypatch.setattr(
        attribute_conditioning, "sample", lambda *_, **__: x[:1].expand(60, -1, -1, -1)
    )
    found = attribute_conditioning.figures(model, x, LABELS, seed=0)
    asked = measure(model.config.attributes, x)
    expected = (asked[:1] - asked).abs().mean(0)
    assert found[error_of("thickness")] == pytest.approx(expected[0].item(), rel=1e-4)
    assert found[error_of("thickness", requested=False)] == pytest.approx(
        expected[0].item(), rel=1e-4
    )
