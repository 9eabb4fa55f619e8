"""One neuron and one step of gradient descent, with all intermediate values.

Rumelhart, Hinton & Williams 1986, "Learning representations by back-propagating errors".
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from ae_models.i18n import N_

ACTIVATIONS = {
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": torch.relu,
}
TITLES = {"sigmoid": N_("sigmoid"), "tanh": N_("tanh"), "relu": N_("ReLU")}


class State(NamedTuple):
    """Weighted sum, output and error of a neuron on one example."""

    sum: float  # w · x + b
    output: float
    error: float  # squared


class Step(NamedTuple):
    """A neuron before and after one step against its gradient."""

    before: State
    gradient: tuple[float, ...]  # of the error, by weight; the bias last
    parameters: tuple[float, ...]  # after the step
    after: State


def step(
    parameters: tuple[float, ...],
    inputs: tuple[float, ...],
    target: float,
    activation: str,
    rate: float,
) -> Step:
    """One step on one example; `parameters` are a weight for each input and the bias."""
    before = torch.tensor(parameters, dtype=torch.float64, requires_grad=True)
    state, error = _state(before, inputs, target, activation)
    (gradient,) = torch.autograd.grad(error, before)
    moved = before.detach() - rate * gradient
    after, _ = _state(moved, inputs, target, activation)
    return Step(state, tuple(gradient.tolist()), tuple(moved.tolist()), after)


def curve(activation: str, reach: float = 8.0, points: int = 161) -> tuple[Tensor, Tensor]:
    """Inputs from -reach to reach and the values of the activation, both (points,)."""
    sums = torch.linspace(-reach, reach, points)
    return sums, ACTIVATIONS[activation](sums)


def _state(
    parameters: Tensor, inputs: tuple[float, ...], target: float, activation: str
) -> tuple[State, Tensor]:
    total = (parameters[:-1] * torch.tensor(inputs, dtype=torch.float64)).sum() + parameters[-1]
    output = ACTIVATIONS[activation](total)
    error = (output - target).square()
    return State(total.item(), output.item(), error.item()), error


class Losses(NamedTuple):
    """Two losses of one pixel against its prediction, and their gradients at the weighted sum."""

    predictions: Tensor  # (P,) in (0, 1)
    squared: Tensor
    cross: Tensor  # nats
    squared_slope: Tensor  # derivative by the input s of the sigmoid
    cross_slope: Tensor


def losses(target: float, points: int = 199) -> Losses:
    """Squared error and binary cross-entropy of predictions from near 0 to near 1."""
    sums = torch.logit(torch.linspace(0, 1, points + 2)[1:-1]).requires_grad_()
    y = sums.sigmoid()
    squared = (y - target).square()
    cross = -(target * y.log() + (1 - target) * (1 - y).log())
    slopes = [
        torch.autograd.grad(loss.sum(), sums, retain_graph=True)[0] for loss in (squared, cross)
    ]
    return Losses(y.detach(), squared.detach(), cross.detach(), *slopes)
