"""Initial weights from a seed, without the random numbers that the whole process shares.

`torch.nn` draws initial weights from the global generator. Setting its seed would change what
other threads draw, and their draws would change the weights; saving and restoring
its state (`torch.random.fork_rng`) has the same problem. Here, in one thread only, every draw
uses a separate generator.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

DRAWS = {"uniform_", "normal_", "random_", "bernoulli_", "rand", "randn", "randint", "randperm"}


class Seeded(TorchFunctionMode):
    """A context in which this thread draws from one generator, seeded with `seed`.

    The numbers are those that follow `torch.manual_seed(seed)` on the CPU, dropout included.
    Draws that name a generator keep it. Entered again, it continues where it left off.
    """

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.generator = torch.Generator().manual_seed(seed)

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        kwargs = dict(kwargs or {})
        if func is nn.functional.dropout:
            return self._dropout(*args, **kwargs)
        if "generator" in kwargs or getattr(func, "__name__", "") in DRAWS:
            kwargs["generator"] = kwargs.get("generator") or self.generator
        return func(*args, **kwargs)

    def _dropout(
        self, x: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False
    ) -> Tensor:
        """`torch.nn.functional.dropout`, which takes no generator."""
        if not training or not p:
            return x
        return x * torch.empty_like(x).bernoulli_(1 - p, generator=self.generator).div_(1 - p)
