"""The images that a page is about: some of the data set, or one of the visitor's own."""

from typing import NamedTuple

import numpy as np
import streamlit as st
import torch
from numpy.typing import NDArray

from ae_models import datasets, inference
from ui.base.language import _
from ui.cache import image_sets, models
from ui.widgets import controls
from ui.widgets.image_input import picks, source_image

FIRST_COUNT = 10  # test images that a first visit shows


class SelectedImages(NamedTuple):
    """N images with a label each, and where the labels come from."""

    pixels: NDArray[np.uint8]  # (N, 28, 28)
    labels: NDArray[np.int64]  # (N,)
    predicted: bool  # whether the labels are those of the reference classifier

    @property
    def x(self) -> torch.Tensor:
        """(N, 1, 28, 28) in [0, 1]."""
        return datasets.to_tensor(self.pixels)

    @property
    def label(self) -> torch.Tensor:
        """(N,) of int64."""
        return torch.from_numpy(self.labels.copy())

    def names(self, dataset: str) -> list[str]:
        """The class of each image in words."""
        return [_(datasets.DATASETS[dataset].classes[label]) for label in self.labels]

    def given(self) -> str:
        """Which label a class-conditional model was given."""
        return _("given the predicted label") if self.predicted else _("given the true label")


def choose(dataset: str, *, most: int = 20, default: int = FIRST_COUNT) -> SelectedImages | None:
    """Controls for one own image or several of the data set; None while a pad is empty."""
    own = source_image(key="source")
    if own is not None:
        return labelled_by_classifier(dataset, own)
    if not picks():
        return None
    count = controls.number_of_images(most, default)
    which = controls.seed("which", _("Which images"))
    return several(dataset, count, which)


def one(dataset: str) -> SelectedImages | None:
    """Controls for a single image, picked, drawn or uploaded; None while there is none."""
    images = image_sets.images(dataset)
    pixels = source_image(lambda number: images.pixels[number], len(images.pixels))
    if pixels is None:
        return None
    if not picks():
        return labelled_by_classifier(dataset, pixels)
    number = int(st.session_state.get("source_number", 0))
    return SelectedImages(pixels[None], images.labels[number : number + 1], predicted=False)


def several(dataset: str, count: int, which: int) -> SelectedImages:
    """`count` test images, the classes in turn; another `which` gives others."""
    images = image_sets.images(dataset)
    order = np.random.default_rng(which).permutation(len(images.labels))
    place = np.empty(len(order), int)  # how many of its class come before each image
    for label in np.unique(images.labels):
        of_class = order[images.labels[order] == label]
        place[of_class] = np.arange(len(of_class))
    in_turn = np.lexsort((images.labels, place))[:count]
    return SelectedImages(images.pixels[in_turn], images.labels[in_turn], predicted=False)


def labelled_by_classifier(dataset: str, pixels: NDArray[np.uint8]) -> SelectedImages:
    """One image (28, 28) without a label: that of the reference classifier is used."""
    probabilities = inference.class_probabilities(
        models.model(dataset, "judge"), datasets.to_tensor(pixels[None])
    )
    return SelectedImages(pixels[None], probabilities.argmax(dim=1).numpy(), predicted=True)


def measured_on(chosen: SelectedImages, *sets: str) -> str:
    """Which images the figures on screen were measured on."""
    count = len(chosen.pixels)
    if chosen.predicted:
        return _("Measured on your own image.")
    if any(image_sets.images(each).decoded for each in sets):
        return _("Measured on these {count} decoded images.").format(count=count)
    return _("Measured on these {count} test images.").format(count=count)


def measured_on_first(dataset: str, count: int) -> str:
    """The same where a page measured the first `count` test images of a data set."""
    if image_sets.images(dataset).decoded:
        text = _("Measured on the first {count} decoded test images.")
    else:
        text = _("Measured on the first {count} test images.")
    return text.format(count=f"{count:,}")


def predicted_class(dataset: str, probabilities: NDArray[np.float32], label: int) -> str:
    """The most probable class and its probability; marked where it is not `label`."""
    seen = int(probabilities.argmax())
    mark = "" if seen == label else "≠ "
    return f"{mark}{_(datasets.DATASETS[dataset].classes[seen])} · {probabilities[seen]:.0%}"
