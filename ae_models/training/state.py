"""The state of one training, from which it can be resumed exactly."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from ae_models.artifacts.card import Epoch
from ae_models.artifacts.phase_record import PhaseRecord
from ae_models.base import Trainable
from ae_models.training.optimizers import OPTIMIZERS
from ae_models.training.phases import IterativePhase, Phase

Trained = TypeVar("Trained", bound=Trainable)


@dataclass
class EpochProgress:
    """Progress of an epoch, and sums over its batches."""

    order: Tensor  # (N,), order of the images
    batch: int = 0  # number of batches done
    losses: dict[str, float] = field(default_factory=dict)  # of each term, summed
    squares: dict[str, Tensor] = field(default_factory=dict)  # of each layer's gradient, summed
    seconds: float = 0.0

    def add(self, terms: dict[str, float]) -> None:
        """Add the loss terms of one batch."""
        self.batch += 1
        for name, value in terms.items():
            self.losses[name] = self.losses.get(name, 0.0) + value

    def means(self) -> tuple[dict[str, float], dict[str, float]]:
        """The terms, mean over the batches so far, and the root mean square of each gradient."""
        losses = {name: total / self.batch for name, total in self.losses.items()}
        norms = {name: (square / self.batch).sqrt().item() for name, square in self.squares.items()}
        return losses, norms


class TrainingState(Generic[Trained]):
    """The state of one training: model, optimiser, random numbers, history."""

    def __init__(self, model: Trained, phases: list[Phase], seed: int, device: torch.device):
        self.model = model.to(device).to(memory_format=torch.channels_last)
        self.phases = phases
        self.device = device
        self.generator = torch.Generator().manual_seed(seed)
        self.history: list[Epoch] = []
        self.optimizers: list[torch.optim.Optimizer] = []  # one for each objective
        self.moments: dict[str, Tensor] = {}  # of the optimisers of a restored state
        self.progress: EpochProgress | None = None  # of an unfinished epoch
        self.first: float | None = None  # loss of the phase's first epoch, or first batch

    def save(self, folder: Path) -> None:
        """Write the state atomically: tensors in one file, its history inside as metadata."""
        tensors = {f"model.{k}": v.contiguous() for k, v in self.model.state_dict().items()}
        tensors["generator"] = self.generator.get_state()
        for number, optimizer in enumerate(self.optimizers):
            for index, slots in optimizer.state_dict()["state"].items():
                for key, value in slots.items():
                    if value is not None:
                        tensors[f"optimizer.{number}.{index}.{key}"] = value.contiguous()
        about = {
            "history": json.dumps([epoch.model_dump() for epoch in self.history]),
            "phases": json.dumps([phase.record().model_dump() for phase in self.phases]),
        }
        if self.progress is not None:
            tensors["progress"] = self.progress.order
            tensors |= {
                f"progress.{layer}": value for layer, value in self.progress.squares.items()
            }
            about["progress"] = json.dumps(
                {
                    "batch": self.progress.batch,
                    "losses": self.progress.losses,
                    "seconds": self.progress.seconds,
                    "first": self.first,
                }
            )
        folder.mkdir(parents=True, exist_ok=True)
        partial = folder / "state.part"
        save_file(tensors, partial, metadata=about)
        os.replace(partial, folder / "state.safetensors")

    def restore(self, folder: Path) -> bool:
        """Continue from a saved state; False where there is none.

        Raises `ValueError`, and changes nothing, where it is damaged or was saved by
        another recipe.
        """
        path = folder / "state.safetensors"
        if not path.exists():
            return False
        try:
            with safe_open(path, "pt") as file:
                about = {key: json.loads(text) for key, text in file.metadata().items()}
            tensors = load_file(path)
        except (OSError, ValueError, SafetensorError) as error:
            raise ValueError(f"{path} is damaged; start again with --fresh") from error
        history = [Epoch.model_validate(record) for record in about["history"]]
        weights = {k.removeprefix("model."): v for k, v in tensors.items() if k[:6] == "model."}
        shapes = {key: value.shape for key, value in weights.items()}
        begun = history[-1].phase if history else 0  # a later phase may have been changed
        saved = [PhaseRecord.model_validate(record) for record in about["phases"][:begun]]
        if saved != [phase.record() for phase in self.phases[:begun]] or shapes != {
            key: value.shape for key, value in self.model.state_dict().items()
        }:
            raise ValueError(f"{path} was left by another recipe; start again with --fresh")
        self.history = history
        self.model.load_state_dict(weights)
        self.generator.set_state(tensors["generator"])
        self.moments = {k: v for k, v in tensors.items() if k.startswith("optimizer.")}
        if "progress" in about:
            self._restore_progress(about["progress"], tensors)
        return True

    def _restore_progress(self, about: dict[str, Any], tensors: dict[str, Tensor]) -> None:
        """Restore the progress of the unfinished epoch."""
        prefix = "progress."
        squares = {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
        squares = {layer: value.to(self.device) for layer, value in squares.items()}
        self.first = about.pop("first")
        self.progress = EpochProgress(order=tensors["progress"], squares=squares, **about)

    def start_optimizers(
        self, phase: IterativePhase, modules: list[nn.Module], resumed: bool
    ) -> list[torch.optim.Optimizer]:
        """A fresh optimiser for each objective, with its saved moments if it was interrupted."""
        make = OPTIMIZERS[phase.optimizer]
        self.optimizers = [
            make(module.parameters(), phase.learning_rate, phase.weight_decay, phase.betas)
            for module in modules
        ]
        if resumed:
            for number, optimizer in enumerate(self.optimizers):
                self._fill(optimizer, f"optimizer.{number}.")
        return self.optimizers

    def _fill(self, optimizer: torch.optim.Optimizer, prefix: str) -> None:
        """Give an optimiser the moments that were saved under a prefix."""
        parameters = optimizer.param_groups[0]["params"]
        state: dict[int, dict[str, Tensor]] = {}
        for key, value in self.moments.items():
            if not key.startswith(prefix):
                continue
            index, name = key.removeprefix(prefix).split(".", 1)
            if value.ndim:  # fused Adam pairs moments and weights by their place in memory
                value = torch.empty_like(parameters[int(index)]).copy_(value)
            state.setdefault(int(index), {})[name] = value
        optimizer.load_state_dict(optimizer.state_dict() | {"state": state})
