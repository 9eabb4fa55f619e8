"""The autoregressive prior: causality, likelihood, and sampling."""

import math

import pytest
import torch

from ae_models.networks.autoregressive_prior import CausalPrior

PLACES, KINDS = 9, 5
LABEL = torch.tensor([0, 3, 3, 9])


@pytest.fixture
def prior() -> CausalPrior:
    """Random weights, none of them 0."""
    torch.manual_seed(0)
    built = CausalPrior(PLACES, KINDS, 10, width=8, blocks=2, heads=2)
    with torch.no_grad():
        for parameter in built.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.3)
    return built.eval().requires_grad_(False)


def some_indices(count: int) -> torch.Tensor:
    return torch.randint(0, KINDS, (count, PLACES), generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("place", range(PLACES))
def test_an_index_changes_logits_after_it_alone(place: int, prior: CausalPrior) -> None:
    indices = some_indices(4)
    other = indices.clone()
    other[:, place] = (other[:, place] + 1) % KINDS
    moved = (prior(indices, LABEL) != prior(other, LABEL)).any(dim=2).any(dim=0)
    assert not moved[: place + 1].any()
    assert moved[place + 1 :].all()


def test_the_label_changes_every_place(prior: CausalPrior) -> None:
    indices = some_indices(1).expand(4, -1)
    logits = prior(indices, LABEL)
    assert (logits[0] != logits[1]).any(dim=1).all()
    assert torch.allclose(logits[1], logits[2], atol=1e-6)


def test_the_likelihood_is_the_sum_over_places(prior: CausalPrior) -> None:
    indices = some_indices(4)
    odds = prior(indices, LABEL).log_softmax(2)
    by_hand = -sum(odds[n, t, indices[n, t]].item() for n in range(4) for t in range(PLACES)) / 4
    found = prior.negative_log_likelihood(indices, LABEL).item()
    assert found == pytest.approx(by_hand, rel=1e-5)


def test_probabilities_of_all_grids_sum_to_1() -> None:
    torch.manual_seed(2)
    small = CausalPrior(3, 4, 10, width=8, blocks=2, heads=2).eval()
    grids = torch.cartesian_prod(*[torch.arange(4)] * 3)  # all 64
    label = torch.full((64,), 7)
    odds = small(grids, label).log_softmax(2).gather(2, grids[:, :, None]).sum((1, 2))
    assert odds.exp().sum().item() == pytest.approx(1, rel=1e-5)


def test_at_temperature_0_every_place_is_the_most_likely_one(prior: CausalPrior) -> None:
    drawn = prior.draw(LABEL, torch.Generator().manual_seed(0), 0.0)
    assert torch.equal(prior(drawn, LABEL).argmax(2), drawn)
    assert torch.equal(prior.draw(LABEL, torch.Generator().manual_seed(8), 0.0), drawn)
    assert torch.equal(drawn[1], drawn[2])


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_draws_are_as_frequent_as_they_are_likely(temperature: float, prior) -> None:
    label = torch.full((40_000,), 3)
    drawn = prior.draw(label, torch.Generator().manual_seed(4), temperature)
    first = drawn[:, 0].bincount(minlength=KINDS) / len(drawn)
    expected = (prior(drawn[:1], label[:1])[0, 0] / temperature).softmax(0)
    assert torch.allclose(first, expected, atol=0.01)
    begin = drawn[0, :2]  # then the third place, among those that begin alike
    alike = drawn[(drawn[:, :2] == begin).all(1)]
    third = alike[:, 2].bincount(minlength=KINDS) / len(alike)
    expected = (prior(alike[:1], label[:1])[0, 2] / temperature).softmax(0)
    assert torch.allclose(third, expected, atol=4 / math.sqrt(len(alike)))


def test_a_seed_repeats_and_the_first_draws_are_the_same_for_every_count(prior) -> None:
    def draw(count: int, seed: int) -> torch.Tensor:
        label = torch.full((count,), 3)
        return prior.draw(label, torch.Generator().manual_seed(seed), 1.0)

    assert torch.equal(draw(8, 1), draw(8, 1)) and not torch.equal(draw(8, 1), draw(8, 2))
    assert torch.equal(draw(8, 1)[:3], draw(3, 1))
