"""The original files of a data set: found, verified, read and downloaded.

A data set is four IDX files (LeCun's format) in torchvision's layout, each plain or gzipped:
`<root>/<folder>/raw/train-images-idx3-ubyte` and so on. It counts as original only when all
four are there and whole; `faults` says what stands in the way.
"""

from __future__ import annotations

import gzip
import hashlib
import math
import os
import shutil
import tempfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from http.client import HTTPException
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ae_models.i18n import N_, Sentence

Split = Literal["train", "test"]
FILE_PREFIX: dict[Split, str] = {"train": "train", "test": "t10k"}
DIMENSIONS = {"images-idx3-ubyte": 3, "labels-idx1-ubyte": 1}
NAMES = tuple(f"{prefix}-{kind}" for prefix in FILE_PREFIX.values() for kind in DIMENSIONS)
SIDE = 28  # pixels
# What a broken connection, archive or disk raises; torchvision raises RuntimeError for a wrong MD5.
BROKEN_DOWNLOAD = (OSError, EOFError, RuntimeError, HTTPException, zlib.error)


class DataMissing(FileNotFoundError):
    """The original files are absent or damaged; the message says which and how."""


class Examined(NamedTuple):
    """One file: how many images or labels it holds, and what is wrong with it."""

    images: int
    fault: Sentence | None = None


def root() -> Path:
    """The folder of all original files: `AE_DATA_DIR`, else `data/`."""
    return Path(os.environ.get("AE_DATA_DIR") or Path(__file__).parent.parent / "data")


def faults(raw: Path, classes: int, md5: Mapping[str, str]) -> list[Sentence]:
    """What is missing, misnamed or damaged in a folder of four files; empty where all are whole.

    `md5` maps a file's name to the MD5 of its unpacked content; a name it lacks is only
    checked for its format. A file is read once: later calls ask the file system whether its
    path, time of modification and size are still the same.
    """
    found = {name: _examine(raw, name, classes, md5.get(name, "")) for name in NAMES}
    wrong = [each.fault for each in found.values() if each.fault is not None]
    for prefix in FILE_PREFIX.values() if not wrong else ():
        images, labels = (f"{prefix}-{kind}" for kind in DIMENSIONS)
        if found[images].images != found[labels].images:
            about = N_("{images} and {labels} hold different numbers of images")
            wrong.append(Sentence(about, images=images, labels=labels))
    return wrong


def any_there(raw: Path) -> bool:
    """Whether at least one of the four files is in the folder, under whatever name."""
    return any(path.exists() for name in NAMES for path in _spellings(raw, name))


def read(raw: Path, split: Split) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Images (N, 28, 28) and labels (N,) of a split. Raises `ValueError` or `OSError`."""
    images, labels = (f"{FILE_PREFIX[split]}-{kind}" for kind in DIMENSIONS)
    return read_idx(raw, images), read_idx(raw, labels)


def read_idx(raw: Path, name: str) -> NDArray[np.uint8]:
    """A file of unsigned bytes, gzipped or not. Raises `ValueError`, `OSError` or `zlib.error`."""
    path = _path(raw, name)
    return parse_idx(_content(path if path is not None else raw / name), name)


def parse_idx(content: bytes, name: str) -> NDArray[np.uint8]:
    """The array in the content of an IDX file. Raises `ValueError` where it is none."""
    dimensions = DIMENSIONS[name.partition("-")[2]]
    magic, *shape = np.frombuffer(content, ">u4", count=1 + dimensions).tolist()
    start = 4 + 4 * dimensions
    if magic != 0x800 + dimensions or len(content) - start != math.prod(shape):
        raise ValueError("not an IDX file of bytes, or not all of it")
    if shape[1:] != [SIDE, SIDE][: dimensions - 1]:
        raise ValueError(f"not images of {SIDE}×{SIDE} pixels")
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)


def _path(raw: Path, name: str) -> Path | None:
    """The file itself where it is there, else its archive, else None."""
    return next((path for path in (raw / name, raw / f"{name}.gz") if path.exists()), None)


def _spellings(raw: Path, name: str) -> tuple[Path, ...]:
    """The names under which a file may lie there: its own, and the one that 7-Zip unpacks."""
    dotted = name.replace("-idx", ".idx")
    return tuple(raw / each for each in (name, f"{name}.gz", dotted, f"{dotted}.gz"))


def _content(path: Path) -> bytes:
    """Unpacked."""
    content = path.read_bytes()
    return gzip.decompress(content) if path.suffix == ".gz" else content


def _examine(raw: Path, name: str, classes: int, md5: str) -> Examined:
    """A file of the folder, as it is now."""
    path = _path(raw, name)
    if path is None:
        misnamed = next((each for each in _spellings(raw, name) if each.exists()), None)
        if misnamed is None:
            return Examined(0, Sentence(N_("{file} is missing"), file=name))
        expected = name + misnamed.suffix if misnamed.suffix == ".gz" else name
        about = N_("{found} must be renamed to {file}")
        return Examined(0, Sentence(about, found=misnamed.name, file=expected))
    try:
        about_file = path.stat()
    except OSError:
        return Examined(0, Sentence(N_("{file} is missing"), file=name))
    return _read_once(path, about_file.st_mtime_ns, about_file.st_size, name, classes, md5)


@lru_cache(maxsize=256)
def _read_once(path: Path, modified: int, size: int, name: str, classes: int, md5: str) -> Examined:
    """What a file holds; asked anew when it has been modified since."""
    again = N_("{file} is damaged or not complete, and must be downloaded again")
    damaged = Examined(0, Sentence(again, file=path.name))
    try:
        with path.open("rb") as file:
            if file.read(64).lstrip()[:1] == b"<":
                page = N_("{file} is a web page instead of data, and must be downloaded again")
                return Examined(0, Sentence(page, file=path.name))
        content = _content(path)
        values = parse_idx(content, name)
    except (OSError, EOFError, ValueError, zlib.error, MemoryError):
        return damaged
    if values.ndim == 1 and values.max(initial=0) >= classes:
        beyond = N_("{file} holds labels other than 0 to {last}")
        return Examined(0, Sentence(beyond, file=path.name, last=classes - 1))
    if md5 and hashlib.md5(content, usedforsecurity=False).hexdigest() != md5:
        other = N_("{file} is not the original file: its MD5 is another")
        return Examined(0, Sentence(other, file=path.name))
    return Examined(len(values))


def download(title: str, raw: Path, torchvision_class: str) -> Iterator[float]:
    """Fetch the four files through torchvision into `raw`; yields the part done, 0 … 1.

    Each archive is verified by torchvision against its MD5. All are unpacked beside their
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
    source = getattr(datasets, torchvision_class)
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
            Sentence(N_("{name} could not be downloaded: {reason}"), name=title, reason=error)
        ) from error
    finally:
        if part is not None:
            shutil.rmtree(part, ignore_errors=True)


def _from_any_mirror(
    fetch: Callable[..., None], mirrors: Sequence[str], name: str, md5: str, folder: Path
) -> None:
    """Try the mirrors in turn; the last one's error is the one raised."""
    for mirror in mirrors:
        try:
            fetch(f"{mirror}{name}", download_root=str(folder), filename=name, md5=md5)
            return
        except BROKEN_DOWNLOAD:
            if mirror == mirrors[-1]:
                raise
