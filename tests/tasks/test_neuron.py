"""A neuron's step and the gradients of two losses, against the formulas."""

import math

import pytest
import torch

from ae_models.tasks import neuron


def test_one_step_is_the_formula_written_out() -> None:
    w1, w2, b, x1, x2, target, rate = 0.5, -1.5, 0.1, 1.0, -0.5, 0.2, 0.3
    found = neuron.step((w1, w2, b), (x1, x2), target, "sigmoid", rate)
    total = w1 * x1 + w2 * x2 + b
    y = 1 / (1 + math.exp(-total))
    slope = 2 * (y - target) * y * (1 - y)
    assert found.before == pytest.approx((total, y, (y - target) ** 2))
    assert found.gradient == pytest.approx((slope * x1, slope * x2, slope))
    moved = (w1 - rate * slope * x1, w2 - rate * slope * x2, b - rate * slope)
    assert found.parameters == pytest.approx(moved)
    assert found.after.sum == pytest.approx(moved[0] * x1 + moved[1] * x2 + moved[2])


@pytest.mark.parametrize("activation", neuron.ACTIVATIONS)
def test_a_small_step_errs_less(activation: str) -> None:
    found = neuron.step((0.5, -1.5, 0.1), (1.0, -0.5), 0.2, activation, 0.01)
    assert found.after.error < found.before.error


def test_saturated_sigmoids_and_inactive_relus_hardly_change() -> None:
    far = neuron.step((-6.0, 0.0, 0.0), (1.0, 1.0), 1.0, "sigmoid", 1.0)
    assert far.before.error > 0.99 and abs(far.after.output - far.before.output) < 1e-3
    resting = neuron.step((-6.0, 0.0, 0.0), (1.0, 1.0), 1.0, "relu", 1.0)
    assert resting.gradient == (0.0, 0.0, 0.0)


@pytest.mark.parametrize("target", [0.0, 0.3, 1.0])
def test_the_gradients_of_both_losses_are_the_formulas(target: float) -> None:
    found = neuron.losses(target)
    y = found.predictions
    assert torch.allclose(found.squared_slope, 2 * (y - target) * y * (1 - y), atol=1e-5)
    assert torch.allclose(found.cross_slope, y - target, atol=1e-4)
    assert found.squared.argmin() == found.cross.argmin()
