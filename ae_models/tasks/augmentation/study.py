"""Does it help a classifier to add a CVAE's images to a small labelled set?

Accuracy on the test split for 10, 100 and 1,000 real images per class with up to ten times as
many synthetic ones: of a small CVAE trained on just those real images, of the shipped CVAE,
trained with every label of the training split, and of affine augmentation. Every split has other
real images, and every method is compared with no augmentation on the same split.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError
from scipy import stats
from torch import nn

from ae_models import datasets
from ae_models.artifacts import checkpoint, study
from ae_models.artifacts.card import folder
from ae_models.metric_key import Metric
from ae_models.tasks.augmentation import methods
from ae_models.tasks.augmentation.methods import Labels, Pixels

NAME = "augmentation"
FILE = "accuracy.json"
SHIPPED = "cvae"
NEEDS: tuple[str, ...] = (SHIPPED,)
SIZES = (10, 100, 1_000)  # real images per class
MULTIPLES = (1, 2, 5, 10)  # synthetic images per real image
OWN, SHIPPED_CVAE, AFFINE = METHODS = ("own CVAE", "shipped CVAE", "affine")
DRAWS = {10: 5, 100: 4, 1_000: 3}  # fewer where training takes longer
AGAIN = (10, 0, ((OWN, 5),))  # what `measure` measures again: size, seed, arms
CONFIDENCE = 0.95  # of the interval of a gain
UNFINISHED = Path(__file__).parents[3] / "runs"

Arm = tuple[str, int]  # method and multiple; the method is "" where nothing is added


class Point(BaseModel):
    """Accuracies of one size, one per split."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    nothing: list[float]
    synthetic: dict[str, dict[int, list[float]]]  # by method and multiple


class Curves(BaseModel):
    """All measured accuracies, and the number of test images."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    images: int
    shipped_labels: int  # labelled images that the shipped CVAE was trained on
    points: dict[int, Point]  # by real images per class


class Gain(NamedTuple):
    """Change of the accuracy by augmentation, over the splits."""

    mean: float  # difference of accuracies
    error: float  # half the 95 % interval of that mean (Student's t, paired by draw)
    draws: int

    @property
    def significant(self) -> bool:
        """Whether the confidence interval excludes 0."""
        return abs(self.mean) > self.error


def describe(dataset: str) -> str:
    """The procedure in words, with every setting."""
    draws = ", ".join(f"{count} splits of {size:,}" for size, count in DRAWS.items())
    return (
        f"real images per class: {draws}; "
        f"synthetic images per real image: {', '.join(map(str, MULTIPLES))}; "
        f"{methods.describe()}"
    )


def make(dataset: str, report: Callable[[int, int, str, float], None]) -> dict[str, bytes]:
    """All accuracies, as JSON; resumes an interrupted run of the same settings."""
    saved = UNFINISHED / dataset / NAME / FILE
    found = _read(saved, describe(dataset))
    todo = [(size, draw) for size, draws in DRAWS.items() for draw in range(draws)]
    test = datasets.original(dataset, "test")
    for done, (size, draw) in enumerate(todo, start=1):
        key = f"{size} {draw}"
        started = time.perf_counter()
        if key not in found:
            nets = trained(dataset, size, draw)
            found[key] = {
                f"{method} {multiple}": _accuracy(net, test) for (method, multiple), net in nets
            }
            saved.parent.mkdir(parents=True, exist_ok=True)
            saved.write_text(json.dumps({"method": describe(dataset), "found": found}))
        left = (time.perf_counter() - started) * (len(todo) - done)
        report(done, len(todo), f"{size} a class, draw {draw + 1}", left)
    curves = Curves(
        images=len(test.pixels),
        shipped_labels=len(
            datasets.split_off_validation(len(datasets.original(dataset, "train").pixels))[0]
        ),
        points={size: _gathered(found, size) for size in SIZES},
    )
    saved.unlink(missing_ok=True)
    return {FILE: (curves.model_dump_json() + "\n").encode()}


def measure(dataset: str, images: int) -> dict[Metric, float]:
    """Accuracies of the point AGAIN on the first test images."""
    size, draw, arms = AGAIN
    test = datasets.original(dataset, "test")
    test = datasets.Images(test.pixels[:images], test.labels[:images], test.decoded)
    return {
        metric(arm): _accuracy(net, test)
        for arm, net in trained(dataset, size, draw, (("", 0), *arms))
    }


def metric(arm: Arm) -> Metric:
    """The key of an arm's accuracy."""
    method, multiple = arm
    return Metric("accuracy", method=method, synthetic_per_real=multiple)


def trained(
    dataset: str, size: int, draw: int, arms: tuple[Arm, ...] | None = None
) -> Iterator[tuple[Arm, nn.Module]]:
    """The classifiers of one split, each with its arm; trained on the training split alone.

    Raises `DataMissing` and `CheckpointError`.
    """
    chosen = arms or (("", 0), *((method, m) for method in METHODS for m in MULTIPLES))
    pixels, labels = real(datasets.original(dataset, "train"), size, draw)
    most = max(MULTIPLES)
    generated: dict[str, Pixels] = {}
    for method, multiple in chosen:
        if method and method not in generated:
            generated[method] = synthetic(dataset, method, pixels, labels, most, draw)
        added = generated[method][: multiple * len(pixels)] if method else pixels[:0]
        net = methods.classifier(
            np.concatenate([pixels, added]),
            np.tile(labels, multiple + 1),
            methods.steps(len(pixels)),
            seed=draw,
        )
        yield (method, multiple), net


def trained_on(images: datasets.Images) -> NDArray[np.int64]:
    """Indices of the training images outside the validation part; all of the bundled gallery."""
    every = len(images.pixels)
    return np.arange(every) if images.decoded else datasets.split_off_validation(every)[0]


def fewest(images: datasets.Images, classes: int) -> int:
    """Size of the smallest class among `trained_on`."""
    return int(np.bincount(images.labels[trained_on(images)], minlength=classes).min())


def real(images: datasets.Images, size: int, draw: int) -> tuple[Pixels, Labels]:
    """The real images of a split, `size` per class, from a training split.

    The original's validation part stays out: the shipped CVAE was chosen on it, and so were
    the settings here. Raises `ValueError` where a class has fewer.
    """
    kept = trained_on(images)
    pixels, labels = images.pixels[kept], images.labels[kept]
    chosen = methods.balanced_split(labels, size, draw)
    return pixels[chosen], labels[chosen]


def synthetic(
    dataset: str, method: str, pixels: Pixels, labels: Labels, times: int, seed: int
) -> Pixels:
    """`times` synthetic images for each label of the real images: (times * N, 28, 28)."""
    if method == AFFINE:
        return methods.affine(pixels, times, seed)
    if method == SHIPPED_CVAE:
        model: nn.Module = checkpoint.load(dataset, SHIPPED)
    else:
        run = methods.untrained(seed, int(labels.max()) + 1)
        for _part in methods.learn(run, pixels, labels):
            pass
        model = run.model
    return methods.generated(model, np.tile(labels, times), seed)


def curves(dataset: str) -> Curves:
    """What the study measured. Raises `CheckpointError`."""
    content = study.content(dataset, NAME, FILE)
    try:
        return Curves.model_validate_json(content)
    except ValidationError as error:
        raise checkpoint.unusable(folder(dataset, NAME) / FILE, error) from error


def gain(point: Point, method: str, multiple: int, over: str = "") -> Gain:
    """Difference of accuracies between a method and another, or none, on the same real images."""
    reference = point.synthetic[over][multiple] if over else point.nothing
    changes = np.subtract(point.synthetic[method][multiple], reference)
    draws = len(changes)
    if draws < 2:
        return Gain(float(changes.mean()), float("inf"), draws)
    error = stats.t.ppf((1 + CONFIDENCE) / 2, draws - 1) * changes.std(ddof=1) / np.sqrt(draws)
    return Gain(float(changes.mean()), float(error), draws)


def _accuracy(net: nn.Module, test: datasets.Images) -> float:
    labels = torch.from_numpy(test.labels.copy())
    return round(methods.accuracy(net, datasets.to_tensor(test.pixels), labels), 6)


def _gathered(found: dict[str, dict[str, float]], size: int) -> Point:
    of_size = [found[f"{size} {draw}"] for draw in range(DRAWS[size])]
    return Point(
        nothing=[one[" 0"] for one in of_size],
        synthetic={
            method: {m: [one[f"{method} {m}"] for one in of_size] for m in MULTIPLES}
            for method in METHODS
        },
    )


def _read(saved: Path, method: str) -> dict[str, dict[str, float]]:
    """Accuracies of an interrupted run, by split; none where its settings were different."""
    try:
        content = json.loads(saved.read_text())
        return dict(content["found"]) if content["method"] == method else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}
