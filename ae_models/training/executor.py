"""The processes of a training: a single one, or several that share every batch.

`SingleProcess` is the plain case; `distributed.Distributed` has the same interface for many
processes. The rest of the training code does not depend on their number.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TypeVar

import torch
from torch import Tensor, nn

from ae_models.artifacts import checkpoint
from ae_models.base import Trainable

Result = TypeVar("Result")


class SingleProcess:
    """One process on one device."""

    is_main_process = True  # the one that reports and writes

    def __enter__(self) -> SingleProcess:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Leave the process group, and end the processes that were started."""

    @property
    def device(self) -> torch.device:
        return checkpoint.best_device()

    def batch_context(
        self, device: torch.device, precision: str, images: int
    ) -> AbstractContextManager[object]:
        """The context in which a model is called on a training batch of so many images."""
        return torch.autocast(device.type, torch.bfloat16, enabled=precision == "bfloat16")

    def share(self, batch: Tensor) -> Tensor:
        """The rows (B, …) of a batch that this process works on."""
        return batch

    def wrapped(self, model: Trainable) -> Trainable:
        """The model to compute loss terms with; their gradients are of the whole batch."""
        return model

    def backward(self, loss: Tensor) -> None:
        """Compute the gradients of the parameters, averaged over the whole batch."""
        loss.backward()

    def means(self, terms: dict[str, Tensor]) -> dict[str, float]:
        """The terms of the whole batch, from those of this process's share."""
        return {name: term.item() for name, term in terms.items()}

    def sync_buffers(self, model: nn.Module) -> None:
        """After an epoch: copy weights and buffers of the main process to all others."""

    def on_main_process(self, work: Callable[[], Result]) -> Result:
        """Call `work` in the main process while the others wait; all get its result."""
        return work()

    def describe(self) -> str:
        """The device in words, for the card."""
        if self.device.type == "cpu":
            return f"CPU, {torch.get_num_threads()} threads"
        return torch.cuda.get_device_name(self.device)


SINGLE_PROCESS = SingleProcess()
