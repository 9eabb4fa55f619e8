"""Who carries out a training: one process alone, or several that share every batch.

`Alone` is the plain case, where there is nothing to share. `distributed.Several` answers the
same questions for many processes; nobody else knows how many there are.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TypeVar

import torch
from torch import Tensor, nn

from ae_models.artifacts import checkpoint

Result = TypeVar("Result")


class Alone:
    """One process on one device."""

    leads = True  # whether it is this process that reports and writes

    def __enter__(self) -> Alone:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Part from the other processes; none outlives the one that started it."""

    @property
    def device(self) -> torch.device:
        return checkpoint.best_device()

    def working(
        self, device: torch.device, precision: str, images: int
    ) -> AbstractContextManager[object]:
        """What a model is called in while it is trained on a batch of so many images."""
        return torch.autocast(device.type, torch.bfloat16, enabled=precision == "bfloat16")

    def share(self, batch: Tensor) -> Tensor:
        """The rows (B, …) of a batch that this process works on."""
        return batch

    def backward(self, loss: Tensor, module: nn.Module) -> None:
        """Give the parameters of a module their gradients, of the whole batch."""
        loss.backward()

    def means(self, terms: dict[str, Tensor]) -> dict[str, float]:
        """The terms of the whole batch, from those of this process's share."""
        return {name: term.item() for name, term in terms.items()}

    def settle(self, model: nn.Module) -> None:
        """After an epoch: make sure that every process holds the same model."""

    def lead(self, work: Callable[[], Result]) -> Result:
        """Do in one process what must be done once, while others wait; all get its result."""
        return work()

    def describe(self) -> str:
        """The device in words, for the card."""
        if self.device.type == "cpu":
            return f"CPU, {torch.get_num_threads()} threads"
        return torch.cuda.get_device_name(self.device)


ALONE = Alone()
