"""Makes the curves of accuracy against number of labels, and measures a point of them anew.

Every setting is the same for all draws and sizes: no label but those drawn has a say.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray

from ae_models import checkpoint, data, inference, spreading, tuning
from ae_models.tasks import few_labels, invariant
from ae_models.tasks.few_labels import (
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
NEEDS: tuple[str, ...] = (*few_labels.CHECKPOINTS, invariant.NAME)
SPREAD_ON = ("pixels", "undercomplete", "conv", "invariant")
POINT = 100  # labels, of the first draw: what `measure` does again

Bytes = NDArray[np.uint8]
Report = Callable[[int, int, str, float], None]


def describe(dataset: str) -> str:
    """How the curves are made, in words, with every setting."""
    return (
        f"{DRAWS} draws, seeds 0 to {DRAWS - 1}, of {', '.join(map(str, SIZES))} labels in all, "
        f"as many a class, from {UNLABELLED} training images; features: {', '.join(FEATURES)}; "
        f"logistic regression C {LOGISTIC_C:g}; "
        f"SVM with Gaussian kernel, C {SVM_C:g}, gamma 1 / D; "
        f"labels spread on {', '.join(SPREAD_ON)} over {spreading.NEIGHBOURS} neighbours each, "
        f"{spreading.STEPS} steps, alpha {spreading.CLAMP:g}, classes weighed even; "
        f"{PRETRAINED} and the same net from random weights tuned with a softmax layer: Adam, "
        f"{tuning.EPOCHS} epochs of {tuning.STEPS // tuning.EPOCHS} steps or more, learning rate "
        f"{tuning.RATE:g}, batch {tuning.BATCH}"
    )


def ways() -> list[tuple[str, str]]:
    """Every head and what it learns on, in the order of the curves."""
    plain = [(head, name) for name in FEATURES for head in HEADS if head not in GRAPHS]
    spread = [(head, name) for name in SPREAD_ON for head in GRAPHS]
    return [*plain, *spread, *((head, name) for head in NETS for name in (PRETRAINED, RANDOM))]


def make(dataset: str, report: Report) -> dict[str, bytes]:
    """The curves, as JSON. The test images are asked about, one by one, and nothing more."""
    found: list[Curve] = []
    started, total = time.perf_counter(), len(ways())
    for head, name, values in measured(dataset, SIZES, range(DRAWS), 10_000):
        found.append(Curve(head=head, features=name, accuracy=values))
        spent = time.perf_counter() - started
        at = SIZES.index(POINT)
        shown = f"{head}, {name}: {np.mean(values[at]):.4f} with {POINT} labels"
        report(len(found), total, shown, spent / len(found) * (total - len(found)))
    order = {way: place for place, way in enumerate(ways())}
    found.sort(key=lambda curve: order[curve.head, curve.features])
    everything = Curves(sizes=list(SIZES), unlabelled=UNLABELLED, curves=found)
    return {few_labels.FILE: json.dumps(everything.model_dump()).encode() + b"\n"}


def measure(dataset: str, images: int) -> dict[str, float]:
    """The accuracy of every way with POINT labels of the first draw, fitted anew."""
    return {
        f"{head}, {name}": values[0][0]
        for head, name, values in measured(dataset, (POINT,), range(1), images)
    }


def measured(
    dataset: str, sizes: tuple[int, ...], seeds: range, images: int
) -> Iterator[tuple[str, str, list[list[float]]]]:
    """Head, features and accuracy (sizes, draws) on the first test images, one way at a time."""
    known = few_labels.pool(dataset, data.original(dataset, "train"))
    test = data.original(dataset, "test")
    pixels, truth = test.pixels[:images], test.labels[:images]
    drawn = {
        (size, seed): few_labels.draw(known.labels, size, seed) for size in sizes for seed in seeds
    }

    def each(answer: Callable[[Ints, Ints, int], Ints]) -> list[list[float]]:
        return [
            [
                few_labels.accuracy(answer(rows, known.labels[rows], seed), truth)
                for seed in seeds
                for rows in (drawn[size, seed],)
            ]
            for size in sizes
        ]

    for name in FEATURES:
        net = few_labels.model(dataset, name)
        seen = few_labels.scaled(*(few_labels.features(net, p) for p in (known.pixels, pixels)))
        if name in SPREAD_ON:
            seen = few_labels.joined_up(seen)
        for head, _ in (way for way in ways() if way[1] == name and way[0] not in NETS):
            yield head, name, each(learner(head, seen))
    for name in (PRETRAINED, RANDOM):
        yield NETS[0], name, each(tuner(dataset, name, known.pixels, pixels))


def learner(head: str, seen: Seen) -> Callable[[Ints, Ints, int], Ints]:
    """What answers for drawn rows and their labels by one head; it needs no seed."""
    return lambda rows, labels, seed: few_labels.predict(head, seen, rows, labels)


def tuner(
    dataset: str, start: str, known: Bytes, asked: Bytes
) -> Callable[[Ints, Ints, int], Ints]:
    """What answers by tuning a net from pretrained or random weights."""
    pretrained = cast(Stacked, checkpoint.load(dataset, PRETRAINED, torch.device("cpu")))
    x = data.to_tensor(asked)

    def answer(rows: Ints, labels: Ints, seed: int) -> Ints:
        shown = data.to_tensor(known[rows])
        net = tuning.tune(
            pretrained, shown, torch.from_numpy(labels.copy()), random=start == RANDOM, seed=seed
        )
        return inference.in_batches(net, lambda m, part: m(part).argmax(1), x).numpy()

    return answer
