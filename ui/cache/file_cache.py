"""Exported data sets of visitors: a few files on disk, so that memory stays bounded."""

import tempfile
import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

import streamlit as st

KEPT = 4  # files, of at most some twenty MB each


class FileCache:
    """The most recently used files by key; the oldest one is deleted when another is added."""

    def __init__(self, kept: int) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="labelled-sets-")
        self.files: OrderedDict[object, Path] = OrderedDict()
        self.kept = kept
        self.lock = threading.Lock()

    def get(self, key: object) -> Path | None:
        """The file for a key, or None where there is none (any more)."""
        with self.lock:
            if key in self.files:
                self.files.move_to_end(key)
            return self.files.get(key)

    def fresh(self) -> Path:
        """A path to write a file to, which is then passed to `put` or deleted."""
        with tempfile.NamedTemporaryFile(dir=self.folder.name, delete=False) as file:
            return Path(file.name)

    def put(self, key: object, path: Path) -> None:
        """Keep a finished file."""
        with self.lock:
            replaced = self.files.pop(key, None)
            self.files[key] = path
            gone = [] if replaced is None else [replaced]
            while len(self.files) > self.kept:
                gone.append(self.files.popitem(last=False)[1])
        for old in gone:
            old.unlink(missing_ok=True)


@st.cache_resource(max_entries=1, show_spinner=False)
def shared() -> FileCache:
    """The file cache of the server."""
    return FileCache(KEPT)


def reader(path: Path) -> Callable[[], bytes]:
    """A function that reads a file."""
    return path.read_bytes
