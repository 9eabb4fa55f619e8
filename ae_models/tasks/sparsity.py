"""Active units of a code, their activation rates, and reconstructions from a few of them.

Olshausen & Field 1996, "Emergence of simple-cell receptive field properties by learning a sparse
code for natural images"; Ng 2011, "Sparse autoencoder". A unit is active for an image where its
component of the code is not 0.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ae_models import inference

Floats = NDArray[np.float32]


class ActiveUnits(NamedTuple):
    """The active units of one code, by decreasing absolute activation."""

    units: NDArray[np.int64]  # (K,) indices of units
    activations: Floats  # (K,)

    @property
    def shares(self) -> Floats:
        """Each unit's fraction of the sum of absolute activations, (K,), summing to 1."""
        size = np.abs(self.activations)
        return (size / max(float(size.sum()), 1e-12)).astype(np.float32)


class Activity(NamedTuple):
    """Activity of D units over N images; read-only arrays."""

    mean: Floats  # (D,) mean absolute activation
    rate: Floats  # (D,) activation rate: fraction of the images for which a unit is active
    counts: NDArray[np.int64]  # (N,) active units of each image

    @property
    def dead(self) -> int:
        """Number of units that are active for no image."""
        return int((self.rate == 0).sum())


def active_units(z: Floats) -> ActiveUnits:
    """The active units of one code (D,)."""
    order = np.argsort(-np.abs(z), kind="stable")
    units = order[: np.count_nonzero(z)]
    return ActiveUnits(units, z[units])


def activity(codes: Floats) -> Activity:
    """Activity of the units of codes (N, D)."""
    active = codes != 0
    found = np.abs(codes).mean(axis=0), active.mean(axis=0, dtype=np.float32), active.sum(axis=1)
    for array in found:
        array.flags.writeable = False
    return Activity(*found)


def cumulative_reconstructions(model: nn.Module, z: Floats, max_units: int) -> Tensor:
    """Reconstructions from the strongest unit, the two strongest, ...: (K, 1, 28, 28).

    K is `max_units` or the number of active units if that is smaller; all others are set to 0.
    """
    units = active_units(z).units[:max_units]
    codes = np.zeros((len(units), len(z)), np.float32)
    for count in range(1, len(units) + 1):
        codes[count - 1, units[:count]] = z[units[:count]]
    return inference.decode(model, torch.from_numpy(codes))


def top_activating(codes: Floats, unit: int, count: int) -> NDArray[np.int64]:
    """Indices of the images for which a unit is most active; fewer where it is rarely active."""
    order = np.argsort(-np.abs(codes[:, unit]), kind="stable")[:count]
    return order[codes[order, unit] != 0]
