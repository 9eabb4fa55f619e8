"""Build a network from a seed, untouched by whatever else this process draws.

The initial weights are those that `torch.manual_seed` would give. That sets numbers that the
whole process shares, and another visitor's network may be built at the same moment.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from pydantic import BaseModel
from torch import nn
from torch.overrides import TorchFunctionMode

from ae_models.artifacts.checkpoint import KINDS

DRAWING = {"uniform_", "normal_", "random_", "bernoulli_", "rand", "randn", "randint", "randperm"}


def build(variant: str, config: BaseModel, seed: int) -> nn.Module:
    """An untrained model of a kind and configuration."""
    with Drawing(torch.Generator().manual_seed(seed)):
        return KINDS[variant](config)


class Drawing(TorchFunctionMode):
    """In this thread, whatever draws random numbers draws them from one generator."""

    def __init__(self, generator: torch.Generator) -> None:
        super().__init__()
        self.generator = generator

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        kwargs = dict(kwargs or {})
        if "generator" in kwargs or getattr(func, "__name__", "") in DRAWING:
            kwargs["generator"] = kwargs.get("generator") or self.generator
        return func(*args, **kwargs)
