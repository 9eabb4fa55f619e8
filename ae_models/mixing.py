"""Mixtures of normals fitted to places on a map, with shares as found or all the same.

With equal shares every step of expectation-maximisation hands out the images so that each normal
gets as many as every other: optimal transport made soft, the "Sinkhorn EM" of Mena et al. 2020.
It keeps two normals from sharing one small island while a third has to cover a continent.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from ae_models.grouping import CLUSTERS, Mixture
from ae_models.words import N_

STARTS = 8  # of expectation-maximisation; the likeliest end counts
ROUNDS = 50
BALANCING = 20  # corrections of the odds a round
LEAST = 1e-3  # variance, in every direction


def free(places: Tensor, seed: int) -> Mixture:
    """The likeliest of STARTS mixtures of places (N, D), shares as they come."""
    from sklearn.mixture import GaussianMixture  # a second to import

    found = GaussianMixture(
        CLUSTERS, n_init=STARTS, reg_covar=LEAST, max_iter=200, random_state=seed
    ).fit(places.double().numpy())
    return Mixture(
        torch.from_numpy(found.means_),
        torch.linalg.cholesky(torch.from_numpy(found.covariances_)),
        torch.from_numpy(found.weights_).log(),
    )


def equal(places: Tensor, seed: int) -> Mixture:
    """`free`, and from there on with an equal share for all."""
    mixture, x = free(places, seed), places.double()
    for _round in range(ROUNDS):
        scores = mixture.scores(x) - mixture.odds  # (N, K)
        odds = balanced(scores, mixture.odds)
        part = (scores + odds).softmax(1)
        mixture = moments(x, part)._replace(odds=odds)
    return mixture


def balanced(scores: Tensor, odds: Tensor) -> Tensor:
    """The odds (K,) under which scores (N, K) hand out as much to each (Sinkhorn 1967)."""
    wanted = math.log(len(scores) / scores.shape[1])
    for _correction in range(BALANCING):
        odds = odds + wanted - (scores + odds).log_softmax(1).logsumexp(0)
    return odds


def moments(x: Tensor, part: Tensor) -> Mixture:
    """The normals of places (N, D) of which each of K has a part, (N, K)."""
    own = part.sum(0).clamp(min=1e-9)
    means = (part.T @ x) / own[:, None]
    spreads = []
    for k, mean in enumerate(means):
        away = x - mean
        covariance = (part[:, k, None] * away).T @ away / own[k]
        spreads.append(torch.linalg.cholesky(covariance + LEAST * torch.eye(x.shape[1]).double()))
    return Mixture(means, torch.stack(spreads), (own / len(x)).log())


SHARES: dict[str, Callable[[Tensor, int], Mixture]] = {N_("free"): free, N_("equal"): equal}
