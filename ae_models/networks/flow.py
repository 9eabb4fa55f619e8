"""A conditional normalising flow: an invertible map between a normal and any distribution.

Dinh, Sohl-Dickstein & Bengio 2017, "Density estimation using Real NVP". In turn, one half
of the dimensions determines a scale and a shift of the other half; each step is invertible, and
its log-determinant is the sum of the log-scales. The condition is a vector: a label as one-hot,
measured attributes, or both.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

LARGEST_LOG_SCALE = 1.5


class Coupling(nn.Module):
    """Scales and shifts the dimensions outside `mask`, given those inside and the condition."""

    mask: Tensor

    def __init__(self, mask: Tensor, condition: int, hidden: int) -> None:
        super().__init__()
        self.register_buffer("mask", mask)
        dim = len(mask)
        self.net = nn.Sequential(
            nn.Linear(dim + condition, hidden),
            nn.SiLU(),
            nn.Linear(hidden, hidden),
            nn.SiLU(),
            nn.Linear(hidden, 2 * dim),
        )
        last = self.net[-1]
        assert isinstance(last, nn.Linear)
        nn.init.zeros_(last.weight)  # the flow starts as the identity
        nn.init.zeros_(last.bias)

    def scale_and_shift(self, kept: Tensor, condition: Tensor) -> tuple[Tensor, Tensor]:
        log_scale, shift = self.net(torch.cat([kept, condition], dim=1)).chunk(2, dim=1)
        outside = 1 - self.mask
        return LARGEST_LOG_SCALE * log_scale.tanh() * outside, shift * outside

    def forward(self, eps: Tensor, condition: Tensor) -> Tensor:
        log_scale, shift = self.scale_and_shift(eps * self.mask, condition)
        return eps * log_scale.exp() + shift

    def inverse(self, z: Tensor, condition: Tensor) -> tuple[Tensor, Tensor]:
        log_scale, shift = self.scale_and_shift(z * self.mask, condition)
        return (z - shift) * (-log_scale).exp(), -log_scale.sum(dim=1)


class Flow(nn.Module):
    """Maps between standard normal `eps` (N, D) and `z` (N, D), given conditions (N, C)."""

    def __init__(self, dim: int, condition: int, steps: int = 8, hidden: int = 96) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(0)  # fixed masks
        masks = []
        for _ in range(steps // 2):
            mask = torch.zeros(dim)
            mask[torch.randperm(dim, generator=generator)[: dim // 2]] = 1
            masks += [mask, 1 - mask]
        self.couplings = nn.ModuleList(Coupling(mask, condition, hidden) for mask in masks)

    def forward(self, eps: Tensor, condition: Tensor) -> Tensor:
        """eps -> z."""
        for coupling in self.couplings:
            eps = coupling(eps, condition)
        return eps

    def inverse(self, z: Tensor, condition: Tensor) -> tuple[Tensor, Tensor]:
        """z -> eps (N, D), and the log-determinant (N,) of that map."""
        total = z.new_zeros(len(z))
        for coupling in reversed(self.couplings):
            assert isinstance(coupling, Coupling)
            z, log_determinant = coupling.inverse(z, condition)
            total = total + log_determinant
        return z, total

    def negative_log_likelihood(self, z: Tensor, condition: Tensor) -> Tensor:
        """-log p(z | condition) of z (N, D) in nats, mean over N; a scalar."""
        eps, log_determinant = self.inverse(z, condition)
        normal = 0.5 * (eps.square() + math.log(2 * math.pi)).sum(dim=1)
        return (normal - log_determinant).mean()
