"""Where images come from: the original files, or the bundled gallery of decoded codes.

The original files lie in torchvision's layout under `AE_DATA_DIR`, else `data/`.
Without them everything runs on the gallery, and `Images.decoded` says so.

MNIST: Y. LeCun, C. Cortes, C. Burges (CC BY-SA 3.0). Fashion-MNIST: Zalando SE (MIT).
"""

from __future__ import annotations

import gzip
import os
import shutil
import tempfile
import zlib
from collections.abc import Iterator
from http.client import HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ae_models.i18n import N_, Sentence

if TYPE_CHECKING:
    from torch import Tensor

DATASETS = ("mnist", "fashion")
TITLES = {"mnist": "MNIST", "fashion": "Fashion-MNIST"}
CLASS_NAMES: dict[str, tuple[str, ...]] = {
    "mnist": tuple("0123456789"),
    "fashion": (
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
}
FOLDERS = {"mnist": "MNIST", "fashion": "FashionMNIST"}  # torchvision's names
FILE_PREFIX = {"train": "train", "test": "t10k"}
VALIDATION = 5_000
Split = Literal["train", "test"]
# What a broken line, archive or disk raises; torchvision's is RuntimeError for a wrong hash.
BROKEN_DOWNLOAD = (OSError, EOFError, RuntimeError, HTTPException, zlib.error)


class DataMissing(FileNotFoundError):
    """The original files are absent or damaged; the message names the file."""


class Images(NamedTuple):
    """N labelled images; the arrays are read-only, since every visitor shares them."""

    pixels: NDArray[np.uint8]  # (N, 28, 28)
    labels: NDArray[np.int64]  # (N,) in 0 … 9
    decoded: bool  # True for gallery pictures


def root() -> Path:
    """The folder of the original files."""
    return Path(os.environ.get("AE_DATA_DIR") or Path(__file__).parent.parent / "data")


def on_disk(dataset: str) -> bool:
    """Whether the original files lie in place, unread."""
    raw = root() / FOLDERS[dataset] / "raw"
    return any((raw / f"t10k-images-idx3-ubyte{end}").exists() for end in ("", ".gz"))


def original(dataset: str, split: Split) -> Images:
    """The original images: 60,000 to train, 10,000 to test. Raises `DataMissing`."""
    raw = root() / FOLDERS[dataset] / "raw"
    pixels = read_idx(raw / f"{FILE_PREFIX[split]}-images-idx3-ubyte", dimensions=3)
    labels = read_idx(raw / f"{FILE_PREFIX[split]}-labels-idx1-ubyte", dimensions=1)
    if len(pixels) != len(labels) or pixels.shape[1:] != (28, 28) or labels.max(initial=0) > 9:
        raise DataMissing(
            Sentence(N_("{folder} does not hold 28×28 images with a label each"), folder=raw)
        )
    return frozen(pixels, labels, decoded=False)


def frozen(pixels: NDArray[np.uint8], labels: NDArray[np.integer], *, decoded: bool) -> Images:
    """`Images` whose arrays refuse to be written to."""
    images = Images(pixels, labels.astype(np.int64), decoded)
    images.pixels.flags.writeable = False
    images.labels.flags.writeable = False
    return images


def read_idx(path: Path, dimensions: int) -> NDArray[np.uint8]:
    """An idx file of unsigned bytes (LeCun's format), gzipped or not. Raises `DataMissing`."""
    zipped = path.with_name(path.name + ".gz")
    try:
        content = path.read_bytes() if path.exists() else gzip.decompress(zipped.read_bytes())
        magic, *shape = np.frombuffer(content, ">u4", count=1 + dimensions).tolist()
        if magic != 0x800 + dimensions:
            raise ValueError("not an idx file of bytes")
        return np.frombuffer(content, np.uint8, offset=4 + 4 * dimensions).reshape(shape)
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise DataMissing(
            Sentence(N_("{path} is missing or damaged: {reason}"), path=path, reason=error)
        ) from error


def split_off_validation(count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Indices into the training split: those trained on, and 5,000 for every choice."""
    order = np.random.default_rng(2006).permutation(count)
    return np.sort(order[VALIDATION:]), np.sort(order[:VALIDATION])


def to_tensor(pixels: NDArray[np.uint8]) -> Tensor:
    """(N, 28, 28) of bytes -> (N, 1, 28, 28) float32 in [0, 1]."""
    import torch

    return torch.from_numpy(pixels.astype(np.float32) / 255).unsqueeze(1)


def to_pixels(images: Tensor) -> NDArray[np.uint8]:
    """(N, 1, 28, 28) in [0, 1] -> (N, 28, 28) of bytes."""
    return (images.squeeze(1) * 255).round().byte().cpu().numpy()


def download(dataset: str) -> Iterator[float]:
    """Fetch the original files through torchvision; yields the part done, 0 … 1.

    Each file is verified by torchvision against its MD5. All are unpacked beside their
    place and moved there together at the end, so that a broken download leaves nothing.
    Raises `DataMissing` in one sentence for every reason it can fail for.
    """
    try:
        from torchvision import datasets
        from torchvision.datasets.utils import download_and_extract_archive
    except Exception as error:  # a torchvision that does not fit torch fails in many ways
        raise DataMissing(
            Sentence(N_("torchvision could not be imported: {reason}"), reason=error)
        ) from error
    source = {"mnist": datasets.MNIST, "fashion": datasets.FashionMNIST}[dataset]
    raw = root() / FOLDERS[dataset] / "raw"
    part = None
    try:
        root().mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=".download-", dir=root()))
        yield 0.0
        for done, (name, md5) in enumerate(source.resources, start=1):
            _from_any_mirror(download_and_extract_archive, source.mirrors, name, md5, part / "raw")
            (part / "raw" / name).unlink()  # unpacked; the archive is not needed
            yield done / len(source.resources)
        raw.parent.mkdir(exist_ok=True)
        replaced = part / "replaced"
        if raw.exists():
            raw.rename(replaced)
        try:
            (part / "raw").rename(raw)
        except OSError:
            if replaced.exists():
                replaced.rename(raw)
            raise
    except BROKEN_DOWNLOAD as error:
        raise DataMissing(
            Sentence(
                N_("{name} could not be downloaded: {reason}"), name=TITLES[dataset], reason=error
            )
        ) from error
    finally:
        if part is not None:
            shutil.rmtree(part, ignore_errors=True)


def _from_any_mirror(fetch, mirrors, name: str, md5: str, folder: Path) -> None:  # type: ignore[no-untyped-def]
    """Try the mirrors in turn; the last one's error is the one raised."""
    for mirror in mirrors:
        try:
            fetch(f"{mirror}{name}", download_root=str(folder), filename=name, md5=md5)
            return
        except BROKEN_DOWNLOAD:
            if mirror == mirrors[-1]:
                raise
