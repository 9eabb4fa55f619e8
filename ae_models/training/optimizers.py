"""How weights step down a gradient: OPTIMIZERS by name, and SCHEDULES of their learning rate."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

import torch
from torch import nn
from torch.optim import Optimizer

Betas = tuple[float, float]
Parameters = Iterable[nn.Parameter]


def adam(weights: Parameters, rate: float, decay: float, betas: Betas) -> Optimizer:
    """Kingma & Ba 2015, the weight decay apart from the gradient (Loshchilov & Hutter 2019)."""
    return torch.optim.AdamW(weights, lr=rate, betas=betas, weight_decay=decay, fused=True)


def sgd(weights: Parameters, rate: float, decay: float, betas: Betas) -> Optimizer:
    """Robbins & Monro 1951: against the gradient of one batch."""
    return torch.optim.SGD(weights, lr=rate, weight_decay=decay)


def momentum(weights: Parameters, rate: float, decay: float, betas: Betas) -> Optimizer:
    """Polyak 1964: a step keeps `betas[0]` of the one before."""
    return torch.optim.SGD(weights, lr=rate, momentum=betas[0], weight_decay=decay)


def rmsprop(weights: Parameters, rate: float, decay: float, betas: Betas) -> Optimizer:
    """Tieleman & Hinton 2012: each weight's gradient divided by its recent size."""
    return torch.optim.RMSprop(weights, lr=rate, weight_decay=decay)


OPTIMIZERS: dict[str, Callable[[Parameters, float, float, Betas], Optimizer]] = {
    "Adam": adam,
    "SGD": sgd,
    "momentum": momentum,
    "RMSprop": rmsprop,
}


def one_cycle(progress: float) -> float:
    """Up for a tenth of a phase, then a cosine to almost nothing (Smith 2018)."""
    if progress < 0.1:
        return 0.1 + 9 * progress
    return max(0.5 + 0.5 * math.cos(math.pi * (progress - 0.1) / 0.9), 0.002)


def constant(progress: float) -> float:
    """The same from beginning to end."""
    return 1.0


def step(progress: float) -> float:
    """A tenth of it after half of a phase, and a hundredth after three quarters."""
    return 1.0 if progress < 0.5 else 0.1 if progress < 0.75 else 0.01


def cosine(progress: float) -> float:
    """Half a wave from 1 down to almost nothing (Loshchilov & Hutter 2017)."""
    return max(0.5 + 0.5 * math.cos(math.pi * progress), 0.002)


# The factor of the learning rate at a place of a phase, 0 … 1.
SCHEDULES: dict[str, Callable[[float], float]] = {
    "one cycle": one_cycle,
    "constant": constant,
    "step": step,
    "cosine": cosine,
}
