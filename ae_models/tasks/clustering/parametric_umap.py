"""The groups that a data set falls into by itself: a net that maps a code and names its group.

McConville et al. 2021, "N2D: (Not Too) Deep Clustering via Clustering the Local Manifold of an
Autoencoded Embedding": UMAP (McInnes et al. 2018) lays codes out by who is whose neighbour, and a
mixture of normals parts the places. UMAP is slow and knows only what it was shown, so a small net
learns both from it, for any image (after "parametric UMAP", Sainburg et al. 2021).
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from ae_models import datasets, inference
from ae_models.artifacts import checkpoint, study
from ae_models.artifacts.card import folder
from ae_models.base import Trainable

NAME = "clusters"
FILE = "clusters.safetensors"
INVARIANT = "invariant"  # a study: the code that two views of one image have in common
PLACES = 10  # numbers that say where an image lies
PLANE = 2  # further numbers: where it lies on a flat map, for the eye
WIDTH = 256


def code_name(dataset: str) -> str:
    """The model or study whose code is laid out."""
    return INVARIANT if datasets.DATASETS[dataset].contrastive else "conv"


def clusters(dataset: str) -> int:
    """How many clusters are looked for: as many as there are classes."""
    return len(datasets.DATASETS[dataset].classes)


class Map(Trainable):
    """A code (B, D) -> places, plane and logits of its group, (B, PLACES + PLANE + C)."""

    mean: Tensor
    spread: Tensor

    def __init__(self, code: int, clusters: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(code))
        self.register_buffer("spread", torch.ones(()))  # one for all, so that angles stay
        self.body = nn.Sequential(
            nn.Linear(code, WIDTH),
            nn.SiLU(),
            nn.Linear(WIDTH, WIDTH),
            nn.SiLU(),
            nn.Linear(WIDTH, PLACES + PLANE + clusters),
        )

    def forward(self, z: Tensor) -> Tensor:
        return self.body((z - self.mean) / self.spread)

    def parts(self) -> dict[str, nn.Module]:
        """All of it is trained at once."""
        return {"whole": self}

    def part_terms(
        self, name: str, x: Tensor, label: Tensor, *, generator: torch.Generator
    ) -> dict[str, Tensor]:
        """How far codes (B, D) land from where they should, and how unlike their groups are.

        `label` (B, PLACES + PLANE + C) holds the places and the chance of each group.
        Few images lie far from all others of their kind: they count by distance, not its square.
        """
        wide = PLACES + PLANE
        found = self(x).float()
        return {
            "distance": nn.functional.smooth_l1_loss(found[:, :wide], label[:, :wide]),
            "cross-entropy": nn.functional.cross_entropy(found[:, wide:], label[:, wide:]),
        }


class Laid(NamedTuple):
    """Where N images lie, and which group each is likely of."""

    places: Tensor  # (N, PLACES)
    plane: Tensor  # (N, PLANE)
    chances: Tensor  # (N, C), each row summing to 1


def to_bytes(net: Map) -> bytes:
    """The content of the shipped file; half precision is finer than the map's own error."""
    return checkpoint.to_bytes(checkpoint.halved(net.state_dict()))


def load(dataset: str) -> Map:
    """The shipped net in eval mode. Raises `CheckpointError`."""
    tensors = study.tensors(dataset, NAME, FILE)
    code = code_name(dataset)
    try:
        learnt_from = study.read(dataset, NAME).origin.get(code)
        if learnt_from != study.origin(dataset, (code,))[code]:
            raise ValueError(f"it belongs to other weights of {code}")
        if not all(t.isfinite().all() for t in tensors.values()):
            raise ValueError("it has values that are not finite")
        net = Map(len(tensors["mean"]), clusters(dataset))
        net.load_state_dict(tensors)
    except (KeyError, RuntimeError, ValueError) as error:
        raise checkpoint.unusable(folder(dataset, NAME) / FILE, error) from error
    return net.requires_grad_(False).eval()


def laid_out(net: Map, codes: Tensor) -> Laid:
    """Where codes (N, D) lie. Each is looked at alone."""
    found = inference.in_batches(net, lambda m, z: m(z), codes)
    places, plane, logits = found.tensor_split([PLACES, PLACES + PLANE], dim=1)
    return Laid(places, plane, logits.softmax(1))
