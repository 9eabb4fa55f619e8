"""Classification with few labels, on pixels or on codes: classifiers, features and accuracy.

Equally many images of each class are labelled, drawn from the training images; the others form
the unlabelled pool. Classifiers get the labels of the split alone, and predict each test image
independently.
Features come from models that were trained without labels.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict
from safetensors import SafetensorError
from scipy import sparse
from torch import nn

from ae_models import datasets, inference
from ae_models.artifacts import checkpoint, study
from ae_models.artifacts.card import folder
from ae_models.i18n import N_
from ae_models.networks.patch_features import PatchFeatures
from ae_models.tasks import simclr
from ae_models.tasks.few_labels import label_propagation
from ae_models.tasks.few_labels.label_propagation import WeightedNeighbours

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

NAME = "few-labels"
FILE = "curves.json"
PATCHES_FILE = "patches.safetensors"
SIZES = (10, 20, 50, 100, 200, 500, 1000)  # labels in total
DRAWS = 10
UNLABELLED = 20_000  # training images in the pool, the labelled ones among them
PIXELS = "pixels"
CHECKPOINTS = ("pca-32", "undercomplete", "conv", "vae", "stacked")
PATCHES, TOGETHER = N_("patches"), "codes together"  # keys, also in addresses
FEATURES = (PIXELS, *CHECKPOINTS, TOGETHER)
FEATURE_TITLES = {TOGETHER: N_("concatenated codes")}  # where a key is not shown itself
JOINED = ("conv", "undercomplete", PATCHES)  # the models whose codes TOGETHER concatenates
# Models that were trained with labels: no fair features.
SUPERVISED = ("judge", "cvae", "cvae-attributes", "gan")
SVM_C = 10.0
LOGISTIC_C = 1.0

ONE_CLASS = N_("All labelled images are of one class: a classifier needs at least two.")
NO_LABEL = N_("No image is labelled: a classifier cannot be fitted.")
TOO_FEW_IMAGES = N_("Some class has too few images for so many labels.")


class TooFew(ValueError):
    """The labels do not suffice; the message, marked for translation, says why."""


class FeatureSplit(NamedTuple):
    """Features of the pool and of the images to classify, on one scale."""

    pool: Floats  # (N, D)
    queries: Floats  # (M, D)
    graph: sparse.csr_matrix | None = None  # (N, N), of the pool
    near: WeightedNeighbours | None = None  # of the queries in the pool


class Curve(BaseModel):
    """The accuracy of a classifier on some features, by number of labels and split."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    head: str  # a key of HEADS or of NETS
    features: str  # one of FEATURES; "random weights" of a net that began with them
    accuracy: list[list[float]]  # (sizes, splits), on all test images

    @property
    def name(self) -> str:
        return f"{self.head}, {self.features}"


class Curves(BaseModel):
    """What ships: every split, from which mean and standard deviation are computed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sizes: list[int]
    unlabelled: int
    curves: list[Curve]


def pool(images: datasets.Images) -> datasets.Images:
    """The training images that labels are drawn from; none is held out for validation."""
    if images.decoded:  # the gallery has none of those
        return images
    kept, _ = datasets.split_off_validation(len(images.pixels))
    chosen = kept[:UNLABELLED]
    return datasets.frozen(images.pixels[chosen], images.labels[chosen], decoded=False)


def split(labels: Ints, total: int, seed: int) -> Ints:
    """Which images are labelled, (total,): equally many of each class, classes in turn.

    A larger split of the same seed contains the smaller one. Raises `TooFew`.
    """
    classes = range(labels.max(initial=0) + 1)
    each = total // len(classes)
    random = np.random.default_rng(seed)
    of_class = [random.permutation(np.flatnonzero(labels == c))[:each] for c in classes]
    if not each or min(map(len, of_class)) < each:
        raise TooFew(TOO_FEW_IMAGES)
    return np.stack(of_class, axis=1).ravel()


def joined(dataset: str) -> tuple[str, ...]:
    """The models whose codes TOGETHER concatenates."""
    return (*JOINED, simclr.NAME) if datasets.DATASETS[dataset].contrastive else JOINED


def parts(dataset: str, name: str) -> tuple[str, ...]:
    """The models whose codes the features consist of; none for pixels."""
    if name == PIXELS:
        return ()
    return joined(dataset) if name == TOGETHER else (name,)


def model(dataset: str, name: str) -> nn.Module:
    """A model that gives codes, one of `parts`. Raises `CheckpointError`."""
    if name == PATCHES:
        return patches(dataset)
    return simclr.load(dataset) if name == simclr.NAME else checkpoint.load(dataset, name)


def patches(dataset: str) -> PatchFeatures:
    """The shipped patch features. Raises `CheckpointError`."""
    found = PatchFeatures()
    expected = found.state_dict()
    path = folder(dataset, NAME) / PATCHES_FILE
    try:
        sha256 = study.read(dataset, NAME).files.get(PATCHES_FILE, "")
        found.load_state_dict(checkpoint.verified(path, sha256, expected))
    except (OSError, ValueError, SafetensorError) as error:
        raise checkpoint.unusable(path, error) from error
    return found.requires_grad_(False).eval().to(checkpoint.best_device())


def features(nets: Sequence[nn.Module], pixels: NDArray[np.uint8]) -> list[Floats]:
    """The codes (N, D) of images (N, 28, 28) by each model; the pixels where there is none."""
    x = datasets.to_tensor(pixels)
    found = [inference.encode(net, x) for net in nets] or [x]
    return [code.flatten(1).numpy() for code in found]


def concatenate(pool: Sequence[Floats], queries: Sequence[Floats]) -> FeatureSplit:
    """Codes of several models as one vector, each standardised so that all have equal weight.

    The pool has mean 0 and, over all components, standard deviation 1; the queries are shifted
    and scaled in the same way.
    """
    both = []
    for codes in (pool, queries):
        scaled = []
        for reference, code in zip(pool, codes, strict=True):
            scale = max(float(reference.std()), 1e-12) * reference.shape[1] ** 0.5
            scaled.append((code - reference.mean(axis=0)) / scale)
        both.append(np.concatenate(scaled, axis=1))
    factor = np.float32((both[0].shape[1] / len(pool)) ** 0.5)
    return FeatureSplit(both[0] * factor, both[1] * factor)


def with_graph(data: FeatureSplit) -> FeatureSplit:
    """The same with the graph that label spreading needs; seconds for 20,000 images."""
    among = label_propagation.neighbours(data.pool, data.pool, exclude_self=True)
    near = label_propagation.neighbours(data.queries, data.pool)
    return data._replace(graph=label_propagation.graph(among), near=near)


def logistic(data: FeatureSplit, labelled: Ints, labels: Ints) -> Ints:
    """Multinomial logistic regression on the labelled images alone."""
    from sklearn.linear_model import LogisticRegression  # a second to import

    fitted = LogisticRegression(C=LOGISTIC_C, max_iter=300).fit(data.pool[labelled], labels)
    predicted: Ints = fitted.predict(data.queries).astype(np.int64)
    return predicted


def svm(data: FeatureSplit, labelled: Ints, labels: Ints) -> Ints:
    """A support vector machine with a Gaussian kernel on the labelled images alone.

    gamma is 1 / D: the features have a standard deviation of 1.
    """
    from sklearn.svm import SVC

    fitted = SVC(C=SVM_C, gamma=1 / data.pool.shape[1]).fit(data.pool[labelled], labels)
    predicted: Ints = fitted.predict(data.queries).astype(np.int64)
    return predicted


def label_spreading(data: FeatureSplit, labelled: Ints, labels: Ints) -> Ints:
    """Label spreading over the graph of the whole pool; queries take their neighbours' labels."""
    assert data.graph is not None
    assert data.near is not None
    classes = int(labels.max()) + 1
    scores = label_propagation.spread(data.graph, labelled, labels, classes)
    return label_propagation.predict(data.near, scores)


Classifier = Callable[[FeatureSplit, Ints, Ints], Ints]
HEADS: dict[str, Classifier] = {
    N_("logistic regression"): logistic,
    N_("RBF SVM"): svm,
    N_("label spreading"): label_spreading,
}
GRAPHS = ("label spreading",)  # classifiers that use the unlabelled pool as well
NETS = (N_("fine-tuned net"),)
RANDOM = N_("random weights")


def predict(head: str, data: FeatureSplit, labelled: Ints, labels: Ints) -> Ints:
    """Predicted classes (M,) of the queries, from the `labels` (n,) of the labelled rows alone.

    A class without a label is never predicted. Raises `TooFew`.
    """
    if not len(labels):
        raise TooFew(NO_LABEL)
    if len(np.unique(labels)) < 2:
        raise TooFew(ONE_CLASS)
    return HEADS[head](data, labelled, labels)


def accuracy(predicted: Ints, truth: Ints) -> float:
    """Share of the images (N,) that are classified correctly; nan where there are none."""
    return float((predicted == truth).mean()) if len(truth) else float("nan")


def curves(dataset: str) -> Curves:
    """The shipped curves. Raises `CheckpointError`."""
    try:
        return Curves.model_validate(json.loads(study.content(dataset, NAME, FILE)))
    except ValueError as error:
        raise checkpoint.unusable(folder(dataset, NAME) / FILE, error) from error


def mean_and_deviation(accuracy: Sequence[Sequence[float]]) -> tuple[Floats, Floats]:
    """Of (sizes, splits): mean and standard deviation over the splits, (sizes,) each."""
    values = np.asarray(accuracy, np.float32)
    return values.mean(axis=1), values.std(axis=1, ddof=1)
