"""Makes the curves of accuracy against number of labels, and measures a point of them anew.

Every setting is the same for all draws and sizes: no label but those drawn has a say.
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
from ae_models.networks.patch_features import Patches
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
    Ints,
    Seen,
)
from ae_models.variants.stacked import Stacked

PRETRAINED = "stacked"
NEEDS: tuple[str, ...] = methods.CHECKPOINTS
SPREAD_ON = ("pixels", "conv", methods.TOGETHER)
PATCHES_FROM = 6_000  # training images
# What `measure` fits anew: one way of each kind.
AGAIN = (
    ("RBF SVM", "pixels"),
    ("logistic regression", "conv"),
    ("label spreading", methods.TOGETHER),
    ("fine-tuned net", PRETRAINED),
)
RUNS = Path(__file__).parents[3] / "runs"
POINT = 100  # labels, of the first draw: what `measure` does again

Bytes = NDArray[np.uint8]
Learner = Callable[[Ints, Ints, int], Ints]  # rows, their labels and a seed -> classes
Report = Callable[[int, int, str, float], None]


class Point(NamedTuple):
    """One fit: a head, what it learns on, labels in all, and which draw."""

    head: str
    features: str
    size: int
    seed: int

    @property
    def name(self) -> str:
        return f"{self.head}, {self.features}, {self.size} labels, draw {self.seed}"


def describe(dataset: str) -> str:
    """How the curves are made, in words, with every setting."""
    return f"{settings(dataset)}; {', '.join(f'{head} on {name}' for head, name in ways())}"


def settings(dataset: str) -> str:
    """What all curves have in common, in words."""
    return (
        f"{DRAWS} draws, seeds 0 to {DRAWS - 1}, of {', '.join(map(str, SIZES))} labels in all, "
        f"as many a class, from {UNLABELLED} training images; "
        f"{methods.TOGETHER}: {', '.join(methods.joined(dataset))}, where "
        f"{PATCHES_FROM} images give the patches; logistic regression C {LOGISTIC_C:g}; "
        f"SVM with Gaussian kernel, C {SVM_C:g}, gamma 1 / D; "
        f"labels spread over {label_propagation.NEIGHBOURS} neighbours each, "
        f"{label_propagation.STEPS} steps, alpha {label_propagation.CLAMP:g}, "
        "classes weighed even; "
        f"{PRETRAINED} and the same net from random weights tuned with a softmax layer: Adam, "
        f"{fine_tuning.EPOCHS} epochs of {fine_tuning.STEPS // fine_tuning.EPOCHS} steps "
        f"or more, learning rate {fine_tuning.RATE:g}, batch {fine_tuning.BATCH}"
    )


def ways() -> list[tuple[str, str]]:
    """Every head and what it learns on, in the order of the curves."""
    plain = [(head, name) for name in FEATURES for head in HEADS if head not in GRAPHS]
    spread = [(head, name) for name in SPREAD_ON for head in GRAPHS]
    return [*plain, *spread, *((head, name) for head in NETS for name in (PRETRAINED, RANDOM))]


def points() -> list[Point]:
    """Every fit that the curves take; those that are spoken of first are made first."""
    sizes = sorted(SIZES, key=lambda size: size != POINT)
    places = {
        way: (way[0] not in GRAPHS, way[0] in NETS, way[1] != methods.TOGETHER) for way in ways()
    }
    told = sorted(ways(), key=lambda way: places[way])
    return [
        Point(head, name, size, seed)
        for head, name in told
        for size in sizes
        for seed in range(DRAWS)
    ]


def make(dataset: str, report: Report) -> dict[str, bytes]:
    """The patches, and the curves as JSON. Test images are asked about, and nothing more.

    What is done is kept in `runs/` until all is done, so that it may be interrupted.
    """
    about = hashlib.sha256(settings(dataset).encode()).hexdigest()[:12]
    kept = RUNS / dataset / methods.NAME / about
    kept.mkdir(parents=True, exist_ok=True)
    counted = learnt_patches(dataset, kept / "patches.safetensors")
    done = kept / "points.json"
    found: dict[str, float] = json.loads(done.read_text()) if done.exists() else {}
    left = [point for point in points() if point.name not in found]
    started, total = time.perf_counter(), len(points())
    for fresh, (point, right) in enumerate(measured(dataset, left, 10_000, counted), start=1):
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
        for head, name in ways()
    ]
    everything = Curves(sizes=list(SIZES), unlabelled=UNLABELLED, curves=curves)
    shutil.rmtree(kept)
    weights = checkpoint.to_bytes(checkpoint.halved(counted.state_dict()))
    text = json.dumps(everything.model_dump()) + "\n"
    return {methods.FILE: text.encode(), methods.PATCHES_FILE: weights}


def learnt_patches(dataset: str, kept: Path) -> Patches:
    """Patches as they will ship, in half precision; `kept` holds those of an interrupted run."""
    counted = Patches()
    if kept.exists():
        counted.load_state_dict(load_file(kept))
        return counted.eval()
    pixels = methods.pool(datasets.original(dataset, "train")).pixels[:PATCHES_FROM]
    counted.fit(datasets.to_tensor(pixels))
    save_file(checkpoint.halved(counted.state_dict()), kept)
    return learnt_patches(dataset, kept)


def measure(dataset: str, images: int) -> dict[Metric, float]:
    """The accuracy of some ways with POINT labels of the first draw, fitted anew."""
    again = [Point(head, name, POINT, 0) for head, name in AGAIN]
    found = measured(dataset, again, images, methods.patches(dataset))
    return {
        Metric("accuracy", method=point.head, representation=point.features): accuracy
        for point, accuracy in found
    }


def measured(
    dataset: str, wanted: list[Point], images: int, counted: Patches
) -> Iterator[tuple[Point, float]]:
    """Each point and its accuracy on the first test images."""
    known = methods.pool(datasets.original(dataset, "train"))
    test = datasets.original(dataset, "test")
    pixels, truth = test.pixels[:images], test.labels[:images]
    for name in dict.fromkeys(point.features for point in wanted):
        part = [point for point in wanted if point.features == name]
        learners: dict[str, Learner] = {}
        if nets := {point.head for point in part} & set(NETS):
            learners |= dict.fromkeys(nets, tuner(dataset, name, known.pixels, pixels))
        if heads := {point.head for point in part} & set(HEADS):
            seen = looked_at(dataset, name, known.pixels, pixels, counted)
            seen = methods.joined_up(seen) if heads & set(GRAPHS) else seen
            learners |= {head: learner(head, seen) for head in heads}
        for point in part:
            rows = methods.draw(known.labels, point.size, point.seed)
            told = learners[point.head](rows, known.labels[rows], point.seed)
            yield point, methods.accuracy(told, truth)


def looked_at(dataset: str, name: str, known: Bytes, asked: Bytes, counted: Patches) -> Seen:
    """The features of both kinds of images; the patches may not have shipped yet."""
    nets: list[nn.Module] = [
        counted if part == methods.PATCHES else methods.model(dataset, part)
        for part in methods.parts(dataset, name)
    ]
    return methods.side_by_side(*(methods.features(nets, each) for each in (known, asked)))


def learner(head: str, seen: Seen) -> Learner:
    """What answers for drawn rows and their labels by one head; it needs no seed."""
    return lambda rows, labels, seed: methods.predict(head, seen, rows, labels)


def tuner(dataset: str, start: str, known: Bytes, asked: Bytes) -> Learner:
    """What answers by tuning a net from pretrained or random weights."""
    pretrained = cast(Stacked, checkpoint.load(dataset, PRETRAINED, torch.device("cpu")))
    x = datasets.to_tensor(asked)

    def answer(rows: Ints, labels: Ints, seed: int) -> Ints:
        shown = datasets.to_tensor(known[rows])
        net = fine_tuning.tune(
            pretrained, shown, torch.from_numpy(labels.copy()), random=start == RANDOM, seed=seed
        )
        with torch.autocast("cpu", torch.bfloat16):  # as it was trained; twice as fast
            return inference.in_batches(net, lambda m, part: m(part).argmax(1), x).numpy()

    return answer
