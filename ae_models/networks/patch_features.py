"""A code from k-means on image patches: which patches an image contains, and where.

Coates, Ng & Lee 2011, "An Analysis of Single-Layer Networks in Unsupervised Feature Learning":
k-means on whitened patches; the activation of a centre grows with its similarity to a patch and
is averaged over the cells of a coarse grid. PCA reduces the dimension. No label is needed.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from ae_models.base import Codes

SIDE = 6  # of a patch, in pixels
STEP = 1  # from one patch to the next
CENTRES = 200
GRID = 3  # cells per side
DIMENSIONS = 96  # of the code
EPSILON = 0.1  # added to the contrast of a patch, and to the variances before whitening
ITERATIONS = 12  # of k-means
MAX_PATCHES = 60_000  # that k-means is fitted on
BATCH = 10  # images; larger blocks of memory than these cost more time than they save


class PatchFeatures(Codes):
    """(B, 1, 28, 28) in [0, 1] -> (B, DIMENSIONS)."""

    def __init__(self) -> None:
        super().__init__()
        pixels, activations = SIDE * SIDE, CENTRES * GRID * GRID
        for name, shape in {
            "mean": (pixels,),  # of normalised patches
            "whitening": (pixels, pixels),
            "centres": (CENTRES, pixels),
            "middle": (activations,),  # mean of the activations
            "directions": (activations, DIMENSIONS),  # principal components
        }.items():
            self.register_buffer(name, torch.zeros(shape))

    mean: Tensor
    whitening: Tensor
    centres: Tensor
    middle: Tensor
    directions: Tensor

    def encode(self, x: Tensor, label: Tensor | None = None) -> Tensor:
        parts = [self.activations(part) - self.middle for part in x.split(BATCH)]
        return torch.cat(parts or [x.new_zeros((0, len(self.middle)))]) @ self.directions

    def activations(self, x: Tensor) -> Tensor:
        """Mean similarity of the patches of each cell to each centre: (B, CENTRES · GRID²)."""
        level = F.avg_pool2d(x, SIDE, STEP)
        square = F.avg_pool2d(x.square(), SIDE, STEP)
        count = SIDE * SIDE
        contrast = ((square - level.square()).clamp(min=0) * count / (count - 1)).sqrt() + EPSILON
        # Whitened patches, and their products with the centres, each as one convolution.
        filters = torch.cat([self.whitening.T, self.centres @ self.whitening.T])
        seen = F.conv2d(x, filters.view(-1, 1, SIDE, SIDE), stride=STEP)
        seen = (seen - level * filters.sum(dim=1).view(-1, 1, 1)) / contrast
        seen = seen - (filters @ self.mean).view(-1, 1, 1)
        patch, product = seen.split([count, len(self.centres)], dim=1)
        lengths = self.centres.square().sum(dim=1).view(-1, 1, 1)
        squared = patch.square().sum(dim=1, keepdim=True) + lengths - 2 * product
        distance = squared.clamp_(min=0).sqrt_()
        nearer = (distance.mean(dim=1, keepdim=True) - distance).clamp_(min=0)
        return F.adaptive_avg_pool2d(nearer, GRID).flatten(1).sqrt()

    @torch.no_grad()
    def fit(self, x: Tensor, seed: int = 0) -> None:
        """Fit whitening, centres and principal components to images (N, 1, 28, 28).

        PCA by `torch.linalg.eigh` as in `variants.pca`: the shipped components are those.
        """
        random = torch.Generator().manual_seed(seed)
        some = x[torch.randperm(len(x), generator=random)[:3_000]]
        patches = F.unfold(some, SIDE).transpose(1, 2).reshape(-1, SIDE * SIDE)
        patches = patches[patches.std(dim=1) > EPSILON / 2]  # constant patches carry no information
        patches = patches[torch.randperm(len(patches), generator=random)[:MAX_PATCHES]]
        patches = patches - patches.mean(dim=1, keepdim=True)
        patches = patches / (patches.std(dim=1, keepdim=True) + EPSILON)
        self.mean = patches.mean(dim=0)
        values, vectors = torch.linalg.eigh(torch.cov(patches.T))
        self.whitening = vectors @ torch.diag((values + EPSILON) ** -0.5) @ vectors.T
        self.centres = centres((patches - self.mean) @ self.whitening, random)
        activations = torch.cat([self.activations(part) for part in x.split(BATCH)])
        self.middle = activations.mean(dim=0)
        _, vectors = torch.linalg.eigh(torch.cov(activations.T))
        self.directions = vectors[:, -DIMENSIONS:].flip(1).contiguous()


def centres(points: Tensor, random: torch.Generator) -> Tensor:
    """k-means on (N, D), started at random points: (CENTRES, D). An empty cluster gives 0."""
    found = points[torch.randperm(len(points), generator=random)[:CENTRES]]
    for _ in range(ITERATIONS):
        nearest = (points @ found.T - 0.5 * found.square().sum(dim=1)).argmax(dim=1)
        count = torch.bincount(nearest, minlength=len(found)).clamp(min=1)
        found = torch.zeros_like(found).index_add_(0, nearest, points) / count[:, None]
    return found
