"""Makes the detectors of anomalies, and measures them beside the plain ways.

A detector is fitted on the pictures of its kind alone. What tells one setting from another is
how well it sets held-out training pictures of its kind apart from those of other classes.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import fmean

import torch
from torch import Tensor

from ae_models import datasets, metrics
from ae_models.artifacts import checkpoint
from ae_models.networks.masked_autoencoder import Uncovering
from ae_models.networks.seeded_init import Seeded
from ae_models.tasks.anomaly import baselines, detector
from ae_models.tasks.anomaly.detector import (
    BLUR,
    CLASSES,
    CONFIG,
    DIMENSIONS,
    NEAREST,
    NOISE,
    SHARE,
    Detector,
)
from ae_models.training.loop import train
from ae_models.training.phases import Descent, Phase, TrainingSet
from ae_models.training.recipe import training_set
from ae_models.training.state import Run

NEEDS: tuple[str, ...] = ()
EPOCHS = 30  # of a class
EPOCHS_OF_ALL = 10  # of a whole data set, which has ten times as many images
KNOWN = 1_500  # codes that a detector keeps
SEED = 0
KINDS: tuple[int | None, ...] = (*CLASSES, None)
Parts = dict[str, Tensor]
Report = Callable[[int, int, str, float], None]


def phases(normal_class: int | None) -> list[Phase]:
    """How the net of a class, or of all of a data set, is trained."""
    epochs = EPOCHS_OF_ALL if normal_class is None else EPOCHS
    return [Descent(epochs, 2e-3, precision="bfloat16")]


def describe(dataset: str) -> str:
    """How the detectors are made, in words, with every setting."""
    return (
        "a detector for each class and one for all, each from its own training images alone; "
        f"pictures of half the size; a dense net of {CONFIG.hidden} and {CONFIG.latent_dim} "
        f"units that sees {CONFIG.squares} squares of {CONFIG.smallest} to {CONFIG.largest} "
        f"pixels covered: {EPOCHS} epochs of a class, {EPOCHS_OF_ALL} of all; "
        f"{phases(None)[0].describe().partition(', ')[2]}, seed {SEED}; "
        f"blur {BLUR:g}; PCA of {DIMENSIONS} whitened with a noise of {NOISE:g}; the {NEAREST} "
        f"nearest of {KNOWN} codes; the sum of log error and {SHARE:g} times log distance, "
        "each standardised on held-out training images"
    )


def make(dataset: str, report: Report) -> dict[str, bytes]:
    """A file a detector. Raises `data.DataMissing`."""
    whole = training_set(dataset)
    files, started = {}, time.perf_counter()
    for done, normal_class in enumerate(KINDS, start=1):
        tensors = fitted(whole, normal_class)
        files[detector.file(normal_class)] = checkpoint.to_bytes(tensors)
        shown = f"{detector.kind(normal_class)}: {told(tensors, whole, normal_class)}"
        spent = time.perf_counter() - started
        report(done, len(KINDS), shown, spent / done * (len(KINDS) - done))
    return files


def of_kind(whole: TrainingSet, normal_class: int | None) -> TrainingSet:
    """The normal part of a training set; in its validation part as well."""
    if normal_class is None:
        return whole
    kept, held = whole.labels == normal_class, whole.validation_labels == normal_class
    return TrainingSet(
        whole.images[kept],
        whole.labels[kept],
        whole.validation_images[held],
        whole.validation_labels[held],
    )


def fitted(whole: TrainingSet, normal_class: int | None) -> Parts:
    """The tensors of a detector, from the normal part of a training set alone."""
    normal = of_kind(whole, normal_class)
    tensors = trained(normal, phases(normal_class)) | coder(normal.images)
    tensors["typical"] = torch.tensor([[0.0, 1.0]] * 2)
    marks = Detector(tensors).marks(normal.validation_images)
    both = torch.stack([marks.redrawing, marks.code]).clamp(min=detector.SMALLEST).log()
    tensors["typical"] = torch.stack([both.mean(1), both.std(1)], 1)
    return tensors


def trained(normal: TrainingSet, plan: list[Phase]) -> Parts:
    """The net's tensors as they ship: matrices in bytes, the rest in half precision."""
    with Seeded(SEED):
        net = Uncovering(CONFIG)
    run = Run(net, plan, SEED, checkpoint.best_device())
    for _ in train(run, normal):
        pass
    shipped: Parts = {}
    for name, value in net.cpu().state_dict().items():
        shipped |= detector.packed(name, value) if value.ndim == 2 else {name: value.half()}
    return shipped


def coder(x: Tensor) -> Parts:
    """The linear code of normal pictures (N, 1, 28, 28), and the codes that are kept."""
    flat = detector.half_size(x)
    mean = flat.mean(0)
    covariance = (flat - mean).T.cov(correction=0).double()  # single precision may not converge
    variance, directions = (t.float() for t in torch.linalg.eigh(covariance))  # ascending
    variance, directions = variance.flip(0).clamp(min=0), directions.flip(1)
    spread = (variance[:DIMENSIONS] + NOISE).sqrt()
    rest = (variance[DIMENSIONS:].mean() + NOISE).sqrt()
    whitening = {
        "mean": mean,
        "directions": directions[:, :DIMENSIONS].half().float(),
        "spread": torch.cat([spread, rest[None]]),
    }
    chosen = torch.randperm(len(x), generator=torch.Generator().manual_seed(SEED))[:KNOWN]
    z, _ = detector.code_of(x[chosen], **whitening)
    whitening["directions"] = whitening["directions"].half()
    return whitening | detector.packed("codes", z)


def told(tensors: Parts, whole: TrainingSet, normal_class: int | None) -> str:
    """What the validation images say of a detector."""
    scores = Detector(tensors).marks(whole.validation_images).scores
    if normal_class is None:
        return f"{scores.mean().item():.2f} on average"
    strange = whole.validation_labels != normal_class
    return f"AUROC {metrics.auroc(scores.numpy(), strange.numpy()):.4f}"


def measure(dataset: str, images: int) -> dict[str, float]:
    """AUROC on the first test images: of every class, their means, and of the other data set."""
    test, train_images = datasets.original(dataset, "test"), datasets.original(dataset, "train")
    kept, _ = datasets.split_off_validation(len(train_images.pixels))
    x, labels = datasets.to_tensor(test.pixels[:images]), test.labels[:images]
    (other,) = (name for name in datasets.DATASETS if name != dataset)
    foreign = datasets.to_tensor(datasets.original(other, "test").pixels[:images])
    values: dict[str, float] = {}
    ways: dict[str, list[float]] = {}
    for normal_class in CLASSES:
        known = kept[train_images.labels[kept] == normal_class]
        found = ways_of(dataset, normal_class, datasets.to_tensor(train_images.pixels[known]), x)
        for way, scores in found.items():
            area = metrics.auroc(scores.numpy(), labels != normal_class)
            ways.setdefault(way, []).append(area)
        values[f"auroc {detector.kind(normal_class)}"] = ways["autoencoder"][-1]
    values |= {f"mean auroc, {way}": fmean(areas) for way, areas in ways.items()}
    both, strange = torch.cat([x, foreign]), torch.arange(len(x) + len(foreign)) >= len(x)
    known = kept[: baselines.MOST]
    found = ways_of(dataset, None, datasets.to_tensor(train_images.pixels[known]), both)
    return values | {
        f"auroc against {other}, {way}": metrics.auroc(scores.numpy(), strange.numpy())
        for way, scores in found.items()
    }


def ways_of(dataset: str, normal_class: int | None, known: Tensor, x: Tensor) -> dict[str, Tensor]:
    """Scores (N,) of pictures x by the detector, by its two marks, and by the plain ways."""
    marks = detector.detector(dataset, normal_class).marks(x)
    plain = baselines.fit(known)
    return {
        "autoencoder": marks.scores,
        "redrawing alone": marks.redrawing,
        "code alone": marks.code,
    } | {name: way(plain, x) for name, way in baselines.WAYS.items()}
