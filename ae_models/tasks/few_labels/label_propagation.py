"""Label spreading: labels of few images propagate to all over a nearest-neighbour graph.

Zhou et al. 2004, "Learning with Local and Global Consistency". The graph connects each image to
its nearest neighbours in a representation; it does not use labels. An image outside the graph is
classified by its nearest neighbours inside (Delalleau et al. 2005).
"""

from __future__ import annotations

import warnings
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse

from ae_models.tasks.nearest_neighbours import k_nearest

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

NEIGHBOURS = 10
ALPHA = 0.99  # share that an image takes from its neighbours; the rest is its own label
STEPS = 50  # of propagation


class WeightedNeighbours(NamedTuple):
    """The K nearest of N images for each of M, with the weights of the graph's edges."""

    indices: Ints  # (M, K) into the N images, the nearest first
    weights: Floats  # (M, K) in (0, 1], the larger the nearer


def neighbours(queries: Floats, pool: Floats, *, exclude_self: bool = False) -> WeightedNeighbours:
    """The `NEIGHBOURS` rows of pool (N, D) nearest to each row of queries (M, D).

    With `exclude_self` both are the same rows, and none is a neighbour of itself. Raises
    `ValueError` where the pool has fewer rows than that.
    """
    if len(pool) < NEIGHBOURS + exclude_self:
        raise ValueError(f"{len(pool)} images are too few for {NEIGHBOURS} neighbours each")
    # Copies: torch warns of arrays that may not be written to, as shared ones.
    found = k_nearest(
        torch.tensor(queries), torch.tensor(pool), NEIGHBOURS, exclude_self=exclude_self
    )
    squared = found.distances.square()
    # A Gaussian whose width is each image's own: the distance of its last neighbour.
    weights = torch.exp(-4 * squared / squared[:, -1:].clamp(min=1e-12))
    return WeightedNeighbours(found.indices.numpy(), weights.numpy())


def graph(found: WeightedNeighbours) -> sparse.csr_matrix:
    """The symmetric weights W + Wᵀ of the edges between N images, (N, N)."""
    count, k = found.indices.shape
    starts = np.arange(0, count * k + 1, k)
    weights = sparse.csr_matrix(
        (found.weights.ravel(), found.indices.ravel(), starts), shape=(count, count)
    )
    return sparse.csr_matrix(weights + weights.T)


def spread(affinity: sparse.csr_matrix, labelled: Ints, labels: Ints, classes: int) -> Floats:
    """Class scores of each image, (N, classes); only the rows `labelled` have a label.

    scikit-learn's label spreading over the graph, whose classes are then balanced so that each is
    predicted about equally often: they have equally many labels, and one in a dense region would
    otherwise dominate. A class without a label has scores of 0.
    """
    from sklearn.exceptions import ConvergenceWarning  # a second to import
    from sklearn.semi_supervised import LabelSpreading

    given = np.full(affinity.shape[0], -1)
    given[labelled] = labels
    # It takes a graph that is there already as a kernel, which it calls with the rows of X.
    model = LabelSpreading(lambda *_: affinity, alpha=ALPHA, max_iter=STEPS, tol=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the number of steps is fixed
        model.fit(np.zeros((len(given), 1)), given)
    scores = np.zeros((len(given), classes), np.float32)
    scores[:, model.classes_] = model.label_distributions_
    return scores * balance(scores)


def balance(scores: Floats, rounds: int = 200) -> Floats:
    """Factors (C,) of scores (N, C) with which all classes are predicted about equally often."""
    present = scores.sum(axis=0) > 0
    share = present / max(present.sum(), 1)
    factors = np.where(present, 1 / np.maximum(scores.mean(axis=0), 1e-12), 0)
    for step in range(rounds):
        predicted = np.bincount((scores * factors).argmax(axis=1), minlength=len(share)) / len(
            scores
        )
        factors = factors * np.exp(-1.5 * (predicted - share) * (1 - step / rounds))
    return factors.astype(np.float32)


def predict(found: WeightedNeighbours, scores: Floats) -> Ints:
    """The class (M,) of each of M images, from the scores of its neighbours among the N."""
    total = scores.sum(axis=1, keepdims=True)
    shares = scores / np.maximum(total, 1e-30)  # an image without scores does not count
    return (found.weights[:, :, None] * shares[found.indices]).sum(axis=1).argmax(axis=1)
