"""The VAE's penalty against closed forms."""

import pytest
import torch
from torch.distributions import Normal, kl_divergence

from ae_models.variants.vae import Vae, VaeConfig, kl_from_unit_normal


def test_kl_of_a_unit_normal_is_0() -> None:
    assert kl_from_unit_normal(Normal(torch.zeros(3, 5), torch.ones(3, 5))).item() == 0


def test_kl_is_the_one_of_torch_distributions() -> None:
    q = Normal(torch.randn(6, 5), torch.rand(6, 5) + 0.1)
    expected = kl_divergence(q, Normal(0.0, 1.0)).sum(1).mean()
    assert kl_from_unit_normal(q).item() == pytest.approx(expected.item(), rel=1e-5)
    assert kl_from_unit_normal(Normal(torch.ones(1, 4), torch.ones(1, 4))).item() == 2


@pytest.mark.parametrize("beta", [0.0, 1.0, 4.0])
def test_beta_weighs_the_penalty_and_leaves_the_term_alone(beta: float, images) -> None:
    torch.manual_seed(0)
    model = Vae(VaeConfig(latent_dim=4, beta=beta)).eval()
    output = model(images(3))
    assert output.terms["kl"] > 0
    assert model.loss_terms(output, images(3))["kl"].item() == pytest.approx(
        beta * output.terms["kl"].item()
    )


def test_extreme_encoder_outputs_give_a_finite_penalty(images) -> None:
    model = Vae(VaeConfig(latent_dim=4))
    with torch.no_grad():
        model.encoder.after[-1].bias[4:] = torch.tensor([1e4, -1e4, 1e30, -1e30])
    assert model(images(2)).terms["kl"].isfinite()
