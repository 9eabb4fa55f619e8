"""The conditional VAE: what the label does, and styles."""

import pytest
import torch

from ae_models.variants.cvae import Cvae
from ae_models.variants.vae import VaeConfig

LABELS = torch.arange(10)


@pytest.fixture
def model() -> Cvae:
    """Random weights, the prior included."""
    torch.manual_seed(0)
    built = Cvae(VaeConfig(latent_dim=6))
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


def test_training_the_prior_leaves_the_rest_alone(images) -> None:
    model = Cvae(VaeConfig(latent_dim=6))
    sum(model.prior_terms(images(10), LABELS).values()).backward()
    reached = {name.split(".")[0] for name, p in model.named_parameters() if p.grad is not None}
    assert reached == {"prior"}
