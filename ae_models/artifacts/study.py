"""Studies: fitted models and measurements of a task, shipped beside their checkpoints.

Some answers take minutes: a map of sixty thousand codes, ten small nets, a curve over ten
draws. Whoever asks later reads them from `checkpoints/<dataset>/<name>/`: files of numbers,
and `study.json`, which says how they came about, vouches for each file and holds the figures.
"""

from __future__ import annotations

import hashlib

from pydantic import BaseModel, ConfigDict
from safetensors import SafetensorError
from safetensors.torch import load as parse_safetensors
from torch import Tensor

from ae_models.artifacts import checkpoint
from ae_models.artifacts.card import Figures, folder, read_card

FILE = "study.json"


class Study(BaseModel):
    """The description of a study: method, origin, hashes of its files, and figures."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    dataset: str
    method: str  # what was done, in words, with every setting
    origin: dict[str, str]  # sha256 of the checkpoints that it was made from, by name
    seconds: float
    device: str
    files: dict[str, str]  # sha256 by file name
    test: Figures | None = None  # the whole test split
    check: Figures | None = None  # its first images: quick to measure again


def read(dataset: str, name: str) -> Study:
    """The description of a study. Raises `CheckpointError`."""
    try:
        content = (folder(dataset, name) / FILE).read_text(encoding="utf-8")
        return Study.model_validate_json(content)
    except (OSError, ValueError) as error:
        raise checkpoint.unusable(folder(dataset, name) / FILE, error) from error


def content(dataset: str, name: str, file: str) -> bytes:
    """One file of a study, verified by its sha256. Raises `CheckpointError`."""
    path = folder(dataset, name) / file
    sha256 = read(dataset, name).files.get(file)
    try:
        if sha256 is None:
            raise ValueError("its study does not name it")
        found = path.read_bytes()
        if hashlib.sha256(found).hexdigest() != sha256:
            raise ValueError("its sha256 is not the study's")
    except (OSError, ValueError) as error:
        raise checkpoint.unusable(path, error) from error
    return found


def tensors(dataset: str, name: str, file: str) -> dict[str, Tensor]:
    """The tensors of one safetensors file of a study. Raises `CheckpointError`."""
    found = content(dataset, name, file)
    try:
        return parse_safetensors(found)
    except SafetensorError as error:
        raise checkpoint.unusable(folder(dataset, name) / file, error) from error


def origin(dataset: str, needs: tuple[str, ...]) -> dict[str, str]:
    """The sha256 of checkpoints, by name. Raises `CheckpointError` where one is missing.

    Of a study that another stands on, it is that of all its files together.
    """
    found = {}
    for name in needs:
        if (folder(dataset, name) / FILE).exists():
            files = "".join(read(dataset, name).files.values())
            found[name] = hashlib.sha256(files.encode()).hexdigest()
            continue
        try:
            found[name] = read_card(dataset, name).sha256 or ""
        except (OSError, ValueError) as error:
            raise checkpoint.unusable(folder(dataset, name) / "card.json", error) from error
    return found


def write(study: Study, files: dict[str, bytes]) -> Study:
    """Write the files of a study, and then its description with their sha256."""
    sealed = {
        file: checkpoint.write(study.dataset, study.name, file, content)
        for file, content in files.items()
    }
    study = study.model_copy(update={"files": sealed})
    write_account(study)
    return study


def write_account(study: Study) -> None:
    """Write the description of a study as indented JSON."""
    text = study.model_dump_json(indent=1) + "\n"
    checkpoint.write(study.dataset, study.name, FILE, text.encode())
