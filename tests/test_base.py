"""The interface: losses on closed forms, and one named error for what a model lacks."""

import math

import pytest
import torch
from pydantic import ValidationError
from torch.distributions import Normal

from ae_models import base


def test_reconstruction_errors_are_summed_over_pixels_and_averaged_over_images() -> None:
    logits, target = torch.zeros(4, 1, 28, 28), torch.ones(4, 1, 28, 28)  # x_hat is 1/2
    squared = base.reconstruction_error(logits, target, "squared error")
    assert squared.item() == pytest.approx(784 * 0.25)
    entropy = base.reconstruction_error(logits, target, "binary cross-entropy")
    assert entropy.item() == pytest.approx(784 * math.log(2), rel=1e-5)


def test_binary_cross_entropy_is_the_bernoulli_likelihood(images) -> None:
    logits, target = torch.randn(5, 1, 28, 28), images(5).round()
    likelihood = torch.distributions.Bernoulli(logits=logits).log_prob(target)
    expected = -likelihood.sum((1, 2, 3)).mean()
    found = base.reconstruction_error(logits, target, "binary cross-entropy")
    assert found.item() == pytest.approx(expected.item(), rel=1e-5)


def test_reparameterised_codes_follow_the_posterior_and_the_generator() -> None:
    q = Normal(torch.full((20_000, 2), 3.0), torch.tensor([0.5, 2.0]).expand(20_000, 2))
    z = base.reparameterise(q, torch.Generator().manual_seed(1))
    assert z.mean(0).tolist() == pytest.approx([3, 3], abs=0.05)
    assert z.std(0).tolist() == pytest.approx([0.5, 2], rel=0.03)
    assert torch.equal(z, base.reparameterise(q, torch.Generator().manual_seed(1)))


def test_what_a_model_lacks_is_one_named_error() -> None:
    x, labels = torch.zeros(1, 1, 28, 28), torch.zeros(1, dtype=torch.long)
    with pytest.raises(base.LacksAbility, match="Reconstructs does not reconstruct"):
        base.Reconstructs()(x)
    with pytest.raises(base.LacksAbility, match="no encoder"):
        base.Codes().encode(x)
    with pytest.raises(base.LacksAbility, match="no decoder"):
        base.Codes().decode(x)
    with pytest.raises(base.LacksAbility, match="does not sample"):
        base.Samples().sample(labels, torch.Generator())
    with pytest.raises(base.LacksAbility, match="Somebody needs a label"):
        base.one_hot(None, "Somebody")


@pytest.mark.parametrize(
    "wrong", [{"latent_dim": 0}, {"latent_dim": 10**9}, {"reconstruction": "mse"}, {"beta": 1}]
)
def test_a_configuration_is_checked_and_frozen(wrong) -> None:
    with pytest.raises(ValidationError):
        base.AutoencoderConfig(**wrong)
    with pytest.raises(ValidationError):
        base.AutoencoderConfig().latent_dim = 2
