"""Makes the shipped clusters, and measures them beside what a visitor can choose.

Nothing here sees a label before the figures are taken: only pixels of the training split come
in, and the net whose code is laid out never saw a label either.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ae_models import datasets, inference
from ae_models.metric_key import Metric
from ae_models.networks.seeded_init import Seeded
from ae_models.tasks.clustering import methods, parametric_umap
from ae_models.tasks.clustering.parametric_umap import (
    INVARIANT,
    PLACES,
    PLANE,
    Map,
    code_name,
)
from ae_models.training.loop import train
from ae_models.training.phases import GradientPhase, TrainingSet
from ae_models.training.state import TrainingState

NEEDS: tuple[str, ...] = (methods.PLAIN, methods.LINEAR)
# How the code was chosen, on 8,000 to 20,000 training images and without a label.
CHOSEN = {
    "conv": "of pixels and of the codes of stacked, conv and denoising-conv the one whose "
    "mixtures agree best between two sets of images with two seeds (adjusted Rand index)",
    INVARIANT: "of the codes of conv and invariant the one whose groups of an image and of a "
    "changed view of it tell more of each other (mutual information)",
}
IMAGES = 20_000
STARTS = 8  # of expectation-maximisation; the likeliest end counts
NEIGHBOURS = 20
SEED = 0
PHASE = GradientPhase(40, 2e-3, 256, part="whole")
Ints = NDArray[np.int64]
Report = Callable[[int, int, str, float], None]
STEPS = 4


class UmapMissing(RuntimeError):
    """umap-learn is not installed; the message says what to do."""


def needs(dataset: str) -> tuple[str, ...]:
    """The code that is laid out, and those that it is measured beside."""
    return NEEDS if code_name(dataset) in NEEDS else (*NEEDS, code_name(dataset))


def describe(dataset: str) -> str:
    """How the clusters are made, in words, with every setting."""
    code, count = code_name(dataset), parametric_umap.clusters(dataset)
    return (
        f"code of {code}, {CHOSEN[code]}; {IMAGES} training images; UMAP to {PLACES} "
        f"and to {PLANE} numbers: the {NEIGHBOURS} nearest neighbours, exact, least distance 0, "
        f"seed {SEED}; a mixture of {count} normals on the {PLACES}, the likeliest of {STARTS}; "
        f"a net of two layers of {parametric_umap.WIDTH} learns both maps and the mixture: "
        f"{PHASE.describe()}; no label"
    )


def make(dataset: str, report: Report) -> dict[str, bytes]:
    """The net. Raises `CheckpointError`, `datasets.DataMissing`, `UmapMissing`."""
    started = time.perf_counter()

    def told(done: int, what: str) -> None:
        left = (time.perf_counter() - started) * (STEPS - done) / done
        report(done, STEPS, what, left)

    pixels = datasets.original(dataset, "train").pixels
    kept, _held = datasets.split_off_validation(len(pixels))
    x = datasets.to_tensor(pixels[kept[:IMAGES]])
    codes = inference.encode(methods.encoder(dataset), x).flatten(1).cpu()
    told(1, "codes")
    places, plane = umap(codes, (PLACES, PLANE))
    told(2, "UMAP")
    chances = mixture(places, parametric_umap.clusters(dataset))
    shares = ", ".join(f"{share:.3f}" for share in sorted(chances.mean(0).tolist()))
    told(3, f"mixture with shares {shares}")
    net = learned(codes, torch.cat([places, plane, chances], dim=1))
    told(STEPS, "the net that has learnt them")
    return {parametric_umap.FILE: parametric_umap.to_bytes(net)}


def mixture(places: Tensor, clusters: int) -> Tensor:
    """How likely each of `clusters` normals is for places (N, PLACES): (N, clusters)."""
    from sklearn.mixture import GaussianMixture  # a second to import

    found = GaussianMixture(clusters, n_init=STARTS, reg_covar=1e-3, random_state=SEED)
    rows = places.double().numpy()
    return torch.from_numpy(found.fit(rows).predict_proba(rows)).float()


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
        layout = torch.from_numpy(np.asarray(method.fit_transform(codes.numpy()))).float()
        layouts.append(layout - layout.mean(0))  # what UMAP puts where is a matter of chance
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


def learned(codes: Tensor, taught: Tensor) -> Map:
    """The net that says of codes (N, D) what is taught, (N, PLACES + PLANE + C)."""
    with Seeded(SEED):
        net = Map(codes.shape[1], taught.shape[1] - PLACES - PLANE)
    net.mean.copy_(codes.mean(0))
    net.spread.copy_(codes.std())
    kept, held = datasets.split_off_validation(len(codes))
    seen = TrainingSet(codes[kept], taught[kept], codes[held], taught[held])
    run = TrainingState(net, [PHASE], SEED, torch.device("cpu"))
    for _epoch in train(run, seen):
        pass
    return net.requires_grad_(False).eval()


def measure(dataset: str, images: int) -> dict[Metric, float]:
    """Accuracy by best matching, NMI and ARI on the first test images.

    The shipped setting has seen the training images alone. Every other clusters the test images
    that it is measured on, ten clusters where it must be told, as a visitor does live.
    """
    test = datasets.original(dataset, "test")
    x, labels = datasets.to_tensor(test.pixels[:images]), test.labels[:images]
    found = methods.assign(dataset, x).numpy()
    values = figures(found, labels, method=methods.SHIPPED)
    for name, vectors in methods.representations(dataset, x).items():
        for algorithm in methods.ALGORITHMS:
            own = methods.clustered(vectors, algorithm, parametric_umap.clusters(dataset), SEED)
            values |= figures(own, labels, method=algorithm, representation=name)
    return {metric: value for metric, value in values.items() if np.isfinite(value)}


def figures(
    found: Ints, labels: Ints, *, method: str, representation: str = ""
) -> dict[Metric, float]:
    """The scores of one algorithm on one representation."""
    keys = methods.metrics_of(method, representation)
    return dict(zip(keys, methods.scores(found, labels), strict=True))
