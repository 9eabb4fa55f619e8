"""How far few labels go: draw some, learn from them on pixels or on codes, count what is right.

Labels are drawn in equal numbers from the training images; all other training images stay
without. What learns gets the drawn labels and nothing of the others, and looks at test images
one by one. Features come from nets that were trained without any label.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict
from safetensors import SafetensorError
from scipy import sparse
from torch import nn

from ae_models import datasets, inference
from ae_models.artifacts import checkpoint, study
from ae_models.artifacts.card import folder
from ae_models.i18n import N_
from ae_models.networks.patch_features import Patches
from ae_models.tasks import simclr
from ae_models.tasks.few_labels import label_propagation
from ae_models.tasks.few_labels.label_propagation import Nearest

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

NAME = "few-labels"
FILE = "curves.json"
PATCHES_FILE = "patches.safetensors"
SIZES = (10, 20, 50, 100, 200, 500, 1000)  # labels in total
DRAWS = 10
UNLABELLED = 20_000  # training images that stand by, the drawn among them
PIXELS = "pixels"
CHECKPOINTS = ("pca-32", "undercomplete", "conv", "vae", "stacked")
PATCHES, TOGETHER = N_("patches"), N_("codes together")
FEATURES = (PIXELS, *CHECKPOINTS, TOGETHER)
JOINED = ("conv", "undercomplete", PATCHES)  # stand side by side: each sees another likeness
# Nets that were told labels while they were trained: what they know is no fair feature.
TOLD = ("judge", "cvae", "cvae-attributes", "gan")
SVM_C = 10.0
LOGISTIC_C = 1.0

ONE_CLASS = N_("All drawn images are of one class: there is nothing to tell apart.")
NOTHING = N_("No image is labelled: there is nothing to learn from.")
SCARCE = N_("There are too few images of some class to draw so many labels.")


class TooFew(ValueError):
    """What the drawn labels lack, in one English sentence marked for translation."""


class Seen(NamedTuple):
    """Features of the images that stand by and of those asked about, in one scale."""

    known: Floats  # (N, D)
    asked: Floats  # (M, D)
    graph: sparse.csr_matrix | None = None  # (N, N), of the known
    near: Nearest | None = None  # of the asked among the known


class Curve(BaseModel):
    """The accuracy of one way to learn, by number of labels and draw."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    head: str  # a key of HEADS or of NETS
    features: str  # one of FEATURES; "random weights" of a net that began with them
    accuracy: list[list[float]]  # (sizes, draws), on all test images

    @property
    def name(self) -> str:
        return f"{self.head}, {self.features}"


class Curves(BaseModel):
    """What ships: every draw, so that whoever shows a mean can show the spread."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sizes: list[int]
    unlabelled: int
    curves: list[Curve]


def pool(images: datasets.Images) -> datasets.Images:
    """Of the training images those that stand by: never one that is kept for validation."""
    if images.decoded:  # the gallery has none of those
        return images
    kept, _ = datasets.split_off_validation(len(images.pixels))
    chosen = kept[:UNLABELLED]
    return datasets.frozen(images.pixels[chosen], images.labels[chosen], decoded=False)


def draw(labels: Ints, total: int, seed: int) -> Ints:
    """Which images are labelled, (total,): as many of each class, classes in turn.

    A larger draw of the same seed holds the smaller one. Raises `TooFew`.
    """
    classes = range(labels.max(initial=0) + 1)
    each = total // len(classes)
    random = np.random.default_rng(seed)
    of_class = [random.permutation(np.flatnonzero(labels == c))[:each] for c in classes]
    if not each or min(map(len, of_class)) < each:
        raise TooFew(SCARCE)
    return np.stack(of_class, axis=1).ravel()


def joined(dataset: str) -> tuple[str, ...]:
    """Whose codes stand side by side in TOGETHER."""
    return (*JOINED, simclr.NAME) if datasets.DATASETS[dataset].contrastive else JOINED


def parts(dataset: str, name: str) -> tuple[str, ...]:
    """The nets whose codes a kind of features holds; none for pixels."""
    if name == PIXELS:
        return ()
    return joined(dataset) if name == TOGETHER else (name,)


def model(dataset: str, name: str) -> nn.Module:
    """A net that gives codes, one of `parts`. Raises `CheckpointError`."""
    if name == PATCHES:
        return patches(dataset)
    return simclr.load(dataset) if name == simclr.NAME else checkpoint.load(dataset, name)


def patches(dataset: str) -> Patches:
    """The shipped patches. Raises `CheckpointError`."""
    found = Patches()
    expected = found.state_dict()
    path = folder(dataset, NAME) / PATCHES_FILE
    try:
        sha256 = study.read(dataset, NAME).files.get(PATCHES_FILE, "")
        found.load_state_dict(checkpoint.verified(path, sha256, expected))
    except (OSError, ValueError, SafetensorError) as error:
        raise checkpoint.unusable(path, error) from error
    return found.requires_grad_(False).eval().to(checkpoint.best_device())


def features(nets: Sequence[nn.Module], pixels: NDArray[np.uint8]) -> list[Floats]:
    """Of images (N, 28, 28): their codes by each net, (N, D); the pixels where there is none."""
    x = datasets.to_tensor(pixels)
    found = [inference.encode(net, x) for net in nets] or [x]
    return [code.flatten(1).numpy() for code in found]


def side_by_side(known: Sequence[Floats], asked: Sequence[Floats]) -> Seen:
    """Codes of several nets as one, each moved and stretched so that all weigh the same.

    The known have mean 0 and spread 1 over all their numbers; the asked are moved alike.
    """
    both = []
    for codes in (known, asked):
        scaled = []
        for reference, code in zip(known, codes, strict=True):
            spread = max(float(reference.std()), 1e-12) * reference.shape[1] ** 0.5
            scaled.append((code - reference.mean(axis=0)) / spread)
        both.append(np.concatenate(scaled, axis=1))
    stretch = np.float32((both[0].shape[1] / len(known)) ** 0.5)
    return Seen(both[0] * stretch, both[1] * stretch)


def joined_up(seen: Seen) -> Seen:
    """The same with the graph that labels spread over; seconds for 20,000 images."""
    known = label_propagation.nearest(seen.known, seen.known, among_themselves=True)
    near = label_propagation.nearest(seen.asked, seen.known)
    return seen._replace(graph=label_propagation.graph(known), near=near)


def logistic(seen: Seen, drawn: Ints, labels: Ints) -> Ints:
    """Multinomial logistic regression on the labelled images alone."""
    from sklearn.linear_model import LogisticRegression  # a second to import

    fitted = LogisticRegression(C=LOGISTIC_C, max_iter=300).fit(seen.known[drawn], labels)
    told: Ints = fitted.predict(seen.asked).astype(np.int64)
    return told


def svm(seen: Seen, drawn: Ints, labels: Ints) -> Ints:
    """A support vector machine with a Gaussian kernel on the labelled images alone.

    The kernel's width is the usual one, 1 / D for features of spread 1.
    """
    from sklearn.svm import SVC

    rows = seen.known[drawn]
    fitted = SVC(C=SVM_C, kernel="precomputed").fit(_gaussian(rows, rows), labels)
    told: Ints = fitted.predict(_gaussian(seen.asked, rows)).astype(np.int64)
    return told


def spread(seen: Seen, drawn: Ints, labels: Ints) -> Ints:
    """Labels spread over the graph of all that stand by; the asked take their neighbours'."""
    assert seen.graph is not None
    assert seen.near is not None
    return label_propagation.told(
        seen.near, label_propagation.spread(seen.graph, drawn, labels, int(labels.max()) + 1)
    )


Head = Callable[[Seen, Ints, Ints], Ints]
HEADS: dict[str, Head] = {
    N_("logistic regression"): logistic,
    N_("RBF SVM"): svm,
    N_("label spreading"): spread,
}
GRAPHS = ("label spreading",)  # heads that use the unlabelled too
NETS = (N_("fine-tuned net"),)
RANDOM = N_("random weights")


def predict(head: str, seen: Seen, drawn: Ints, labels: Ints) -> Ints:
    """The classes of the asked, (M,), by a head that sees the `labels` (n,) of the drawn alone.

    A class that was not drawn is never the answer. Raises `TooFew`.
    """
    if not len(labels):
        raise TooFew(NOTHING)
    if len(np.unique(labels)) < 2:
        raise TooFew(ONE_CLASS)
    return HEADS[head](seen, drawn, labels)


def accuracy(predicted: Ints, truth: Ints) -> float:
    """The part of the images (N,) that is told right; not a number where there are none."""
    return float((predicted == truth).mean()) if len(truth) else float("nan")


def curves(dataset: str) -> Curves:
    """The shipped curves. Raises `CheckpointError`."""
    try:
        return Curves.model_validate(json.loads(study.content(dataset, NAME, FILE)))
    except ValueError as error:
        raise checkpoint.unusable(folder(dataset, NAME) / FILE, error) from error


def mean_and_spread(accuracy: Sequence[Sequence[float]]) -> tuple[Floats, Floats]:
    """Of (sizes, draws): the mean over draws and their standard deviation, (sizes,) each."""
    values = np.asarray(accuracy, np.float32)
    return values.mean(axis=1), values.std(axis=1, ddof=1)


def _gaussian(rows: Floats, others: Floats) -> Floats:
    """exp(-|a - b|² / D) of (M, D) and (N, D), (M, N)."""
    a, b = torch.tensor(rows), torch.tensor(others)
    squared = a.square().sum(1)[:, None] + b.square().sum(1) - 2 * a @ b.T
    kernel: Floats = torch.exp(-squared.clamp(min=0) / a.shape[1]).numpy()
    return kernel
