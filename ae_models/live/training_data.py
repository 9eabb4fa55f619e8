"""The images of a live training, from the training split.

Where the original files are missing these are the decoded images of the gallery, and figures
are labelled as measured on decoded images.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ae_models import datasets
from ae_models.artifacts import image_source
from ae_models.live.config import MAX_IMAGES, Choice
from ae_models.training.phases import TrainingSet

VALIDATION = 500
SHOWN = 10  # images; one of each class for up to 10 classes


def training_set(choice: Choice) -> TrainingSet:
    """The first `choice.images` of a fixed order, or all there are, and VALIDATION others.

    Raises `CheckpointError` where neither the originals nor the gallery can be read.
    """
    pixels, labels = _in_order(choice.dataset, datasets.on_disk(choice.dataset))
    held = min(VALIDATION, len(pixels) // 2)
    end = held + min(choice.images, len(pixels) - held)
    parts = []
    for part in (slice(held, end), slice(held)):
        parts += [datasets.to_tensor(pixels[part]), torch.from_numpy(labels[part])]
    return TrainingSet(*parts)


def one_of_each(training: TrainingSet) -> Tensor:
    """(SHOWN, 1, 28, 28): the first validation image of each class; others where one has none."""
    labels = training.validation_labels.numpy()
    first = np.unique(labels, return_index=True)[1]
    first = first[:SHOWN]
    others = np.setdiff1d(np.arange(len(labels)), first)[: SHOWN - len(first)]
    return training.validation_images[torch.from_numpy(np.concatenate([first, others]))]


def decoded(dataset: str) -> bool:
    """Whether the images are the gallery's."""
    return not datasets.on_disk(dataset)


@lru_cache(maxsize=1)  # one training at a time: 16 MB
def _in_order(dataset: str, on_disk: bool) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Images in a fixed order, those that recipes keep for validation first."""
    images = image_source.load(dataset, "train")
    order = np.random.default_rng(5).permutation(len(images.pixels))
    if not images.decoded:  # what recipes keep for validation is kept here too
        held = datasets.split_off_validation(len(images.pixels))[1]
        order = np.concatenate([held[:VALIDATION], order[~np.isin(order, held)]])
    order = order[: VALIDATION + MAX_IMAGES]
    return images.pixels[order], images.labels[order]
