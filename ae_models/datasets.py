"""The data sets: one record each, one registry, and their images where the files are.

`DATASETS` maps a key to its record, in the order of the menu. A further data set is one more
record (`register`) with its four files in place; then `python -m ae_models train --all
--dataset KEY`. Pages read the images through `ae_models.artifacts.image_source`, which falls
back to the bundled gallery where the original files are not complete.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ae_models import original_files
from ae_models.i18n import N_, Sentence
from ae_models.original_files import DataMissing as DataMissing
from ae_models.original_files import Split as Split
from ae_models.original_files import root as root

if TYPE_CHECKING:
    from torch import Tensor

VALIDATION = 5_000


class Framing(NamedTuple):
    """How a foreign image is brought into the form of a data set's own."""

    longest_edge: int = 28  # pixels that the content is scaled to
    centre: Literal["mass", "bounding box"] = "bounding box"
    full_contrast: bool = False  # whether the lightest pixel becomes 255
    polarity: Literal["light on dark", "dark on light"] = "light on dark"


OF_ITS_SIZE = Framing()


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """The record of a data set of labelled 28×28 greyscale images.

    Texts are English, marked with `N_` where they have a translation.
    """

    key: str  # in addresses, on the command line, and the folder of its checkpoints
    title: str
    classes: tuple[str, ...]  # their names, by label
    credit: str  # who made it, and its licence
    folder: str  # below `root()`; a Python name, as torchvision calls folders after classes
    torchvision: str | None = None  # the class of `torchvision.datasets` that can download it
    md5: Mapping[str, str] = field(default_factory=dict)  # of the unpacked files, by name

    shipped: bool = False  # whether its models come with the project: a lost one is restored

    framing: Framing = OF_ITS_SIZE
    attributes: tuple[str, str] = ("brightness", "width")  # keys of `images.attributes.MEASURES`
    mirrored: bool = False  # whether a mirrored image is still one of its class
    rotation: float = 15.0  # degrees, largest rotation that preserves the class
    strokes: bool = False  # thin strokes, which can be overlaid on images of another data set
    contrastive: bool = False  # whether studies use a SimCLR code, where others separate too little

    out_of_distribution: str = "mnist"  # the data set whose images serve as anomalies
    typed: bool = False  # labels are typed as text: each class is one character
    first_labels: tuple[int, ...] = (0, 1)  # labels that Generate shows first
    normal_class: int = 0  # of the anomaly detector that is shown first
    similar_classes: tuple[int, int] = (0, 1)  # between which an interpolation starts

    def __post_init__(self) -> None:
        """Raises `ValueError` where fields do not fit each other."""
        if not re.fullmatch(r"[a-z][a-z0-9-]*", self.key) or not self.folder.isidentifier():
            raise ValueError(f"not a key and a folder: {self.key!r}, {self.folder!r}")
        if not 2 <= len(self.classes) == len(set(self.classes)) <= 256:
            raise ValueError("a data set has 2 to 256 classes, each with a name of its own")
        if self.typed and any(len(name) != 1 for name in self.classes):
            raise ValueError("labels that are typed are of one character each")
        labels = (*self.first_labels, self.normal_class, *self.similar_classes)
        if not all(0 <= label < len(self.classes) for label in labels):
            raise ValueError("a label is beyond the classes")
        if self.out_of_distribution == self.key:
            raise ValueError("its own images cannot be out of its distribution")


MNIST = Dataset(
    key="mnist",
    title=N_("MNIST"),
    classes=tuple("0123456789"),
    credit=N_("MNIST: LeCun, Cortes, Burges; CC BY-SA 3.0"),
    folder="MNIST",
    torchvision="MNIST",
    shipped=True,
    md5={
        "train-images-idx3-ubyte": "6bbc9ace898e44ae57da46a324031adb",
        "train-labels-idx1-ubyte": "a25bea736e30d166cdddb491f175f624",
        "t10k-images-idx3-ubyte": "2646ac647ad5339dbf082846283269ea",
        "t10k-labels-idx1-ubyte": "27ae3e4e09519cfbb04c329615203637",
    },
    # LeCun et al. 1998: fitted into 20×20 pixels and centred by mass.
    framing=Framing(longest_edge=20, centre="mass", full_contrast=True),
    attributes=("thickness", "slant"),
    rotation=20.0,
    strokes=True,
    out_of_distribution="fashion",
    typed=True,
    first_labels=(2, 0, 2, 6),
    normal_class=8,
    similar_classes=(4, 9),
)
FASHION_MNIST = Dataset(
    key="fashion",
    title=N_("Fashion-MNIST"),
    classes=(
        N_("T-shirt/top"),
        N_("trouser"),
        N_("pullover"),
        N_("dress"),
        N_("coat"),
        N_("sandal"),
        N_("shirt"),
        N_("sneaker"),
        N_("bag"),
        N_("ankle boot"),
    ),
    credit=N_("Fashion-MNIST: Zalando SE; MIT"),
    folder="FashionMNIST",
    torchvision="FashionMNIST",
    shipped=True,
    md5={
        "train-images-idx3-ubyte": "f4a8712d7a061bf5bd6d2ca38dc4d50a",
        "train-labels-idx1-ubyte": "9018921c3c673c538a1fc5bad174d6f9",
        "t10k-images-idx3-ubyte": "8181f5470baa50b63fa0f6fddb340f0a",
        "t10k-labels-idx1-ubyte": "15d484375f8d13e6eb1aabb0c3f46965",
    },
    mirrored=True,
    contrastive=True,
    out_of_distribution="mnist",
    first_labels=(1, 3, 7, 8),
    normal_class=6,
    similar_classes=(5, 9),
)
DATASETS: dict[str, Dataset] = {each.key: each for each in (MNIST, FASHION_MNIST)}
DEFAULT = MNIST.key


def register(record: Dataset) -> None:
    """Add a data set. Raises `ValueError` where its key or its folder is taken."""
    if any(record.key == each.key or record.folder == each.folder for each in DATASETS.values()):
        raise ValueError(f"there is a data set {record.key} or a folder {record.folder} already")
    if record.out_of_distribution not in DATASETS:
        raise ValueError(f"there is no data set {record.out_of_distribution}")
    DATASETS[record.key] = record


@contextmanager
def registered(record: Dataset) -> Iterator[Dataset]:
    """`register` for the length of a `with` block."""
    register(record)
    try:
        yield record
    finally:
        del DATASETS[record.key]


class Images(NamedTuple):
    """N labelled images; the arrays are read-only, since every visitor shares them."""

    pixels: NDArray[np.uint8]  # (N, 28, 28)
    labels: NDArray[np.int64]  # (N,), indices into the record's classes
    decoded: bool  # True for images of the bundled gallery


def folder_of(dataset: str) -> Path:
    """Where the four original files of a data set belong."""
    return root() / DATASETS[dataset].folder / "raw"


def faults(dataset: str) -> list[Sentence]:
    """Why the files of a data set are not the complete originals; empty where they are."""
    record = DATASETS[dataset]
    return original_files.faults(folder_of(dataset), len(record.classes), record.md5)


def on_disk(dataset: str) -> bool:
    """Whether all original files of a data set are in place and whole."""
    return not faults(dataset)


def any_file(dataset: str) -> bool:
    """Whether at least one of the files exists, valid or not."""
    return original_files.any_there(folder_of(dataset))


def original(dataset: str, split: Split) -> Images:
    """The original images of a split. Raises `DataMissing` unless all files of both are whole."""
    if wrong := faults(dataset):
        raise _unreadable(dataset, wrong[0])
    try:
        pixels, labels = original_files.read(folder_of(dataset), split)
    except (ValueError, *original_files.BROKEN_DOWNLOAD) as error:  # changed in this moment
        raise _unreadable(dataset, error) from error
    return frozen(pixels, labels, decoded=False)


def _unreadable(dataset: str, reason: object) -> DataMissing:
    about = N_("The original images of {name} cannot be read from {folder}: {reason}")
    name, folder = DATASETS[dataset].title, folder_of(dataset)
    return DataMissing(Sentence(about, name=name, folder=folder, reason=reason))


def download(dataset: str) -> Iterator[float]:
    """Fetch the original files; yields the fraction done, 0 … 1. Raises `DataMissing`."""
    record = DATASETS[dataset]
    if record.torchvision is None:
        about = N_("{name} cannot be downloaded: its files must be put into {folder}")
        raise DataMissing(Sentence(about, name=record.title, folder=folder_of(dataset)))
    yield from original_files.download(record.title, folder_of(dataset), record.torchvision)


def frozen(pixels: NDArray[np.uint8], labels: NDArray[np.integer], *, decoded: bool) -> Images:
    """`Images` with read-only arrays: pixels (N, 28, 28), labels (N,)."""
    images = Images(pixels, labels.astype(np.int64), decoded)
    images.pixels.flags.writeable = False
    images.labels.flags.writeable = False
    return images


def split_off_validation(count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Indices of training and validation images in a training split of `count`.

    5,000 images are held out for validation, or half of fewer than 10,000.
    """
    order = np.random.default_rng(2006).permutation(count)
    held = min(VALIDATION, count // 2)
    return np.sort(order[held:]), np.sort(order[:held])


def to_tensor(pixels: NDArray[np.uint8]) -> Tensor:
    """(N, 28, 28) of bytes -> (N, 1, 28, 28) float32 in [0, 1]."""
    import torch

    return torch.from_numpy(pixels.astype(np.float32) / 255).unsqueeze(1)


def to_pixels(images: Tensor) -> NDArray[np.uint8]:
    """(N, 1, 28, 28) in [0, 1] -> (N, 28, 28) of bytes."""
    return (images.squeeze(1) * 255).round().byte().cpu().numpy()
