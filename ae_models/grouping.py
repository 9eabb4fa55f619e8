"""The groups that a data set falls into by itself: a map of the code, and a mixture on the map.

McConville et al. 2021, "N2D: (Not Too) Deep Clustering via Clustering the Local Manifold of an
Autoencoded Embedding": UMAP (McInnes et al. 2018) lays the codes of a plain autoencoder out by
who is whose neighbour, and a mixture of normals parts the places. UMAP is slow and knows only
what it was shown, so a small net learns its map ("parametric UMAP", Sainburg et al. 2021).
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from ae_models import checkpoint, inference, study
from ae_models.card import folder

NAME = "clusters"
FILE = "clusters.safetensors"
CODE = "conv"  # whose code is laid out
CLUSTERS = 10
PLACES = 10  # numbers that say where an image lies
PLANE = 2  # further numbers: where it lies on a flat map, for the eye
WIDTH = 256


class Map(nn.Module):
    """A code (B, D) -> where it lies: (B, PLACES + PLANE)."""

    mean: Tensor
    spread: Tensor

    def __init__(self, code: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(code))
        self.register_buffer("spread", torch.ones(()))  # one for all, so that angles stay
        self.body = nn.Sequential(
            nn.Linear(code, WIDTH),
            nn.SiLU(),
            nn.Linear(WIDTH, WIDTH),
            nn.SiLU(),
            nn.Linear(WIDTH, PLACES + PLANE),
        )

    def forward(self, z: Tensor) -> Tensor:
        return self.body((z - self.mean) / self.spread)

    def part(self, name: str) -> nn.Module:
        """All of it is trained at once."""
        return self

    def part_terms(
        self, name: str, x: Tensor, label: Tensor, *, generator: torch.Generator
    ) -> dict[str, Tensor]:
        """How far codes (B, D) land from where UMAP laid them, `label` (B, PLACES + PLANE).

        Few images lie far from all others of their kind: they count by distance, not its square.
        """
        return {"distance": nn.functional.smooth_l1_loss(self(x).float(), label)}


class Mixture(NamedTuple):
    """K normals on the map."""

    means: Tensor  # (K, PLACES)
    spreads: Tensor  # (K, PLACES, PLACES), Cholesky factors of the covariances
    odds: Tensor  # (K,) logarithms of what each is favoured by, up to a constant

    def scores(self, places: Tensor) -> Tensor:
        """(N, PLACES) -> (N, K): the logarithm of odds times density, up to a constant."""
        away = places[:, None] - self.means  # (N, K, PLACES)
        steps = torch.linalg.solve_triangular(self.spreads, away.permute(1, 2, 0), upper=False)
        volume = self.spreads.diagonal(dim1=1, dim2=2).log().sum(1)
        return self.odds - volume - steps.square().sum(1).T / 2


class Groups(NamedTuple):
    """The shipped setting of a data set."""

    map: Map
    mixture: Mixture


def to_bytes(groups: Groups) -> bytes:
    """The content of the shipped file; half precision is finer than the map's own error."""
    parts = {f"map.{key}": tensor for key, tensor in groups.map.state_dict().items()}
    return checkpoint.to_bytes(checkpoint.halved(parts) | groups.mixture._asdict())


def load(dataset: str) -> Groups:
    """The shipped setting. Raises `CheckpointError`."""
    tensors = study.tensors(dataset, NAME, FILE)
    try:
        mixture = Mixture(*(tensors.pop(part).float() for part in Mixture._fields))
        weights = {key.removeprefix("map."): t.float() for key, t in tensors.items()}
        net = Map(len(weights["mean"]))
        net.load_state_dict(weights)
        k = len(mixture.odds)
        shapes = [tuple(t.shape) for t in mixture]
        if shapes != [(k, PLACES), (k, PLACES, PLACES), (k,)]:
            raise ValueError("its mixture has the wrong shape")
        if not all(t.isfinite().all() for t in (*weights.values(), *mixture)):
            raise ValueError("it has values that are not finite")
    except (KeyError, RuntimeError, ValueError) as error:
        raise checkpoint.unusable(folder(dataset, NAME) / FILE, error) from error
    return Groups(net.requires_grad_(False).eval(), mixture)


def laid_out(groups: Groups, codes: Tensor) -> tuple[Tensor, Tensor]:
    """Where codes (N, D) lie: their places (N, PLACES), and the flat map (N, PLANE)."""
    found = inference.in_batches(groups.map, lambda m, z: m(z), codes)
    return found[:, :PLACES], found[:, PLACES:]


def assigned(groups: Groups, places: Tensor) -> Tensor:
    """The group of each of the places (N, PLACES): (N,) of int64, from 0."""
    return groups.mixture.scores(places).argmax(1)
