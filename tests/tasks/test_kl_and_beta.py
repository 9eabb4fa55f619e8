"""KL by dimension, active dimensions and the two parts of the loss, against plain references."""

import numpy as np
import pytest
import torch
from torch.distributions import Normal, kl_divergence

from ae_models.tasks import kl_and_beta
from ae_models.variants.vae import ACTIVE_VARIANCE, Vae, VaeConfig


@pytest.fixture
def model() -> Vae:
    """Random weights; dimension 2 is the same for every image."""
    torch.manual_seed(0)
    vae = Vae(VaeConfig(latent_dim=4, reconstruction="binary cross-entropy")).eval()
    last = vae.encoder.after[-1]
    with torch.no_grad():
        last.weight[:4] *= 20
        last.weight[2] = 0
    return vae.requires_grad_(False)


def test_kl_by_dimension_is_that_of_torch(model, images) -> None:
    x = images(7)
    q = model.posterior(x)
    slow = np.zeros(4)
    for i in range(7):
        for d in range(4):
            one = Normal(q.mean[i, d].double(), q.stddev[i, d].double())
            slow[d] += kl_divergence(one, Normal(0.0, 1.0)).item() / 7
    loss = kl_and_beta.loss_breakdown(model, x, seed=0)
    assert np.allclose(loss.by_dimension, slow, rtol=1e-4)
    assert loss.kl == pytest.approx(slow.sum(), rel=1e-4)
    assert loss.kl == pytest.approx(model.penalties(x, q.mean, q)["kl"].item(), rel=1e-5)
    assert loss.order.tolist() == sorted(range(4), key=lambda d: -slow[d])
    assert not (loss.by_dimension.flags.writeable or loss.variance.flags.writeable)


def test_a_dimension_without_variance_is_not_active(model, images) -> None:
    x = images(50)
    loss = kl_and_beta.loss_breakdown(model, x, seed=0)
    mean = model.encode(x).numpy()
    variance = ((mean - mean.mean(0)) ** 2).sum(0) / 49
    assert np.allclose(loss.variance, variance, rtol=1e-4, atol=1e-9)
    expected = [True, True, False, True]
    assert loss.active.tolist() == [v > ACTIVE_VARIANCE for v in variance] == expected


@pytest.mark.parametrize("reconstruction", ["binary cross-entropy", "squared error"])
def test_reconstruction_is_measured_on_a_sampled_code(reconstruction: str, images) -> None:
    torch.manual_seed(0)
    model = Vae(VaeConfig(latent_dim=3, reconstruction=reconstruction)).eval().requires_grad_(False)
    x = images(6)
    q = model.posterior(x)
    eps = torch.randn((6, 3), generator=torch.Generator().manual_seed(5))
    x_hat = model.decode(q.mean + q.stddev * eps).double()
    if reconstruction == "squared error":
        each = (x_hat - x) ** 2
    else:
        each = -(x * x_hat.log() + (1 - x) * (1 - x_hat).log())
    loss = kl_and_beta.loss_breakdown(model, x, seed=5)
    assert loss.reconstruction == pytest.approx(each.sum().item() / 6, rel=1e-4)
    assert kl_and_beta.loss_breakdown(model, x, seed=5).reconstruction == loss.reconstruction
    assert kl_and_beta.loss_breakdown(model, x, seed=6).reconstruction != loss.reconstruction


def test_traversal_changes_one_dimension_only() -> None:
    start = torch.tensor([0.5, -1.0, 2.0])
    codes = kl_and_beta.traversal(start, 1, 7)
    assert codes[:, 1].tolist() == [-3, -2, -1, 0, 1, 2, 3]
    assert (codes[:, [0, 2]] == start[[0, 2]]).all()
    assert start.tolist() == [0.5, -1.0, 2.0]


def test_prior_samples_depend_on_seed_and_temperature_only(model) -> None:
    eps = torch.randn((5, 4), generator=torch.Generator().manual_seed(3))
    images = kl_and_beta.prior_samples(model, 5, seed=3, temperature=0.7)
    assert torch.allclose(images, model.decode(0.7 * eps), atol=1e-6)


def test_posterior_of_one_image(model, images) -> None:
    x = images(1)
    found = kl_and_beta.image_posterior(model, x, samples=3, seed=5, shown=2)
    q = model.posterior(x)
    slow = kl_divergence(Normal(q.mean[0].double(), q.stddev[0].double()), Normal(0.0, 1.0))
    assert np.allclose(found.kl, slow.numpy(), rtol=1e-4)
    assert found.order == slow.argsort(descending=True)[:2].tolist()
    assert np.allclose(found.code, found.mean + found.deviation * found.noise)
    assert torch.allclose(found.decoded_samples[:1], model.decode(torch.tensor(found.code)[None]))
    assert (
        torch.allclose(found.decoded_mean, model.decode(q.mean)) and len(found.decoded_samples) == 3
    )
    again = kl_and_beta.image_posterior(model, x, samples=3, seed=6)
    assert not np.array_equal(again.noise, found.noise)
