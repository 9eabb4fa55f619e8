"""Run a shared model on many images: in batches, on the best device, within its memory.

When the GPU runs out of memory the batch is quartered; at the smallest batch a copy of
the model continues on the CPU. `noticed` collects notices for the page.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import TypeVar

import torch
from torch import Tensor, nn

from ae_models.base import Codes, LacksAbility, Model, Reconstructs
from ae_models.i18n import N_
from ae_models.metric_key import Metric

BATCH = 1_000
SMALLEST_BATCH = 16

OUT_OF_MEMORY = N_("The GPU ran out of memory: this was computed on the CPU, more slowly.")

Ability = TypeVar("Ability", bound=nn.Module)
_notices: ContextVar[list[str] | None] = ContextVar("_notices", default=None)


@contextmanager
def noticed() -> Iterator[list[str]]:
    """Collects the notices of the calls inside the block, of this thread alone."""
    found: list[str] = []
    token = _notices.set(found)
    try:
        yield found
    finally:
        _notices.reset(token)


@torch.no_grad()
def in_batches(
    model: nn.Module, call: Callable[..., Tensor], *inputs: Tensor | None, batch: int = BATCH
) -> Tensor:
    """`call(model, *inputs)` over the first axis, result on the CPU.

    Inputs are tensors of N rows on the CPU, or None. `call` must process rows
    independently, as a model in eval mode does.
    """
    device = device_of(model)
    rows = next(len(tensor) for tensor in inputs if tensor is not None)
    outputs: list[Tensor] = []
    start, moved = 0, False
    while start < max(rows, 1):  # one call even without rows, for the shape of the output
        part = [None if t is None else t[start : start + batch].to(device) for t in inputs]
        try:
            outputs.append(call(model, *part).cpu())
            start += batch
        except torch.OutOfMemoryError:
            del part
            if batch > SMALLEST_BATCH:
                batch = max(batch // 4, SMALLEST_BATCH)
            elif moved:
                raise
            else:
                model, device, moved = on_cpu(model), torch.device("cpu"), True
                notices = _notices.get()
                if notices is not None and OUT_OF_MEMORY not in notices:
                    notices.append(OUT_OF_MEMORY)
    return torch.cat(outputs)


def device_of(model: nn.Module) -> torch.device:
    """The device of the weights."""
    return next((t.device for t in model.state_dict().values()), torch.device("cpu"))


@lru_cache(maxsize=8)
def on_cpu(model: nn.Module) -> nn.Module:
    """A copy of a shared model on the CPU; the original is never changed."""
    return copy.deepcopy(model).cpu()


def require(model: nn.Module, ability: type[Ability]) -> Ability:
    """The model itself, typed as an ability (a class of `base`). Raises `LacksAbility`."""
    if not isinstance(model, ability):
        raise LacksAbility(f"{type(model).__name__} lacks the ability {ability.__name__}")
    return model


def reconstruct(model: nn.Module, x: Tensor, label: Tensor | None = None) -> Tensor:
    """(N, 1, 28, 28) in [0, 1] -> x_hat of the same shape, on the CPU."""
    able = require(model, Reconstructs)
    return in_batches(able, lambda m, images, labels: m(images, labels).x_hat, x, label)


def encode(model: nn.Module, x: Tensor, label: Tensor | None = None) -> Tensor:
    """(N, 1, 28, 28) -> (N, *latent_shape), on the CPU."""
    able = require(model, Codes)
    return in_batches(able, lambda m, images, labels: m.encode(images, labels), x, label)


def extra_metrics(model: Model, x: Tensor, label: Tensor | None = None) -> dict[Metric, float]:
    """The model's `extra_metrics` of images (N, 1, 28, 28), mean over all of them."""
    totals: dict[Metric, float] = {}
    device = device_of(model)
    for start in range(0, len(x), BATCH):
        part = x[start : start + BATCH].to(device)
        labels = None if label is None else label[start : start + BATCH].to(device)
        with torch.no_grad():
            figures = model.extra_metrics(part, labels)
        for metric, value in figures.items():
            totals[metric] = totals.get(metric, 0.0) + value * len(part) / len(x)
    return totals


def decode(model: nn.Module, z: Tensor, label: Tensor | None = None) -> Tensor:
    """(N, *latent_shape) -> (N, 1, 28, 28) in [0, 1], on the CPU."""
    able = require(model, Codes)
    return in_batches(able, lambda m, codes, labels: m.decode(codes, labels), z, label)


def class_probabilities(classifier: nn.Module, x: Tensor) -> Tensor:
    """(N, 1, 28, 28) -> (N, C): a classifier's probability of each class, on the CPU."""
    return in_batches(classifier, lambda m, images: m(images).softmax(dim=1), x)
