"""What the command line generates, as a file or a folder; the same for the pages, in parts."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import nn

from ae_models import datasets
from ae_models.artifacts.checkpoint import load
from ae_models.images import export, labelled_set
from ae_models.images.labelled_set import Asked, Part
from ae_models.tasks import generation

MOST = 100_000  # images at once


class Wish(NamedTuple):
    """What is to be generated."""

    dataset: str
    labels: Sequence[int]  # one image each
    seed: int = 0
    temperature: float = 1.0
    sampler: str = generation.SAMPLER


def asked(wish: Wish, model: nn.Module) -> Asked:
    """The images of a wish, made while they are written."""
    labels = torch.tensor(wish.labels)

    def parts() -> Iterator[Part]:
        start = 0
        for pixels in generation.in_parts(
            wish.dataset, labels, seed=wish.seed, temperature=wish.temperature, model=model
        ):
            yield pixels, labels[start : start + len(pixels)].numpy()
            start += len(pixels)

    return Asked(len(labels), parts())


def both(wish: Wish, model: nn.Module) -> tuple[Asked, Asked]:
    """The images of a wish and, drawn with the next seed, so many to test as belong to them."""
    labels = np.resize(wish.labels, labelled_set.tested(len(wish.labels))).tolist()
    tested = wish._replace(labels=labels, seed=wish.seed + 1)
    return asked(wish, model), asked(tested, model)


def write(
    out: Path, wish: Wish, columns: int, *, torchvision: bool, report: Callable[[int], None]
) -> int:
    """Write a wish to a .png, .npz or .zip file, or to a folder; returns the number of images.

    With `torchvision`, a folder or .zip holds IDX files in torchvision's layout, and a test part
    beside what was wished for; so does a folder that is there. Another .zip holds pictures.
    `report` hears how many are written. Raises `ValueError` for any other ending, and
    `FileExistsError` for a folder that holds the data set.
    """
    kind = out.suffix.lower()
    model = load(wish.dataset, wish.sampler)
    if not getattr(model, "samples_by_label", False):
        raise ValueError(f"{wish.sampler} takes no labels")
    if out.is_dir() or (torchvision and kind == ""):
        return _last(labelled_set.to_folder(out, wish.dataset, *both(wish, model)), report)
    if torchvision and kind != ".zip":
        raise ValueError(f"torchvision's layout goes into a folder or a .zip, not into {out}")
    if kind == ".npz" or torchvision:
        part = out.with_name(f".part-{out.name}")
        try:
            with part.open("wb") as file:
                steps = (
                    labelled_set.to_zip(file, wish.dataset, *both(wish, model))
                    if torchvision
                    else labelled_set.to_npz(file, asked(wish, model))
                )
                done = _last(steps, report)
            os.replace(part, out)
        finally:
            part.unlink(missing_ok=True)
        return done
    if kind not in (".png", ".zip"):
        raise ValueError(f"{out} must end in .png, .npz or .zip, or be a folder")
    pixels = np.concatenate([pixels for pixels, _labels in asked(wish, model).parts])
    names = datasets.CLASS_NAMES[wish.dataset]
    out.write_bytes(
        export.to_png(pixels, columns=columns)
        if kind == ".png"
        else export.to_zip(pixels, wish.labels, names)
    )
    return len(pixels)


def _last(steps: Iterator[int], report: Callable[[int], None]) -> int:
    done = 0
    for done in steps:
        report(done)
    return done
