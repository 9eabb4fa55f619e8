"""Which units of a code fire for an image, how strongly, and what they draw together.

Olshausen & Field 1996; Ng 2011. A unit fires where its number is not 0.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ae_models import inference

Floats = NDArray[np.float32]


class Firing(NamedTuple):
    """The units that fire for one image, strongest first."""

    units: NDArray[np.int64]  # (K,) numbers of units, from 0
    strengths: Floats  # (K,)

    @property
    def shares(self) -> Floats:
        """The part of all firing that is each unit's, (K,), summing to 1."""
        size = np.abs(self.strengths)
        return (size / max(float(size.sum()), 1e-12)).astype(np.float32)


class Activity(NamedTuple):
    """How busy D units are over N images; read-only arrays."""

    mean: Floats  # (D,) mean size of each unit's number
    often: Floats  # (D,) part of the images for which it fires
    counts: NDArray[np.int64]  # (N,) units that fire for each image

    @property
    def dead(self) -> int:
        """Units that fire for no image at all."""
        return int((self.often == 0).sum())


def firing(z: Floats) -> Firing:
    """Of one code (D,)."""
    order = np.argsort(-np.abs(z), kind="stable")
    units = order[: np.count_nonzero(z)]
    return Firing(units, z[units])


def activity(codes: Floats) -> Activity:
    """Of codes (N, D)."""
    fires = codes != 0
    found = np.abs(codes).mean(axis=0), fires.mean(axis=0, dtype=np.float32), fires.sum(axis=1)
    for array in found:
        array.flags.writeable = False
    return Activity(*found)


def built_up(model: nn.Module, z: Floats, most: int) -> Tensor:
    """The picture by the first unit, the first two … the first `most`: (most, 1, 28, 28).

    Units come strongest first; the others are put to 0.
    """
    units = firing(z).units[:most]
    codes = np.zeros((len(units), len(z)), np.float32)
    for count in range(1, len(units) + 1):
        codes[count - 1, units[:count]] = z[units[:count]]
    return inference.decode(model, torch.from_numpy(codes))


def loudest(codes: Floats, unit: int, count: int) -> NDArray[np.int64]:
    """The images, by number, for which a unit is strongest; fewer where it seldom fires."""
    order = np.argsort(-np.abs(codes[:, unit]), kind="stable")[:count]
    return order[codes[order, unit] != 0]
