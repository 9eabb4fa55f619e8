"""Export of a labelled data set of any size: IDX files in torchvision's layout, or one NPZ.

Images are generated and written in parts, so that memory does not depend on their number.
`torchvision.datasets.MNIST(root)` and `FashionMNIST(root)` read four IDX files (LeCun's
format) in `root/MNIST/raw` or `root/FashionMNIST/raw`.
"""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from ae_models.datasets import DATASETS
from ae_models.original_files import FILE_PREFIX, Split

Part = tuple[NDArray[np.uint8], NDArray[np.int64]]  # (P, 28, 28) and labels (P,)
Open = Callable[[str], AbstractContextManager[BinaryIO]]
DATE = (1980, 1, 1, 0, 0, 0)  # one for all members: the same images make the same file
TESTED = 6  # training images for each test image, as in MNIST; torchvision needs a test split
LARGEST = 60_000


class LabelledImages(NamedTuple):
    """`total` labelled images, generated while they are written."""

    total: int
    parts: Iterable[Part]


def tested(count: int) -> int:
    """The size of the test split that belongs to `count` training images."""
    return max(1, count // TESTED)


def to_folder(
    root: Path, dataset: str, train: LabelledImages, test: LabelledImages
) -> Iterator[int]:
    """Write torchvision's four files below `root`; yields how many images are written.

    The folder is renamed into place when all are written. Raises `FileExistsError` if it
    exists already.
    """
    raw = root / DATASETS[dataset].folder / "raw"
    if raw.exists():
        raise FileExistsError(f"{raw} is there already, and is not overwritten")
    raw.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=".part-", dir=raw.parent))
    try:
        yield from _idx(lambda name: (part / name).open("wb"), train, test)
        part.chmod(0o755)  # a temporary folder is readable by its owner alone
        part.rename(raw)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def to_zip(
    file: BinaryIO, dataset: str, train: LabelledImages, test: LabelledImages
) -> Iterator[int]:
    """The same files as a ZIP, to be unpacked into `root`; yields as `to_folder` does."""
    with zipfile.ZipFile(file, "w") as archive:
        yield from _idx(_member(archive, f"{DATASETS[dataset].folder}/raw/"), train, test)


def to_npz(file: BinaryIO, images: LabelledImages) -> Iterator[int]:
    """A compressed NPZ as `export.to_npz` makes it; yields as `to_folder` does."""
    with zipfile.ZipFile(file, "w") as archive:
        member = _member(archive, "")
        header = {"descr": "|u1", "fortran_order": False, "shape": (images.total, 28, 28)}
        labels: list[NDArray[np.int64]] = []
        with member("images.npy") as file_of_images:
            npy.write_array_header_1_0(file_of_images, header)
            yield from _written(file_of_images, images, labels)
        with member("labels.npy") as file_of_labels:
            npy.write_array(file_of_labels, np.concatenate(labels), allow_pickle=False)


def _idx(member: Open, train: LabelledImages, test: LabelledImages) -> Iterator[int]:
    done = 0
    parts: dict[Split, LabelledImages] = {"train": train, "test": test}
    for split, images in parts.items():
        labels: list[NDArray[np.int64]] = []
        with member(f"{FILE_PREFIX[split]}-images-idx3-ubyte") as file:
            file.write(_header(images.total, 28, 28))
            for written in _written(file, images, labels):
                yield done + written
        done += images.total
        with member(f"{FILE_PREFIX[split]}-labels-idx1-ubyte") as file:
            file.write(_header(images.total) + np.concatenate(labels).astype(np.uint8).tobytes())


def _header(*shape: int) -> bytes:
    """The header of an IDX file of unsigned bytes."""
    return np.array([0x800 + len(shape), *shape], ">u4").tobytes()


def _written(
    file: BinaryIO, images: LabelledImages, labels: list[NDArray[np.int64]]
) -> Iterator[int]:
    """Write the images of all parts and put their labels into a list; yields the number done."""
    done = 0
    for pixels, of in images.parts:
        if pixels.dtype != np.uint8 or pixels.shape != (len(of), 28, 28):
            raise ValueError(
                f"expected uint8 ({len(of)}, 28, 28), not {pixels.dtype} {pixels.shape}"
            )
        file.write(pixels.tobytes())
        labels.append(of)
        done += len(of)
        yield done
    if done != images.total or not done:
        raise ValueError(f"{done} images came, not {images.total}")


def _member(archive: zipfile.ZipFile, folder: str) -> Open:
    """Opens members of an archive, compressed, one after the other."""

    def opened(name: str) -> AbstractContextManager[BinaryIO]:
        info = zipfile.ZipInfo(folder + name, DATE)
        info.compress_type = zipfile.ZIP_DEFLATED
        return archive.open(info, "w")  # type: ignore[return-value]

    return opened
