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
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from torch import nn

from ae_models import checkpoint, data, inference, spreading, tuning
from ae_models.patches import Patches
from ae_models.tasks import few_labels
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
NEEDS: tuple[str, ...] = few_labels.CHECKPOINTS
SPREAD_ON = ("pixels", "conv", few_labels.TOGETHER)
PATCHES_FROM = 6_000  # training images
RUNS = Path(__file__).parents[2] / "runs"
POINT = 100  # labels, of the first draw: what `measure` does again

Bytes = NDArray[np.uint8]
Report = Callable[[int, int, str, float], None]


def describe(dataset: str) -> str:
    """How the curves are made, in words, with every setting."""
    return f"{settings(dataset)}; {', '.join(f'{head} on {name}' for head, name in ways())}"


def settings(dataset: str) -> str:
    """What all curves have in common, in words."""
    return (
        f"{DRAWS} draws, seeds 0 to {DRAWS - 1}, of {', '.join(map(str, SIZES))} labels in all, "
        f"as many a class, from {UNLABELLED} training images; "
        f"{few_labels.TOGETHER}: {', '.join(few_labels.JOINED[dataset])}, where "
        f"{PATCHES_FROM} images give the patches; logistic regression C {LOGISTIC_C:g}; "
        f"SVM with Gaussian kernel, C {SVM_C:g}, gamma 1 / D; "
        f"labels spread over {spreading.NEIGHBOURS} neighbours each, "
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
    """The patches, and the curves as JSON. Test images are asked about, and nothing more.

    What is done is kept in `runs/` until all is done, so that it may be interrupted.
    """
    kept = RUNS / dataset / few_labels.NAME
    kept.mkdir(parents=True, exist_ok=True)
    counted = learnt_patches(dataset, kept / "patches.safetensors")
    started, total = time.perf_counter(), len(ways())
    found = {}
    for head, name in ways():
        part = part_of(kept, dataset, head, name)
        if part.exists():
            found[head, name] = Curve.model_validate_json(part.read_text(encoding="utf-8"))
    left = [way for way in ways() if way not in found]
    test = 10_000
    every = measured(dataset, left, SIZES, range(DRAWS), test, counted)
    for fresh, (head, name, values) in enumerate(every, start=1):
        curve = found[head, name] = Curve(head=head, features=name, accuracy=values)
        part = part_of(kept, dataset, head, name)
        part.write_text(curve.model_dump_json(), encoding="utf-8")
        shown = f"{head}, {name}: {np.mean(values[SIZES.index(POINT)]):.4f} with {POINT} labels"
        spent = time.perf_counter() - started
        report(len(found), total, shown, spent / fresh * (total - len(found)))
    everything = Curves(
        sizes=list(SIZES), unlabelled=UNLABELLED, curves=[found[way] for way in ways()]
    )
    shutil.rmtree(kept)
    weights = checkpoint.to_bytes(checkpoint.halved(counted.state_dict()))
    text = json.dumps(everything.model_dump()) + "\n"
    return {few_labels.FILE: text.encode(), few_labels.PATCHES_FILE: weights}


def part_of(kept: Path, dataset: str, head: str, name: str) -> Path:
    """Where an interrupted run leaves one curve; other settings, another name."""
    about = f"{settings(dataset)}, {head}, {name}"
    return kept / f"{hashlib.sha256(about.encode()).hexdigest()[:16]}.json"


def learnt_patches(dataset: str, kept: Path) -> Patches:
    """Patches as they will ship, in half precision; `kept` holds those of an interrupted run."""
    counted = Patches()
    if kept.exists():
        counted.load_state_dict(load_file(kept))
        return counted.eval()
    pixels = few_labels.pool(data.original(dataset, "train")).pixels[:PATCHES_FROM]
    counted.fit(data.to_tensor(pixels))
    save_file(checkpoint.halved(counted.state_dict()), kept)
    return learnt_patches(dataset, kept)


def measure(dataset: str, images: int) -> dict[str, float]:
    """The accuracy of every way with POINT labels of the first draw, fitted anew."""
    counted = few_labels.patches(dataset)
    every = measured(dataset, ways(), (POINT,), range(1), images, counted)
    return {f"{head}, {name}": values[0][0] for head, name, values in every}


def measured(
    dataset: str,
    wanted: list[tuple[str, str]],
    sizes: tuple[int, ...],
    seeds: range,
    images: int,
    counted: Patches,
) -> Iterator[tuple[str, str, list[list[float]]]]:
    """Head, features and accuracy (sizes, draws) on the first test images, one way at a time."""
    known = few_labels.pool(data.original(dataset, "train"))
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
        heads = [head for head, features in wanted if features == name and head not in NETS]
        if not heads:
            continue
        nets: list[nn.Module] = [
            counted if part == few_labels.PATCHES else few_labels.model(dataset, part)
            for part in few_labels.parts(dataset, name)
        ]
        seen = few_labels.side_by_side(
            few_labels.features(nets, known.pixels), few_labels.features(nets, pixels)
        )
        if set(heads) & set(GRAPHS):
            seen = few_labels.joined_up(seen)
        for head in heads:
            yield head, name, each(learner(head, seen))
    for head, name in wanted:
        if head in NETS:
            yield head, name, each(tuner(dataset, name, known.pixels, pixels))


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
        with torch.autocast("cpu", torch.bfloat16):  # as it was trained; twice as fast
            return inference.in_batches(net, lambda m, part: m(part).argmax(1), x).numpy()

    return answer
