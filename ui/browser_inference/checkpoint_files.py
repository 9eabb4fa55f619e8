"""Graphs and weights of checkpoints as a browser gets them, verified against the card."""

import re
from functools import lru_cache
from pathlib import Path

from ae_models.artifacts.card import WEIGHTS, Card, folder, read_card, verified_content
from ae_models.datasets import DATASETS

GRAPHS = ("reconstruct", "encode", "decode", "sample", "inpaint", "classify")
FILES = (WEIGHTS, *(f"{graph}.onnx" for graph in GRAPHS))
NAME = re.compile(r"[a-z0-9][a-z0-9.-]*")  # of a checkpoint; no separator, so no way out


def sha256_of(card: Card, file: str) -> str | None:
    """What the card says of one of FILES; None where the checkpoint has no such file."""
    if file == WEIGHTS:
        return card.sha256
    return card.graphs[file].sha256 if file in card.graphs else None


def locate(dataset: str, name: str, file: str) -> tuple[Path, str]:
    """The path of a file and the sha256 on its card. Raises `FileNotFoundError`, `ValueError`.

    All three are names from fixed lists, or they name nothing.
    """
    if dataset not in DATASETS or file not in FILES or not NAME.fullmatch(name):
        raise FileNotFoundError(f"no file of a checkpoint is called {dataset}/{name}/{file}")
    sha256 = sha256_of(read_card(dataset, name), file)
    if sha256 is None:
        raise FileNotFoundError(f"{dataset}/{name} has no {file}")
    return folder(dataset, name) / file, sha256


def verify(path: Path, sha256: str) -> int:
    """The size of a sound file, in bytes. Raises `OSError` or `ValueError`.

    A file is read again only after it has changed.
    """
    state = path.stat()
    return _verified(path, sha256, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=500)
def _verified(path: Path, sha256: str, changed: int, size: int) -> int:
    verified_content(path, sha256)
    return size
