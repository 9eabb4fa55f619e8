"""The conditional VAE: the effect of the label, and styles."""

import pytest
import torch
import torch.nn.functional as F

from ae_models.artifacts import checkpoint
from ae_models.variants.cvae import Cvae, CvaeConfig

LABELS = torch.arange(10)


@pytest.fixture
def model() -> Cvae:
    """Random weights, the prior included."""
    torch.manual_seed(0)
    built = Cvae(CvaeConfig(latent_dim=6))
    with torch.no_grad():
        for parameter in built.prior.parameters():
            parameter.normal_(std=0.1)
    return built.eval().requires_grad_(False)


def test_the_label_changes_code_and_picture(model: Cvae, images) -> None:
    x = images(1).expand(10, 1, 28, 28)
    assert len(model.encode(x, LABELS).unique(dim=0)) == 10
    assert len(model.decode(torch.zeros(10, 6), LABELS).unique(dim=0)) == 10


def test_style_and_code_are_inverses(model: Cvae) -> None:
    style = torch.randn(10, 6)
    z = model.from_style(style, LABELS)
    assert not torch.allclose(z, style, atol=0.05)
    assert torch.allclose(model.to_style(z, LABELS), style, atol=1e-4)


def test_samples_are_decoded_styles(model: Cvae) -> None:
    style = torch.randn((10, 6), generator=torch.Generator().manual_seed(3))
    expected = model.decode(model.from_style(style, LABELS), LABELS)
    assert torch.equal(model.sample(LABELS, torch.Generator().manual_seed(3)), expected)


def reached(model: Cvae) -> set[str]:
    """The parts of a model that a gradient has come to."""
    return {name.split(".")[0] for name, p in model.named_parameters() if p.grad is not None}


@pytest.mark.parametrize("part", ["prior", "auxiliary classifier"])
def test_training_a_part_leaves_the_rest_alone(part: str, images) -> None:
    model = Cvae(CvaeConfig(latent_dim=6, class_weight=1))
    generator = torch.Generator().manual_seed(0)
    terms = model.part_terms(part, images(10), LABELS, generator=generator)
    sum(terms.values()).backward()
    assert reached(model) == {part.replace("auxiliary", "aux").replace(" ", "_")}


def test_the_auxiliary_classifier_is_not_trained_on_reconstructions(images) -> None:
    torch.manual_seed(0)
    model = Cvae(CvaeConfig(latent_dim=6, class_weight=7)).eval()
    x = images(10)
    output = model(x, LABELS)
    terms = model.loss_terms(output, x)
    expected = F.cross_entropy(model.aux_classifier(output.x_hat), LABELS)
    assert terms["class"].item() == pytest.approx(7 * expected.item(), rel=1e-5)
    terms["class"].backward()
    assert reached(model) == {"encoder", "decoder"}


def test_without_a_class_weight_there_is_no_auxiliary_classifier_and_no_term(images) -> None:
    model = Cvae(CvaeConfig(latent_dim=6))
    assert not hasattr(model, "aux_classifier")
    assert list(model(images(10), LABELS).terms) == ["kl"]


def test_the_auxiliary_classifier_does_not_ship_and_samples_stay_the_same(images) -> None:
    model = Cvae(CvaeConfig(latent_dim=6, class_weight=1)).eval()
    before = model(images(10), LABELS).x_hat
    shipped = checkpoint.as_shipped(model)
    assert not any(key.startswith("aux_classifier") for key in shipped.state_dict())
    assert torch.equal(shipped(images(10), LABELS).x_hat, before)
