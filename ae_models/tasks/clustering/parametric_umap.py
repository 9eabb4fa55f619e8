"""The shipped clustering: a net that embeds a code and gives the probabilities of its clusters.

McConville et al. 2021, "N2D: (Not Too) Deep Clustering via Clustering the Local Manifold of an
Autoencoded Embedding": UMAP (McInnes et al. 2018) embeds codes so that neighbourhoods are
preserved, and a Gaussian mixture clusters the embedding. UMAP is slow and defined for its training
images alone, so a small net is trained to reproduce both for any image (after "parametric UMAP",
Sainburg et al. 2021).
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
INVARIANT = "invariant"  # a study: the SimCLR code
DIMENSIONS = 10  # of the embedding that is clustered
PLANE = 2  # dimensions of the map that is shown
WIDTH = 256  # hidden units per layer


def code_name(dataset: str) -> str:
    """The model or study whose code is embedded."""
    return INVARIANT if datasets.DATASETS[dataset].contrastive else "conv"


def clusters(dataset: str) -> int:
    """The number of clusters, which is the number of classes."""
    return len(datasets.DATASETS[dataset].classes)


class ParametricUmap(Trainable):
    """Codes (B, D) -> embedding, map and cluster logits, (B, DIMENSIONS + PLANE + C)."""

    mean: Tensor
    spread: Tensor

    def __init__(self, code: int, clusters: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(code))
        self.register_buffer("spread", torch.ones(()))  # one for all components, which keeps angles
        self.body = nn.Sequential(
            nn.Linear(code, WIDTH),
            nn.SiLU(),
            nn.Linear(WIDTH, WIDTH),
            nn.SiLU(),
            nn.Linear(WIDTH, DIMENSIONS + PLANE + clusters),
        )

    def forward(self, z: Tensor) -> Tensor:
        return self.body((z - self.mean) / self.spread)

    def parts(self) -> dict[str, nn.Module]:
        """All of it is trained at once."""
        return {"whole": self}

    def part_terms(
        self, name: str, x: Tensor, label: Tensor, *, generator: torch.Generator
    ) -> dict[str, Tensor]:
        """Distance of codes (B, D) from their targets, and cross-entropy of their clusters.

        `label` (B, DIMENSIONS + PLANE + C) holds embedding, map and cluster probabilities.
        Smooth L1 limits the influence of outliers.
        """
        wide = DIMENSIONS + PLANE
        found = self(x).float()
        return {
            "distance": nn.functional.smooth_l1_loss(found[:, :wide], label[:, :wide]),
            "cross-entropy": nn.functional.cross_entropy(found[:, wide:], label[:, wide:]),
        }


class Embedding(NamedTuple):
    """Embedding, map and cluster probabilities of N images."""

    embedding: Tensor  # (N, DIMENSIONS)
    plane: Tensor  # (N, PLANE)
    probabilities: Tensor  # (N, C), each row summing to 1


def to_bytes(net: ParametricUmap) -> bytes:
    """The content of the shipped file; half precision is finer than the net's own error."""
    return checkpoint.to_bytes(checkpoint.halved(net.state_dict()))


def load(dataset: str) -> ParametricUmap:
    """The shipped net in eval mode. Raises `CheckpointError`."""
    tensors = study.tensors(dataset, NAME, FILE)
    code = code_name(dataset)
    try:
        trained_on = study.read(dataset, NAME).origin.get(code)
        if trained_on != study.origin(dataset, (code,))[code]:
            raise ValueError(f"it belongs to other weights of {code}")
        if not all(t.isfinite().all() for t in tensors.values()):
            raise ValueError("it has values that are not finite")
        net = ParametricUmap(len(tensors["mean"]), clusters(dataset))
        net.load_state_dict(tensors)
    except (KeyError, RuntimeError, ValueError) as error:
        raise checkpoint.unusable(folder(dataset, NAME) / FILE, error) from error
    return net.requires_grad_(False).eval()


def embed(net: ParametricUmap, codes: Tensor) -> Embedding:
    """Embedding, map and cluster probabilities of codes (N, D), each on its own."""
    found = inference.in_batches(net, lambda m, z: m(z), codes)
    embedding, plane, logits = found.tensor_split([DIMENSIONS, DIMENSIONS + PLANE], dim=1)
    return Embedding(embedding, plane, logits.softmax(1))
