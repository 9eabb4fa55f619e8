"""Export of generated images to a file or folder, for the command line and the pages."""

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
from ae_models.images.labelled_set import LabelledImages, Part
from ae_models.tasks import generation

MOST = 100_000  # images per request


class Request(NamedTuple):
    """Parameters of a set of generated images."""

    dataset: str
    labels: Sequence[int]  # one image each
    seed: int = 0
    temperature: float = 1.0
    sampler: str = generation.SAMPLER


def labelled_images(request: Request, model: nn.Module) -> LabelledImages:
    """The images of a request, generated while they are written."""
    labels = torch.tensor(request.labels)

    def parts() -> Iterator[Part]:
        start = 0
        for pixels in generation.in_parts(
            request.dataset, labels, seed=request.seed, temperature=request.temperature, model=model
        ):
            yield pixels, labels[start : start + len(pixels)].numpy()
            start += len(pixels)

    return LabelledImages(len(labels), parts())


def train_and_test(request: Request, model: nn.Module) -> tuple[LabelledImages, LabelledImages]:
    """The images of a request as training split and, sampled with the next seed, a test split."""
    labels = np.resize(request.labels, labelled_set.tested(len(request.labels))).tolist()
    tested = request._replace(labels=labels, seed=request.seed + 1)
    return labelled_images(request, model), labelled_images(tested, model)


def write(
    out: Path, request: Request, columns: int, *, torchvision: bool, report: Callable[[int], None]
) -> int:
    """Write a request to a .png, .npz or .zip file, or to a folder; returns the number of images.

    With `torchvision`, a folder or .zip holds IDX files in torchvision's layout, and a test split
    beside the training split; so does an existing folder. Another .zip holds PNG files.
    `report` is called with the number of images written. Raises `ValueError` for any
    other ending, and `FileExistsError` for a folder that holds the data set.
    """
    kind = out.suffix.lower()
    model = load(request.dataset, request.sampler)
    if not getattr(model, "samples_by_label", False):
        raise ValueError(f"{request.sampler} takes no labels")
    if out.is_dir() or (torchvision and kind == ""):
        return _last(
            labelled_set.to_folder(out, request.dataset, *train_and_test(request, model)), report
        )
    if torchvision and kind != ".zip":
        raise ValueError(f"torchvision's layout goes into a folder or a .zip, not into {out}")
    if kind == ".npz" or torchvision:
        part = out.with_name(f".part-{out.name}")
        try:
            with part.open("wb") as file:
                steps = (
                    labelled_set.to_zip(file, request.dataset, *train_and_test(request, model))
                    if torchvision
                    else labelled_set.to_npz(file, labelled_images(request, model))
                )
                done = _last(steps, report)
            os.replace(part, out)
        finally:
            part.unlink(missing_ok=True)
        return done
    if kind not in (".png", ".zip"):
        raise ValueError(f"{out} must end in .png, .npz or .zip, or be a folder")
    pixels = np.concatenate([pixels for pixels, _labels in labelled_images(request, model).parts])
    names = datasets.DATASETS[request.dataset].classes
    out.write_bytes(
        export.to_png(pixels, columns=columns)
        if kind == ".png"
        else export.to_zip(pixels, request.labels, names)
    )
    return len(pixels)


def _last(steps: Iterator[int], report: Callable[[int], None]) -> int:
    done = 0
    for done in steps:
        report(done)
    return done
