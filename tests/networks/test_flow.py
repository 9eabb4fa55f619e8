"""The conditional flow: invertibility and density."""

import math

import pytest
import torch

from ae_models.networks.flow import Flow

LABELS = torch.eye(10)  # as one-hot


@pytest.fixture
def bent() -> Flow:
    """A flow with random weights; a fresh one is the identity."""
    torch.manual_seed(0)
    flow = Flow(6, 10)
    with torch.no_grad():
        for parameter in flow.parameters():
            parameter.normal_(std=0.1)
    return flow.eval()


def test_a_fresh_flow_is_the_identity() -> None:
    eps = torch.randn(10, 6)
    assert torch.equal(Flow(6, 10)(eps, LABELS), eps)


def test_it_is_undone_exactly_and_depends_on_the_label(bent: Flow) -> None:
    eps = torch.randn(10, 6)
    z = bent(eps, LABELS)
    assert not torch.allclose(z, eps, atol=0.05)
    assert torch.allclose(bent.inverse(z, LABELS)[0], eps, atol=1e-4)
    assert not torch.allclose(z, bent(eps, LABELS.flip(0)), atol=1e-2)


def test_the_log_determinant_is_that_of_the_jacobian(bent: Flow) -> None:
    z = torch.randn(1, 6)
    for label in LABELS[:3].split(1):
        jacobian = torch.autograd.functional.jacobian(
            lambda z, label=label: bent.inverse(z, label)[0], z
        )
        expected = torch.linalg.slogdet(jacobian.view(6, 6)).logabsdet
        found = bent.inverse(z, label)[1]
        assert found.item() == pytest.approx(expected.item(), abs=1e-4)


def test_the_likelihood_of_the_identity_is_the_normal_one() -> None:
    z = torch.randn(10, 6)
    normal = 0.5 * (z.square() + math.log(2 * math.pi)).sum(1).mean()
    assert Flow(6, 10).negative_log_likelihood(z, LABELS).item() == pytest.approx(normal.item())


def test_the_same_dimensions_act_whatever_the_global_seed() -> None:
    torch.manual_seed(1)
    first = Flow(6, 10)
    torch.manual_seed(2)
    for one, other in zip(first.couplings, Flow(6, 10).couplings, strict=True):
        assert torch.equal(one.mask, other.mask)
