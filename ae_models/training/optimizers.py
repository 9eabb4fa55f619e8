"""Optimizers by name, and schedules of their learning rate."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

import torch
from torch import nn
from torch.optim import Optimizer

Betas = tuple[float, float]
Parameters = Iterable[nn.Parameter]


def adam(weights: Parameters, rate: float, decay: float, betas: Betas) -> Optimizer:
    """Adam (Kingma & Ba 2015) with decoupled weight decay (Loshchilov & Hutter 2019)."""
    return torch.optim.AdamW(weights, lr=rate, betas=betas, weight_decay=decay, fused=True)


def sgd(weights: Parameters, rate: float, decay: float, betas: Betas) -> Optimizer:
    """Stochastic gradient descent (Robbins & Monro 1951)."""
    return torch.optim.SGD(weights, lr=rate, weight_decay=decay)


def momentum(weights: Parameters, rate: float, decay: float, betas: Betas) -> Optimizer:
    """Stochastic gradient descent with momentum `betas[0]` (Polyak 1964)."""
    return torch.optim.SGD(weights, lr=rate, momentum=betas[0], weight_decay=decay)


def rmsprop(weights: Parameters, rate: float, decay: float, betas: Betas) -> Optimizer:
    """RMSprop (Tieleman & Hinton 2012)."""
    return torch.optim.RMSprop(weights, lr=rate, weight_decay=decay)


OPTIMIZERS: dict[str, Callable[[Parameters, float, float, Betas], Optimizer]] = {
    "Adam": adam,
    "SGD": sgd,
    "momentum": momentum,
    "RMSprop": rmsprop,
}


def one_cycle(progress: float) -> float:
    """Linear warm-up from 0.1 for a tenth of a phase, then cosine decay to 0.002 (Smith 2018)."""
    if progress < 0.1:
        return 0.1 + 9 * progress
    return max(0.5 + 0.5 * math.cos(math.pi * (progress - 0.1) / 0.9), 0.002)


def constant(progress: float) -> float:
    """No change."""
    return 1.0


def step(progress: float) -> float:
    """1; 0.1 from half of a phase on, 0.01 from three quarters."""
    return 1.0 if progress < 0.5 else 0.1 if progress < 0.75 else 0.01


def cosine(progress: float) -> float:
    """Cosine decay from 1 to 0.002 (Loshchilov & Hutter 2017)."""
    return max(0.5 + 0.5 * math.cos(math.pi * progress), 0.002)


# Factors of the learning rate by progress of a phase, 0 … 1.
SCHEDULES: dict[str, Callable[[float], float]] = {
    "one cycle": one_cycle,
    "constant": constant,
    "step": step,
    "cosine": cosine,
}
