"""Exact k-nearest-neighbour search (k-NN) by Euclidean distance, shared by all tasks."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

BATCH = 1_000  # queries whose distances to all points are held in memory at once


class Neighbours(NamedTuple):
    """The K points nearest to each of M queries, the nearest first."""

    indices: Tensor  # (M, K) of int64, rows of the points
    distances: Tensor  # (M, K), Euclidean


def k_nearest(
    queries: Tensor, points: Tensor, k: int, *, exclude_self: bool = False, batch: int = BATCH
) -> Neighbours:
    """The `k` rows of `points` (N, D) nearest to each row of `queries` (M, D); fewer if N < k.

    With `exclude_self` both are the same rows, and no row is a neighbour of itself.
    """
    k = max(min(k, len(points) - exclude_self), 0)
    indices, distances = [], []
    for start in range(0, len(queries), batch):
        block = torch.cdist(queries[start : start + batch], points)  # (B, N)
        if exclude_self:
            own = torch.arange(len(block))
            block[own, start + own] = torch.inf
        found = block.topk(k, largest=False)
        indices.append(found.indices)
        distances.append(found.values)
    if not indices:
        return Neighbours(torch.zeros((0, k), dtype=torch.int64), queries.new_zeros((0, k)))
    return Neighbours(torch.cat(indices), torch.cat(distances))
