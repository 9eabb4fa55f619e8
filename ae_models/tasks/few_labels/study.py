"""Makes the curves of accuracy by number of labels, and measures some of their points again.

All settings are the same for all splits and sizes; only the labels of the split are used.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple, cast

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from torch import nn

from ae_models import datasets, inference
from ae_models.artifacts import checkpoint
from ae_models.metric_key import Metric
from ae_models.networks.patch_features import PatchFeatures
from ae_models.tasks.few_labels import fine_tuning, label_propagation, methods
from ae_models.tasks.few_labels.methods import (
    DRAWS,
    FEATURES,
    GRAPHS,
    HEADS,
    LOGISTIC_C,
    NETS,
    RANDOM,
    SIZES,
    SVM_C,
    UNLABELLED,
    Curve,
    Curves,
    FeatureSplit,
    Ints,
)
from ae_models.variants.stacked import Stacked

PRETRAINED = "stacked"
NEEDS: tuple[str, ...] = methods.CHECKPOINTS
SPREAD_ON = ("pixels", "conv", methods.TOGETHER)
PATCH_IMAGES = 6_000  # training images that the patch features are fitted on
# What `measure` fits again: one method of each kind.
AGAIN = (
    ("RBF SVM", "pixels"),
    ("logistic regression", "conv"),
    ("label spreading", methods.TOGETHER),
    ("fine-tuned net", PRETRAINED),
)
RUNS = Path(__file__).parents[3] / "runs"
POINT = 100  # labels, of the first split, that `measure` fits again with

Bytes = NDArray[np.uint8]
Predictor = Callable[[Ints, Ints, int], Ints]  # rows, their labels and a seed -> classes
Report = Callable[[int, int, str, float], None]


class Point(NamedTuple):
    """One fit: classifier, features, labels in total, and seed of the split."""

    head: str
    features: str
    size: int
    seed: int

    @property
    def name(self) -> str:
        return f"{self.head}, {self.features}, {self.size} labels, draw {self.seed}"


def describe(dataset: str) -> str:
    """How the curves are made, in words, with every setting."""
    described = [f"{head} on {feature_title(name)}" for head, name in combinations()]
    return f"{settings(dataset)}; {', '.join(described)}"


def feature_title(name: str) -> str:
    """What features are called in words."""
    return methods.FEATURE_TITLES.get(name, name)


def settings(dataset: str) -> str:
    """What all curves have in common, in words."""
    return (
        f"{DRAWS} splits, seeds 0 to {DRAWS - 1}, of {', '.join(map(str, SIZES))} labels in total, "
        f"equally many of each class, from {UNLABELLED} training images; "
        f"{feature_title(methods.TOGETHER)}: {', '.join(methods.joined(dataset))}, the patches "
        f"fitted on {PATCH_IMAGES} images; logistic regression C {LOGISTIC_C:g}; "
        f"SVM with Gaussian kernel, C {SVM_C:g}, gamma 1 / D; "
        f"label spreading over {label_propagation.NEIGHBOURS} neighbours each, "
        f"{label_propagation.STEPS} steps, alpha {label_propagation.ALPHA:g}, "
        "balanced classes; "
        f"{PRETRAINED} and the same net from random weights fine-tuned with a softmax layer: Adam, "
        f"{fine_tuning.EPOCHS} epochs of {fine_tuning.STEPS // fine_tuning.EPOCHS} steps "
        f"or more, learning rate {fine_tuning.RATE:g}, batch {fine_tuning.BATCH}"
    )


def combinations() -> list[tuple[str, str]]:
    """Every classifier with its features, in the order of the curves."""
    plain = [(head, name) for name in FEATURES for head in HEADS if head not in GRAPHS]
    spread = [(head, name) for name in SPREAD_ON for head in GRAPHS]
    return [*plain, *spread, *((head, name) for head in NETS for name in (PRETRAINED, RANDOM))]


def points() -> list[Point]:
    """Every fit that the curves take, the most important first."""
    sizes = sorted(SIZES, key=lambda size: size != POINT)

    def rank(combination: tuple[str, str]) -> tuple[bool, bool, bool]:
        head, name = combination
        return head not in GRAPHS, head in NETS, name != methods.TOGETHER

    ordered = sorted(combinations(), key=rank)
    return [
        Point(head, name, size, seed)
        for head, name in ordered
        for size in sizes
        for seed in range(DRAWS)
    ]


def make(dataset: str, report: Report) -> dict[str, bytes]:
    """The patch features, and the curves as JSON. Test images are used for prediction alone.

    Results are kept in `runs/` until all are there, so that it can be interrupted.
    """
    about = hashlib.sha256(settings(dataset).encode()).hexdigest()[:12]
    kept = RUNS / dataset / methods.NAME / about
    kept.mkdir(parents=True, exist_ok=True)
    patches = fit_patches(dataset, kept / "patches.safetensors")
    done = kept / "points.json"
    found: dict[str, float] = json.loads(done.read_text()) if done.exists() else {}
    left = [point for point in points() if point.name not in found]
    started, total = time.perf_counter(), len(points())
    for fresh, (point, right) in enumerate(measured(dataset, left, 10_000, patches), start=1):
        found[point.name] = right
        done.write_text(json.dumps(found))
        spent = time.perf_counter() - started
        report(len(found), total, f"{point.name}: {right:.4f}", spent / fresh * (len(left) - fresh))
    curves = [
        Curve(
            head=head,
            features=name,
            accuracy=[
                [found[Point(head, name, size, seed).name] for seed in range(DRAWS)]
                for size in SIZES
            ],
        )
        for head, name in combinations()
    ]
    everything = Curves(sizes=list(SIZES), unlabelled=UNLABELLED, curves=curves)
    shutil.rmtree(kept)
    weights = checkpoint.to_bytes(checkpoint.halved(patches.state_dict()))
    text = json.dumps(everything.model_dump()) + "\n"
    return {methods.FILE: text.encode(), methods.PATCHES_FILE: weights}


def fit_patches(dataset: str, kept: Path) -> PatchFeatures:
    """The patch features as they ship, in half precision; `kept` may hold an interrupted run's."""
    patches = PatchFeatures()
    if kept.exists():
        patches.load_state_dict(load_file(kept))
        return patches.eval()
    pixels = methods.pool(datasets.original(dataset, "train")).pixels[:PATCH_IMAGES]
    patches.fit(datasets.to_tensor(pixels))
    save_file(checkpoint.halved(patches.state_dict()), kept)
    return fit_patches(dataset, kept)


def measure(dataset: str, images: int) -> dict[Metric, float]:
    """The accuracy of some methods with POINT labels of the first split, fitted again."""
    again = [Point(head, name, POINT, 0) for head, name in AGAIN]
    found = measured(dataset, again, images, methods.patches(dataset))
    return {
        Metric("accuracy", method=point.head, representation=point.features): accuracy
        for point, accuracy in found
    }


def measured(
    dataset: str, points: list[Point], images: int, patches: PatchFeatures
) -> Iterator[tuple[Point, float]]:
    """Each point and its accuracy on the first test images."""
    pool = methods.pool(datasets.original(dataset, "train"))
    test = datasets.original(dataset, "test")
    pixels, truth = test.pixels[:images], test.labels[:images]
    for name in dict.fromkeys(point.features for point in points):
        part = [point for point in points if point.features == name]
        predictors: dict[str, Predictor] = {}
        if nets := {point.head for point in part} & set(NETS):
            predictors |= dict.fromkeys(nets, fine_tuned(dataset, name, pool.pixels, pixels))
        if heads := {point.head for point in part} & set(HEADS):
            data = features(dataset, name, pool.pixels, pixels, patches)
            data = methods.with_graph(data) if heads & set(GRAPHS) else data
            predictors |= {head: fitted(head, data) for head in heads}
        for point in part:
            rows = methods.split(pool.labels, point.size, point.seed)
            predicted = predictors[point.head](rows, pool.labels[rows], point.seed)
            yield point, methods.accuracy(predicted, truth)


def features(
    dataset: str, name: str, pool: Bytes, queries: Bytes, patches: PatchFeatures
) -> FeatureSplit:
    """Features of pool and queries (N, 28, 28); the patch features may not have shipped yet."""
    nets: list[nn.Module] = [
        patches if part == methods.PATCHES else methods.model(dataset, part)
        for part in methods.parts(dataset, name)
    ]
    return methods.concatenate(*(methods.features(nets, each) for each in (pool, queries)))


def fitted(head: str, data: FeatureSplit) -> Predictor:
    """Predicts with one classifier; it needs no seed."""
    return lambda rows, labels, seed: methods.predict(head, data, rows, labels)


def fine_tuned(dataset: str, start: str, pool: Bytes, queries: Bytes) -> Predictor:
    """Predicts by fine-tuning a net from pretrained or random weights."""
    pretrained = cast(Stacked, checkpoint.load(dataset, PRETRAINED, torch.device("cpu")))
    x = datasets.to_tensor(queries)

    def predict(rows: Ints, labels: Ints, seed: int) -> Ints:
        images = datasets.to_tensor(pool[rows])
        net = fine_tuning.tune(
            pretrained, images, torch.from_numpy(labels.copy()), random=start == RANDOM, seed=seed
        )
        with torch.autocast("cpu", torch.bfloat16):  # as it was trained; twice as fast
            return inference.in_batches(net, lambda m, part: m(part).argmax(1), x).numpy()

    return predict
