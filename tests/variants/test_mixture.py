"""The mixture on the codes of an autoencoder: its fit and its samples."""

import pytest
import torch

from ae_models.networks.backbones import Dense
from ae_models.variants.mixture import Mixture, MixtureConfig
from ae_models.variants.plain import PlainAutoencoder

CENTRES = torch.tensor([[4.0, 0.0], [-4.0, 1.0], [0.0, -6.0]])
SHAPES = torch.tensor([[[1.0, 0.0], [0.6, 0.5]], [[0.4, 0.0], [0.0, 1.2]], [[0.8, 0], [-0.5, 0.3]]])
SHARES = torch.tensor([0.5, 0.3, 0.2])


def codes(count: int, seed: int) -> torch.Tensor:
    """(count, 2) from a mixture of three normals that is known."""
    generator = torch.Generator().manual_seed(seed)
    which = torch.multinomial(SHARES, count, True, generator=generator)
    eps = torch.randn((count, 2, 1), generator=generator)
    return CENTRES[which] + (SHAPES[which] @ eps).squeeze(2)


@pytest.fixture
def fitted() -> Mixture:
    torch.manual_seed(0)
    config = MixtureConfig(latent_dim=2, components=3, backbone=Dense(hidden=(8,)))
    model = Mixture(config).eval()
    model.fit(codes(6_000, seed=1))
    return model


class Identity(Mixture):
    """Its pictures are its codes, so that draws can be looked at."""

    def decode(self, z, label=None):
        return z


def test_the_fit_finds_the_mixture(fitted: Mixture) -> None:
    order = torch.cdist(CENTRES, fitted.means).argmin(1)
    assert sorted(order.tolist()) == [0, 1, 2]
    assert torch.allclose(fitted.means[order], CENTRES, atol=0.15)
    assert torch.allclose(fitted.shares[order], SHARES, atol=0.03)
    covariances = fitted.spreads @ fitted.spreads.mT
    assert torch.allclose(covariances[order], SHAPES @ SHAPES.mT, atol=0.15)


def test_draws_have_the_moments_of_the_codes(fitted: Mixture) -> None:
    sampler = Identity(fitted.config)
    sampler.load_state_dict(fitted.state_dict())
    drawn = sampler.sample(torch.zeros(20_000), torch.Generator().manual_seed(2))
    seen = codes(20_000, seed=3)
    assert torch.allclose(drawn.mean(0), seen.mean(0), atol=0.15)
    assert torch.allclose(drawn.T.cov(), seen.T.cov(), atol=0.4)
    nearest = torch.cdist(drawn, CENTRES).argmin(1)
    for k in range(3):  # and each component has those of its own
        mine = drawn[nearest == k]
        assert len(mine) / len(drawn) == pytest.approx(SHARES[k].item(), abs=0.03)
        assert torch.allclose(mine.mean(0), CENTRES[k], atol=0.15)
        assert torch.allclose(mine.T.cov(), SHAPES[k] @ SHAPES[k].T, atol=0.2)


def test_at_temperature_0_all_are_the_middle_of_the_most_frequent(fitted: Mixture) -> None:
    sampler = Identity(fitted.config)
    sampler.load_state_dict(fitted.state_dict())
    drawn = sampler.sample(torch.zeros(50), torch.Generator().manual_seed(2), temperature=0.0)
    assert torch.allclose(drawn, fitted.means[fitted.shares.argmax()].expand(50, 2))


def test_a_fit_repeats_exactly_and_leaves_the_autoencoder_alone(fitted: Mixture, images) -> None:
    torch.manual_seed(0)
    plain = PlainAutoencoder(fitted.config).eval()
    other = Mixture(fitted.config).eval()
    other.load_state_dict(plain.state_dict(), strict=False)
    other.fit(codes(6_000, seed=1))
    for key in ("shares", "means", "spreads"):
        assert torch.equal(other.state_dict()[key], fitted.state_dict()[key])
    assert torch.equal(other(images(3)).x_hat, plain(images(3)).x_hat)
