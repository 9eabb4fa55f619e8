"""Training in several processes, on one machine or many, carried by Lightning Fabric.

Every process holds the whole model and processes its share of each batch, so that the batch size
of a recipe does not depend on the number of processes. Random numbers of noise, augmentation and
the model are drawn for the whole batch, and each process keeps its rows: N processes use the
same ones as a single process, dropout included. Only running statistics (batch normalisation,
codebook usage) are those of the process's share; after each epoch those of the main process are
copied to all.

DDP averages the gradients during the backward pass. A part that is trained alone and a step of
one adversary leave parameters without a gradient, so DDP looks for unused ones.
Checkpoints and `runs/` must be on a file system that all nodes share.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, cast

import torch
from lightning_fabric import Fabric
from lightning_fabric.strategies.ddp import DDPStrategy
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from ae_models.base import Trainable
from ae_models.training.executor import Result, SingleProcess

PATIENCE = 10  # seconds to wait for other processes to end before terminating them
PRECISIONS = ("32-true", "bf16-mixed")


def start(devices: int | None, nodes: int | None, precision: str | None) -> Distributed:
    """The executor for command-line options; None is 1, or the precision of the recipe.

    Raises `ValueError` for invalid values.
    """
    for option, value in (("--devices", devices), ("--nodes", nodes)):
        if value is not None and value < 1:
            raise ValueError(f"{option} takes a whole number from 1 upwards")
    if precision is not None and precision not in PRECISIONS:
        raise ValueError(f"--precision takes {' or '.join(PRECISIONS)}")
    if torch.cuda.is_available() and (devices or 1) > torch.cuda.device_count():
        raise ValueError(f"--devices {devices}: this machine has {torch.cuda.device_count()}")
    return Distributed(devices or 1, nodes or 1, precision or "")


class Distributed(SingleProcess):
    """One of `devices` processes on each of `nodes` machines.

    `precision` overrides that of the phases; where it is empty, theirs is used. Under `torchrun`
    or a scheduler, all processes are running already; otherwise this one starts the others with
    the same command.
    """

    def __init__(self, devices: int = 1, nodes: int = 1, precision: str = "") -> None:
        self.precision = precision
        self.fabric = Fabric(
            accelerator=super().device.type,
            strategy=DDPStrategy(find_unused_parameters=True, broadcast_buffers=False)
            if devices * nodes > 1
            else "auto",
            devices=devices,
            num_nodes=nodes,
            precision=precision or None,  # type: ignore[arg-type]
        )
        self.fabric.launch()
        self.is_main_process = self.fabric.is_global_zero

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None and torch.distributed.is_initialized():
            torch.distributed.destroy_process_group()
        for process in getattr(self.fabric.strategy.launcher, "procs", []):
            try:
                process.wait(0 if kind is KeyboardInterrupt else PATIENCE)
            except subprocess.TimeoutExpired:
                process.terminate()

    @property
    def device(self) -> torch.device:
        return self.fabric.device

    def batch_context(
        self, device: torch.device, precision: str, images: int
    ) -> AbstractContextManager[object]:
        if self.precision:
            cast: AbstractContextManager[object] = self.fabric.autocast()
        else:
            cast = super().batch_context(device, precision, images)
        return self._batch_context(cast, images)

    @contextmanager
    def _batch_context(self, cast: AbstractContextManager[object], images: int) -> Iterator[None]:
        with cast, BatchWideDraws(images, self.share):
            yield

    def share(self, batch: Tensor) -> Tensor:
        rows, rest = divmod(len(batch), self.fabric.world_size)
        if rest:
            raise ValueError(
                f"{self.fabric.world_size} processes cannot share a batch of {len(batch)} images "
                "evenly; give another number of --devices or --nodes"
            )
        first = self.fabric.global_rank * rows
        return batch[first : first + rows]

    def wrapped(self, model: Trainable) -> Trainable:
        module = self.fabric.setup_module(model, move_to_device=False)
        for method in ("part_terms", "adversarial_terms"):
            module.mark_forward_method(method)
        return cast(Trainable, module)  # it passes on the attributes of the model

    def backward(self, loss: Tensor) -> None:
        self.fabric.backward(loss)

    def means(self, terms: dict[str, Tensor]) -> dict[str, float]:
        values = self._mean(torch.stack(list(terms.values())).detach()).tolist()
        return dict(zip(terms, values, strict=True))

    def sync_buffers(self, model: nn.Module) -> None:
        """Copy the weights and buffers of the main process to all others."""
        if self.fabric.world_size > 1:
            for tensor in model.state_dict().values():
                torch.distributed.broadcast(tensor, src=0)

    def on_main_process(self, work: Callable[[], Result]) -> Result:
        """An error of the main process is raised in every process."""
        outcome: tuple[Any, Exception | None] = None, None
        if self.is_main_process:
            try:
                outcome = work(), None
            except Exception as error:
                outcome = None, error
        result, failure = self.fabric.broadcast(outcome)
        if failure is not None:
            raise failure
        return result

    def describe(self) -> str:
        count = self.fabric.world_size
        one = super().describe()
        parts = (f"{count} processes, each on {one}" if count > 1 else one, self.precision)
        return ", ".join(part for part in parts if part)

    def _mean(self, tensor: Tensor) -> Tensor:
        """Mean over the processes."""
        mean = self.fabric.all_reduce(tensor, reduce_op="mean")
        assert isinstance(mean, Tensor)
        return mean


class BatchWideDraws(TorchFunctionMode):
    """A context in which random numbers are drawn for the whole batch, not for a share of it.

    `torch.rand` and `torch.randn` with a generator and as many rows as a share has return the
    rows that a single process would have drawn for these images. Draws of other shapes are
    unchanged, and the same in every process.
    """

    def __init__(self, images: int, share: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.images = images
        self.share = share
        self.rows = len(share(torch.empty(images)))

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        kwargs = kwargs or {}
        if func in (torch.rand, torch.randn) and kwargs.get("generator") is not None:
            shape = args[0] if isinstance(args[0], (tuple, list)) else args
            if len(shape) > 1 and shape[0] == self.rows:
                return self.share(func((self.images, *shape[1:]), **kwargs))
        return func(*args, **kwargs)
