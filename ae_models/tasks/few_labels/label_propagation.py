"""Labels that spread from few images to all, over a graph of those that lie near each other.

Zhou et al. 2004, "Learning with Local and Global Consistency". The graph joins each image to
its nearest in some code; no label is needed for it. An image that was no part of the graph is
told by its nearest that were (Delalleau et al. 2005).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

NEIGHBOURS = 10
CLAMP = 0.99  # the part that an image takes from its neighbours; the rest is its own label
STEPS = 50  # of spreading
ROWS = 1_000  # whose distances to all others are held at once


class Nearest(NamedTuple):
    """The nearest of N images for each of M."""

    rows: Ints  # (M, K), of the N, the nearest first
    weight: Floats  # (M, K) in (0, 1], the larger the nearer


def nearest(asked: Floats, pool: Floats, *, among_themselves: bool = False) -> Nearest:
    """The `NEIGHBOURS` rows of pool (N, D) nearest to each row of asked (M, D).

    Where the two are the same rows, `among_themselves`, none is a neighbour of itself.
    """
    return joined(list(in_parts(asked, pool, among_themselves=among_themselves)))


def joined(parts: list[Nearest]) -> Nearest:
    """The parts of `in_parts`, put together."""
    return Nearest(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))


def in_parts(asked: Floats, pool: Floats, *, among_themselves: bool = False) -> Iterator[Nearest]:
    """`nearest` of `ROWS` rows at a time, so that it can be watched and left off.

    Raises `ValueError` where the pool is too small to have so many neighbours.
    """
    if len(pool) < NEIGHBOURS + among_themselves:
        raise ValueError(f"{len(pool)} images are too few for {NEIGHBOURS} neighbours each")
    all_rows = torch.tensor(pool)  # a copy: shared arrays may not be written to
    squares = all_rows.square().sum(dim=1)  # (N,)
    for rows in torch.tensor(asked).split(ROWS):
        squared = rows.square().sum(dim=1)[:, None] + squares - 2 * rows @ all_rows.T
        found = squared.topk(NEIGHBOURS + among_themselves, largest=False)
        values = found.values[:, int(among_themselves) :].clamp(min=0)
        index = found.indices[:, int(among_themselves) :].numpy()
        # Each image has a scale of its own: the distance of its last neighbour.
        near = torch.exp(-4 * values / values[:, -1:].clamp(min=1e-12))
        yield Nearest(index, near.numpy())


def graph(found: Nearest) -> sparse.csr_matrix:
    """The symmetric, normalised weights D^-½ (W + Wᵀ) D^-½ of N images, (N, N)."""
    count, k = found.rows.shape
    starts = np.arange(0, count * k + 1, k)
    weights = sparse.csr_matrix(
        (found.weight.ravel(), found.rows.ravel(), starts), shape=(count, count)
    )
    weights = weights + weights.T
    scale = sparse.diags_array(np.asarray(weights.sum(axis=1)).ravel() ** -0.5)
    return sparse.csr_matrix(scale @ weights @ scale, dtype=np.float32)


def spread(weights: sparse.csr_matrix, drawn: Ints, labels: Ints, classes: int) -> Floats:
    """How strongly each class reaches each image, (N, classes); only `drawn` rows have labels.

    Classes are weighed so that each is the strongest for about as many images: they were drawn
    in equal numbers, and one that lies in a dense place would else flood the others. A class
    that no drawn image has reaches nobody.
    """
    given = np.zeros((weights.shape[0], classes), np.float32)
    given[drawn, labels] = 1
    reached = given
    for _ in range(STEPS):
        reached = CLAMP * (weights @ reached) + (1 - CLAMP) * given
    return reached * even(reached)


def even(reached: Floats, rounds: int = 200) -> Floats:
    """Factors (C,) of the classes of reached (N, C) that make them win about equally often."""
    present = reached.sum(axis=0) > 0
    share = present / max(present.sum(), 1)
    factors = np.where(present, 1 / np.maximum(reached.mean(axis=0), 1e-12), 0)
    for step in range(rounds):
        wins = np.bincount((reached * factors).argmax(axis=1), minlength=len(share)) / len(reached)
        factors = factors * np.exp(-1.5 * (wins - share) * (1 - step / rounds))
    return factors.astype(np.float32)


def told(found: Nearest, reached: Floats) -> Ints:
    """The class of each of M images by its nearest among the N, (M,)."""
    total = reached.sum(axis=1, keepdims=True)
    shares = reached / np.maximum(total, 1e-30)  # an image that nothing reached says nothing
    return (found.weight[:, :, None] * shares[found.rows]).sum(axis=1).argmax(axis=1)
