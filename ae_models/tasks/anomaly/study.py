"""Fits the anomaly detectors, and measures their AUROC beside the baselines'.

A detector is fitted on images of its normal class alone. Settings were compared by the AUROC on
held-out training images, of the normal class against the other classes.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import fmean

import torch
from torch import Tensor

from ae_models import datasets, metrics
from ae_models.artifacts import checkpoint
from ae_models.metric_key import Metric
from ae_models.networks.masked_autoencoder import MaskedAutoencoder
from ae_models.networks.seeded_init import Seeded
from ae_models.tasks.anomaly import baselines, detector, evaluation
from ae_models.tasks.anomaly.detector import (
    BLUR,
    COMPONENTS,
    CONFIG,
    NEIGHBOURS,
    NOISE,
    WEIGHT,
    Detector,
)
from ae_models.training.loop import train
from ae_models.training.phases import GradientPhase, Phase, TrainingSet
from ae_models.training.recipe import training_set
from ae_models.training.state import TrainingState

NEEDS: tuple[str, ...] = ()
EPOCHS = 30  # of a class
EPOCHS_OF_ALL = 10  # of a whole data set, which has ten times as many images
CODES = 1_500  # of normal images, that a detector keeps
SEED = 0
Tensors = dict[str, Tensor]
Report = Callable[[int, int, str, float], None]


def normal_classes(dataset: str) -> tuple[int | None, ...]:
    """What there is a detector for: each class, and None for the whole data set."""
    return (*range(len(datasets.DATASETS[dataset].classes)), None)


def phases(normal_class: int | None) -> list[Phase]:
    """How the net of a normal class, or of a whole data set, is trained."""
    epochs = EPOCHS_OF_ALL if normal_class is None else EPOCHS
    return [GradientPhase(epochs, 2e-3, precision="bfloat16")]


def describe(dataset: str) -> str:
    """How the detectors are made, in words, with every setting."""
    return (
        "a detector for each class and one for all, each from its own training images alone; "
        "images at half resolution; "
        f"a dense net of {CONFIG.hidden} and {CONFIG.latent_dim} units, trained with "
        f"{CONFIG.squares} squares of {CONFIG.min_side} to {CONFIG.max_side} pixels masked: "
        f"{EPOCHS} epochs of a class, {EPOCHS_OF_ALL} of all; "
        f"{phases(None)[0].describe().partition(', ')[2]}, seed {SEED}; "
        f"blur {BLUR:g}; PCA of {COMPONENTS} whitened with a noise of {NOISE:g}; the {NEIGHBOURS} "
        f"nearest neighbours among {CODES} codes; "
        f"the sum of log error and {WEIGHT:g} times log distance, "
        "each standardised on held-out training images"
    )


def make(dataset: str, report: Report) -> dict[str, bytes]:
    """The file of each detector, by name. Raises `datasets.DataMissing`."""
    whole = training_set(dataset)
    files, started = {}, time.perf_counter()
    every = normal_classes(dataset)
    for done, normal_class in enumerate(every, start=1):
        tensors = fit(whole, normal_class)
        files[detector.file(normal_class)] = checkpoint.to_bytes(tensors)
        shown = f"{detector.kind(normal_class)}: {validation_figure(tensors, whole, normal_class)}"
        left = (time.perf_counter() - started) / done * (len(every) - done)
        report(done, len(every), shown, left)
    return files


def normal_part(whole: TrainingSet, normal_class: int | None) -> TrainingSet:
    """The images of the normal class, also of the validation part."""
    if normal_class is None:
        return whole
    kept, held = whole.labels == normal_class, whole.validation_labels == normal_class
    return TrainingSet(
        whole.images[kept],
        whole.labels[kept],
        whole.validation_images[held],
        whole.validation_labels[held],
    )


def fit(whole: TrainingSet, normal_class: int | None) -> Tensors:
    """The tensors of a detector, from the normal part of a training set alone."""
    normal = normal_part(whole, normal_class)
    tensors = train_net(normal, phases(normal_class)) | fit_code(normal.images)
    tensors["typical"] = torch.tensor([[0.0, 1.0]] * 2)
    found = Detector(tensors).scores(normal.validation_images)
    logarithms = torch.stack([found.error, found.distance]).clamp(min=detector.SMALLEST).log()
    tensors["typical"] = torch.stack([logarithms.mean(1), logarithms.std(1)], 1)
    return tensors


def train_net(normal: TrainingSet, plan: list[Phase]) -> Tensors:
    """The net's tensors as they ship: matrices quantised to 8 bits, the rest in half precision."""
    with Seeded(SEED):
        net = MaskedAutoencoder(CONFIG)
    run = TrainingState(net, plan, SEED, checkpoint.best_device())
    for _ in train(run, normal):
        pass
    shipped: Tensors = {}
    for name, value in net.cpu().state_dict().items():
        shipped |= detector.quantised(name, value) if value.ndim == 2 else {name: value.half()}
    return shipped


def fit_code(x: Tensor) -> Tensors:
    """The whitened PCA of normal images (N, 1, 28, 28), and the codes of some of them."""
    from sklearn.decomposition import PCA  # a second to import

    flat = detector.half_resolution(x)
    # Double precision: in single, the eigenvalue decomposition may not converge.
    pca = PCA(COMPONENTS, svd_solver="covariance_eigh").fit(flat.double().numpy())
    variance = torch.tensor([*pca.explained_variance_, pca.noise_variance_]).float()
    tensors = {
        "mean": flat.mean(0),
        "directions": torch.from_numpy(pca.components_.T).half(),
        "spread": (variance + NOISE).sqrt(),
    }
    chosen = torch.randperm(len(x), generator=torch.Generator().manual_seed(SEED))[:CODES]
    components = tensors["directions"].float()
    z, _ = detector.encode(x[chosen], tensors["mean"], components, tensors["spread"])
    return tensors | detector.quantised("codes", z)


def validation_figure(tensors: Tensors, whole: TrainingSet, normal_class: int | None) -> str:
    """The AUROC on the validation images; their mean score where all of them are normal."""
    scores = Detector(tensors).scores(whole.validation_images).combined
    if normal_class is None:
        return f"mean score {scores.mean().item():.2f}"
    is_anomaly = whole.validation_labels != normal_class
    return f"AUROC {metrics.auroc(scores.numpy(), is_anomaly.numpy()):.4f}"


def measure(dataset: str, images: int) -> dict[Metric, float]:
    """AUROC on the first test images: of every normal class, the means, and of the other set."""
    test, train_images = datasets.original(dataset, "test"), datasets.original(dataset, "train")
    kept, _ = datasets.split_off_validation(len(train_images.pixels))
    x, labels = datasets.to_tensor(test.pixels[:images]), test.labels[:images]
    other = datasets.DATASETS[dataset].out_of_distribution
    foreign = datasets.to_tensor(datasets.original(other, "test").pixels[:images])
    values: dict[Metric, float] = {}
    areas: dict[str, list[float]] = {}
    for normal_class in range(len(datasets.DATASETS[dataset].classes)):
        known = kept[train_images.labels[kept] == normal_class]
        found = scores_of(dataset, normal_class, datasets.to_tensor(train_images.pixels[known]), x)
        for name, scores in found.items():
            area = metrics.auroc(scores.numpy(), labels != normal_class)
            areas.setdefault(name, []).append(area)
        of_class = Metric("auroc", method=evaluation.COMBINED, label=normal_class)
        values[of_class] = areas[evaluation.COMBINED][-1]
    values |= {
        Metric("auroc", method=name, aggregate="classes"): fmean(each)
        for name, each in areas.items()
    }
    both, is_anomaly = torch.cat([x, foreign]), torch.arange(len(x) + len(foreign)) >= len(x)
    known = kept[: baselines.MAX_IMAGES]
    found = scores_of(dataset, None, datasets.to_tensor(train_images.pixels[known]), both)
    return values | {
        Metric("auroc", method=name, source=other): metrics.auroc(
            scores.numpy(), is_anomaly.numpy()
        )
        for name, scores in found.items()
    }


def scores_of(
    dataset: str, normal_class: int | None, training: Tensor, x: Tensor
) -> dict[str, Tensor]:
    """Every score (N,) of images x; the baselines are fitted on the `training` images."""
    shipped = detector.load(dataset, normal_class)
    return evaluation.score_all(shipped, baselines.fit(training), x)
