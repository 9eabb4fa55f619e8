"""Makes the shipped clustering, and compares it with the algorithms that a page offers.

No label is used before the scores are measured: the input is pixels of the training split, and
the model whose code is embedded was trained without labels as well.
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
    DIMENSIONS,
    INVARIANT,
    PLANE,
    ParametricUmap,
    code_name,
)
from ae_models.tasks.nearest_neighbours import k_nearest
from ae_models.training.loop import train
from ae_models.training.phases import GradientPhase, TrainingSet
from ae_models.training.state import TrainingState

NEEDS: tuple[str, ...] = (methods.PLAIN, methods.LINEAR)
# How the code was chosen, on 8,000 to 20,000 training images and without a label.
CHOSEN = {
    "conv": "of pixels and of the codes of stacked, conv and denoising-conv the one whose "
    "mixtures agree best between two sets of images with two seeds (adjusted Rand index)",
    INVARIANT: "of the codes of conv and invariant the one whose clusters of an image and of a "
    "transformed view of it have the higher mutual information",
}
IMAGES = 20_000
STARTS = 8  # of expectation-maximisation; the one of highest likelihood is kept
NEIGHBOURS = 20
SEED = 0
PHASE = GradientPhase(40, 2e-3, 256, part="whole")
Ints = NDArray[np.int64]
Report = Callable[[int, int, str, float], None]
STEPS = 4


class UmapMissing(RuntimeError):
    """umap-learn is not installed; the message says what to do."""


def needs(dataset: str) -> tuple[str, ...]:
    """The checkpoints and studies that it is made from and compared with."""
    return NEEDS if code_name(dataset) in NEEDS else (*NEEDS, code_name(dataset))


def describe(dataset: str) -> str:
    """How the clusters are made, in words, with every setting."""
    code, count = code_name(dataset), parametric_umap.clusters(dataset)
    return (
        f"code of {code}, {CHOSEN[code]}; {IMAGES} training images; "
        f"UMAP to {DIMENSIONS} and to {PLANE} dimensions: "
        f"the {NEIGHBOURS} nearest neighbours, exact, minimum distance 0, "
        f"seed {SEED}; a mixture of {count} Gaussians on the {DIMENSIONS}, "
        f"of {STARTS} starts the one of highest likelihood; "
        f"a net of two layers of {parametric_umap.WIDTH} units fits both embeddings and the "
        f"mixture: {PHASE.describe()}; no label"
    )


def make(dataset: str, report: Report) -> dict[str, bytes]:
    """The net. Raises `CheckpointError`, `datasets.DataMissing`, `UmapMissing`."""
    started = time.perf_counter()

    def done_with(done: int, what: str) -> None:
        left = (time.perf_counter() - started) * (STEPS - done) / done
        report(done, STEPS, what, left)

    pixels = datasets.original(dataset, "train").pixels
    kept, _held = datasets.split_off_validation(len(pixels))
    x = datasets.to_tensor(pixels[kept[:IMAGES]])
    codes = inference.encode(methods.encoder(dataset), x).flatten(1).cpu()
    done_with(1, "codes")
    embedding, plane = umap(codes, (DIMENSIONS, PLANE))
    done_with(2, "UMAP")
    probabilities = mixture(embedding, parametric_umap.clusters(dataset))
    shares = ", ".join(f"{share:.3f}" for share in sorted(probabilities.mean(0).tolist()))
    done_with(3, f"mixture with shares {shares}")
    net = fit_net(codes, torch.cat([embedding, plane, probabilities], dim=1))
    done_with(STEPS, "net")
    return {parametric_umap.FILE: parametric_umap.to_bytes(net)}


def mixture(embedding: Tensor, clusters: int) -> Tensor:
    """Probabilities (N, clusters) of a Gaussian mixture fitted to (N, DIMENSIONS)."""
    from sklearn.mixture import GaussianMixture  # a second to import

    found = GaussianMixture(clusters, n_init=STARTS, reg_covar=1e-3, random_state=SEED)
    rows = embedding.double().numpy()
    return torch.from_numpy(found.fit(rows).predict_proba(rows)).float()


def umap(codes: Tensor, widths: tuple[int, ...]) -> list[Tensor]:
    """UMAP embeddings of codes (N, D): (N, width) for each width.

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
        layouts.append(layout - layout.mean(0))  # where UMAP puts the origin is arbitrary
    return layouts


def neighbours(codes: Tensor, count: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Indices and distances (N, count) of the nearest rows of each row, itself first."""
    found = k_nearest(codes, codes, count - 1, exclude_self=True)
    own = torch.arange(len(codes))[:, None]
    indices = torch.cat([own, found.indices], dim=1).int()
    distances = torch.cat([torch.zeros(len(codes), 1), found.distances], dim=1)
    return indices.numpy(), distances.numpy()


def fit_net(codes: Tensor, targets: Tensor) -> ParametricUmap:
    """The net trained on codes (N, D) and targets (N, DIMENSIONS + PLANE + C)."""
    with Seeded(SEED):
        net = ParametricUmap(codes.shape[1], targets.shape[1] - DIMENSIONS - PLANE)
    net.mean.copy_(codes.mean(0))
    net.spread.copy_(codes.std())
    kept, held = datasets.split_off_validation(len(codes))
    data = TrainingSet(codes[kept], targets[kept], codes[held], targets[held])
    run = TrainingState(net, [PHASE], SEED, torch.device("cpu"))
    for _epoch in train(run, data):
        pass
    return net.requires_grad_(False).eval()


def measure(dataset: str, images: int) -> dict[Metric, float]:
    """Accuracy by best matching, NMI and ARI on the first test images.

    The shipped clustering was fitted on training images alone. The others cluster the test images
    that they are measured on, with as many clusters as classes where the number must be given.
    """
    test = datasets.original(dataset, "test")
    x, labels = datasets.to_tensor(test.pixels[:images]), test.labels[:images]
    found = methods.assign(dataset, x).numpy()
    values = figures(found, labels, method=methods.SHIPPED)
    for name, vectors in methods.representations(dataset, x).items():
        for algorithm in methods.ALGORITHMS:
            own = methods.cluster(vectors, algorithm, parametric_umap.clusters(dataset), SEED)
            values |= figures(own, labels, method=algorithm, representation=name)
    return {metric: value for metric, value in values.items() if np.isfinite(value)}


def figures(
    found: Ints, labels: Ints, *, method: str, representation: str = ""
) -> dict[Metric, float]:
    """The scores of one algorithm on one representation."""
    keys = methods.metrics_of(method, representation)
    return dict(zip(keys, methods.scores(found, labels), strict=True))
