"""Makes the shipped clusters, and measures them beside what a visitor can choose.

Nothing here sees a label before the figures are taken: only pixels of the training split come
in, and the autoencoder whose code is laid out never saw a label either. What is chosen, is
chosen by how well two halves of the training images agree on where a third set belongs.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ae_models import checkpoint, data, grouping, inference, metrics, mixing
from ae_models.grouping import CODE, PLACES, PLANE, Groups, Map, Mixture
from ae_models.phases import Descent, TrainingSet
from ae_models.run import Run
from ae_models.tasks import clustering
from ae_models.training import train

NEEDS: tuple[str, ...] = (CODE, "pca-32")
NEIGHBOURS = 20
SEED = 0
PHASE = Descent(16, 2e-3, 256, part="whole")
Ints = NDArray[np.int64]
Report = Callable[[int, int, str, float], None]
STEPS = 5


class UmapMissing(RuntimeError):
    """umap-learn is not installed; the message says what to do."""


def describe(dataset: str) -> str:
    """How the clusters are made, in words, with every setting."""
    return (
        f"code of {CODE}, all training images; UMAP to {PLACES} and to {PLANE} numbers: the "
        f"{NEIGHBOURS} nearest neighbours, exact, least distance 0, seed {SEED}; a net of two "
        f"layers of {grouping.WIDTH} learns the map: {PHASE.describe()}; a mixture of "
        f"{grouping.CLUSTERS} normals on the places that the net gives, the likeliest of "
        f"{mixing.STARTS} starts; its shares {' or '.join(mixing.SHARES)}, whichever lets the "
        "mixtures of two halves of the training images agree better on the validation images "
        "(adjusted Rand index); no label"
    )


def make(dataset: str, report: Report) -> dict[str, bytes]:
    """The map and the mixture. Raises `CheckpointError`, `data.DataMissing`, `UmapMissing`."""
    x = data.to_tensor(data.original(dataset, "train").pixels)
    codes = inference.encode(checkpoint.load(dataset, CODE), x).flatten(1).cpu()
    report(1, STEPS, "codes", float("nan"))
    places = torch.cat([standing(layout) for layout in umap(codes, (PLACES, PLANE))], dim=1)
    report(2, STEPS, "UMAP", float("nan"))
    net = learned(codes, places)
    report(3, STEPS, "the net that has learnt the map", float("nan"))
    kept, held = data.split_off_validation(len(codes))
    found = inference.in_batches(net, lambda m, z: m(z), codes)[:, :PLACES]
    agreement = {kind: agree(found[kept], found[held], kind) for kind in mixing.SHARES}
    chosen = max(agreement, key=lambda kind: agreement[kind])
    told = ", ".join(f"{kind} {value:.3f}" for kind, value in agreement.items())
    report(4, STEPS, f"agreement of halves: {told}", float("nan"))
    mixture = mixing.SHARES[chosen](found, SEED)
    report(STEPS, STEPS, f"shares {chosen}", 0.0)
    return {grouping.FILE: grouping.to_bytes(Groups(net, single(mixture)))}


def umap(codes: Tensor, widths: tuple[int, ...]) -> list[Tensor]:
    """Codes (N, D) laid out by who is whose neighbour: (N, width) for each width.

    Raises `UmapMissing`.
    """
    try:
        from umap import UMAP
    except ImportError as error:
        raise UmapMissing(
            "Clusters are made with umap-learn: pip install -r requirements-train.txt"
        ) from error
    known = neighbours(codes, NEIGHBOURS)
    layouts = []
    for width in widths:
        method = UMAP(
            NEIGHBOURS,
            width,
            min_dist=0.0,
            random_state=SEED,
            precomputed_knn=(*known, None),
        )
        layouts.append(torch.from_numpy(np.asarray(method.fit_transform(codes.numpy()))).float())
    return layouts


def neighbours(codes: Tensor, count: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """The numbers of the nearest `count` rows of each row, itself first, and how far they are."""
    squares = codes.square().sum(1)
    numbers, distances = [], []
    for start in range(0, len(codes), 2_000):  # a slice of the N×N distances at a time
        part = codes[start : start + 2_000]
        squared = part.square().sum(1)[:, None] + squares - 2 * part @ codes.T
        own = torch.arange(len(part))
        squared[own, start + own] = -1.0  # itself, also where others are the same
        nearest = squared.topk(min(count, len(codes)), largest=False)
        numbers.append(nearest.indices)
        distances.append(nearest.values.clamp(min=0).sqrt())
    return torch.cat(numbers).int().numpy(), torch.cat(distances).numpy()


def standing(layout: Tensor) -> Tensor:
    """A layout (N, width) about 0: what UMAP puts where is a matter of chance."""
    return layout - layout.mean(0)


def learned(codes: Tensor, places: Tensor) -> Map:
    """The net that puts codes (N, D) where they lie, (N, PLACES + PLANE), in eval mode."""
    torch.manual_seed(SEED)
    net = Map(codes.shape[1])
    net.mean.copy_(codes.mean(0))
    net.spread.copy_(codes.std())
    kept, held = data.split_off_validation(len(codes))
    seen = TrainingSet(codes[kept], places[kept], codes[held], places[held])
    run = Run(net, [PHASE], SEED, torch.device("cpu"))
    for _epoch in train(run, seen):
        pass
    return net.requires_grad_(False).eval()


def agree(fitted: Tensor, asked: Tensor, kind: str) -> float:
    """Adjusted Rand index of what mixtures of two halves of places make of other places."""
    halves = [mixing.SHARES[kind](half, SEED) for half in (fitted[::2], fitted[1::2])]
    one, other = (half.scores(asked.double()).argmax(1).numpy() for half in halves)
    return metrics.adjusted_rand(one, other)


def single(mixture: Mixture) -> Mixture:
    """In float32, which the places have."""
    return Mixture(*(part.float() for part in mixture))


def measure(dataset: str, images: int) -> dict[str, float]:
    """Accuracy by best matching, NMI and ARI on the first test images.

    The shipped setting has seen the training images alone. Every other clusters the test images
    that it is measured on, ten clusters where it must be told, as a visitor does live.
    """
    test = data.original(dataset, "test")
    x, labels = data.to_tensor(test.pixels[:images]), test.labels[:images]
    found = clustering.assign(dataset, x).numpy()
    values = figures(clustering.SHIPPED, found, labels)
    for name, vectors in clustering.representations(dataset, x).items():
        for algorithm in clustering.ALGORITHMS:
            own = clustering.clustered(vectors, algorithm, grouping.CLUSTERS, SEED)
            values |= figures(f"{algorithm} on {name}", own, labels)
    return {key: value for key, value in values.items() if np.isfinite(value)}


def figures(setting: str, found: Ints, labels: Ints) -> dict[str, float]:
    """The scores of a setting, by the names that its study has for them."""
    scores = clustering.scores(found, labels)
    return {f"{key}, {setting}": value for key, value in scores._asdict().items()}
