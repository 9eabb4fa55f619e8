"""Optimisers by name, and learning-rate schedules."""

import pytest
import torch
from torch import nn

from ae_models.training.optimizers import OPTIMIZERS, SCHEDULES, cosine, one_cycle, step
from ae_models.training.phases import GradientPhase


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimiser_minimises_a_quadratic(name: str) -> None:
    weight = nn.Parameter(torch.tensor([3.0, -2.0]))
    optimizer = OPTIMIZERS[name]([weight], 0.05, 0.0, (0.9, 0.999))
    for _ in range(300):
        optimizer.zero_grad()
        weight.square().sum().backward()
        optimizer.step()
    assert weight.abs().max().item() < 0.1


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_weight_decay_makes_weights_smaller_without_a_gradient(name: str) -> None:
    weight = nn.Parameter(torch.tensor([3.0, -2.0]))
    before = weight.abs().clone()
    optimizer = OPTIMIZERS[name]([weight], 0.01, 0.5, (0.9, 0.999))
    weight.grad = torch.zeros(2)
    optimizer.step()
    assert (weight.abs() < before).all()


def test_momentum_goes_further_than_plain_descent() -> None:
    went = {}
    for name in ("SGD", "momentum"):
        weight = nn.Parameter(torch.zeros(1))
        optimizer = OPTIMIZERS[name]([weight], 0.1, 0.0, (0.9, 0.999))
        for _ in range(3):
            weight.grad = torch.ones(1)
            optimizer.step()
        went[name] = -weight.item()
    assert went["SGD"] == pytest.approx(0.3)
    assert went["momentum"] == pytest.approx(0.1 * (1 + 1.9 + 2.71))


def test_one_cycle_rises_for_a_tenth_and_falls_to_almost_nothing() -> None:
    rates = [one_cycle(at / 1000) for at in range(1001)]
    assert rates[100] == pytest.approx(1) and max(rates) == rates[100]
    assert rates[:101] == sorted(rates[:101]) and rates[0] == pytest.approx(0.1)
    assert rates[100:] == sorted(rates[100:], reverse=True) and 0 < rates[-1] < 0.01


def test_the_other_schedules_never_rise_and_stay_above_nothing() -> None:
    for name in ("constant", "step", "cosine"):
        rates = [SCHEDULES[name](at / 100) for at in range(101)]
        assert rates == sorted(rates, reverse=True) and rates[0] == 1 and rates[-1] > 0
    assert {step(at / 100) for at in range(100)} == {1.0, 0.1, 0.01}
    assert cosine(0.5) == pytest.approx(0.5)


def test_a_phase_says_what_is_not_the_usual() -> None:
    assert (
        GradientPhase(3).describe().startswith("3 epochs of Adam towards the image, learning rate")
    )
    assert "learning rate 0.001, batch 128" in GradientPhase(3).describe()
    other = GradientPhase(3, optimizer="SGD", schedule="step").describe()
    assert "epochs of SGD" in other and "learning rate 0.001 (step)" in other
