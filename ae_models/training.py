"""Training: one generator of epoch records for the command line, tests and live pages.

A recipe is a list of phases. `Descent` is gradient descent; `Fit` is a closed form.
`train` runs them in order and yields an `Epoch` after each. A `Run` holds everything
that an interrupted training needs to go on as if it had never stopped.
"""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal, NamedTuple

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from ae_models.card import Epoch
from ae_models.noise import NOISES


class Diverged(RuntimeError):
    """The loss is no longer finite; the model holds the last good weights."""


class TrainingSet(NamedTuple):
    """The training split, parted: trained on, and kept for validation."""

    images: Tensor  # (N, 1, 28, 28) in [0, 1]
    labels: Tensor  # (N,)
    validation_images: Tensor  # (V, 1, 28, 28)
    validation_labels: Tensor  # (V,)


class Descent(NamedTuple):
    """Adam with a one-cycle learning rate: up for a tenth of the steps, then a cosine to 0."""

    epochs: int
    learning_rate: float = 1e-3
    batch_size: int = 128
    weight_decay: float = 0.0
    noise: tuple[str, float] | None = None  # put on the input: a key of NOISES, its strength
    shift: int = 0  # move the input by up to this many pixels
    flip: bool = False  # mirror half of the inputs
    blur: float = 0.0  # blur half of the batches by a Gaussian of up to this many pixels
    target: Literal["image", "label"] = "image"
    precision: Literal["float32", "bfloat16"] = "float32"
    trains: Literal["the model", "the prior"] = "the model"  # the prior on finished codes

    def describe(self) -> str:
        aim = f"towards the {self.target}" if self.trains == "the model" else "on the prior"
        parts = [
            f"{self.epochs} epochs of Adam {aim}",
            f"learning rate {self.learning_rate:g}",
            f"batch {self.batch_size}",
            f"weight decay {self.weight_decay:g}" if self.weight_decay else "",
            f"input with {self.noise[0]} noise {self.noise[1]:g}" if self.noise else "",
            f"shifted by up to {self.shift} pixels" if self.shift else "",
            "mirrored half of the time" if self.flip else "",
            f"half of the batches blurred by up to {self.blur:g} pixels" if self.blur else "",
            self.precision,
        ]
        return ", ".join(part for part in parts if part)


class Fit(NamedTuple):
    """A closed form: the model fits itself to the training images in one step."""

    name: str
    method: Callable[[nn.Module, TrainingSet], None]
    epochs: int = 1

    def describe(self) -> str:
        return self.name


Phase = Descent | Fit


class Run:
    """The state of one training: model, optimiser, random numbers, history."""

    def __init__(self, model: nn.Module, phases: list[Phase], seed: int, device: torch.device):
        self.model = model.to(device).to(memory_format=torch.channels_last)
        self.phases = phases
        self.device = device
        self.generator = torch.Generator().manual_seed(seed)
        self.history: list[Epoch] = []
        self.optimizer: torch.optim.Optimizer | None = None
        self.moments: dict[str, Tensor] = {}  # of an optimiser that was interrupted

    def save(self, folder: Path) -> None:
        """Write the state atomically: tensors in one file, its history inside as metadata."""
        tensors = {f"model.{k}": v.contiguous() for k, v in self.model.state_dict().items()}
        tensors["generator"] = self.generator.get_state()
        tensors["global"] = torch.get_rng_state()  # dropout draws from it
        if self.optimizer is not None:
            for index, slots in self.optimizer.state_dict()["state"].items():
                tensors |= {f"optimizer.{index}.{k}": v.contiguous() for k, v in slots.items()}
        folder.mkdir(parents=True, exist_ok=True)
        history = json.dumps([epoch.model_dump() for epoch in self.history])
        part = folder / "state.part"
        save_file(tensors, part, metadata={"history": history})
        os.replace(part, folder / "state.safetensors")

    def restore(self, folder: Path) -> bool:
        """Take up a saved state; False where there is none.

        Raises `ValueError`, and changes nothing, where it is damaged or was left by
        another recipe: going on from it would make a model that no recipe describes.
        """
        path = folder / "state.safetensors"
        if not path.exists():
            return False
        try:
            with safe_open(path, "pt") as file:
                saved = json.loads(file.metadata()["history"])
            tensors = load_file(path)
        except (OSError, ValueError, SafetensorError) as error:
            raise ValueError(f"{path} is damaged; start again with --fresh") from error
        history = [Epoch.model_validate(record) for record in saved]
        weights = {k.removeprefix("model."): v for k, v in tensors.items() if k[:6] == "model."}
        shapes = {key: value.shape for key, value in weights.items()}
        if [epoch.phase for epoch in history] != self.titles()[: len(history)] or shapes != {
            key: value.shape for key, value in self.model.state_dict().items()
        }:
            raise ValueError(f"{path} was left by another recipe; start again with --fresh")
        self.history = history
        self.model.load_state_dict(weights)
        self.generator.set_state(tensors["generator"])
        torch.set_rng_state(tensors["global"])
        self.moments = {k: v for k, v in tensors.items() if k.startswith("optimizer.")}
        return True

    def titles(self) -> list[str]:
        """What the record of each epoch calls its phase."""
        return [
            title(number, phase)
            for number, phase in enumerate(self.phases, start=1)
            for _ in range(phase.epochs)
        ]

    def start_optimizer(self, phase: Descent, resumed: bool) -> torch.optim.Optimizer:
        """A fresh Adam for a phase, filled with the saved moments if it was interrupted."""
        trained = self.model if phase.trains == "the model" else self.model.prior
        parameters = list(trained.parameters())  # type: ignore[union-attr]
        self.optimizer = torch.optim.AdamW(
            parameters,
            lr=phase.learning_rate,
            weight_decay=phase.weight_decay,
            fused=True,
        )
        if resumed:
            state: dict[int, dict[str, Tensor]] = {}
            for key, value in self.moments.items():
                _, index, name = key.split(".", 2)
                if value.ndim:  # fused Adam pairs moments and weights by their place in memory
                    value = torch.empty_like(parameters[int(index)]).copy_(value)
                state.setdefault(int(index), {})[name] = value
            self.optimizer.load_state_dict(self.optimizer.state_dict() | {"state": state})
        return self.optimizer


def train(run: Run, data: TrainingSet) -> Iterator[Epoch]:
    """Run the phases from wherever `run` stands; yields a record after each epoch.

    Raises `Diverged` when a loss or a weight is not finite: the model then holds the
    weights of the last good epoch.
    """
    done = len(run.history)
    for number, phase in enumerate(run.phases, start=1):
        skipped = min(done, phase.epochs)
        done -= skipped
        if skipped == phase.epochs:
            continue
        epochs = (
            _descend(run, phase, data, start=skipped)
            if isinstance(phase, Descent)
            else _fit(run, phase, data)
        )
        for epoch, loss, seconds in epochs:
            record = Epoch(
                phase=title(number, phase),
                epoch=epoch,
                epochs=phase.epochs,
                loss=loss,
                validation=validate(run.model, phase, data, run.device),
                seconds=round(seconds, 2),
            )
            run.history.append(record)
            yield record


def title(number: int, phase: Phase) -> str:
    """A phase among its recipe's, in words."""
    return f"{number}. {phase.describe()}"


def _fit(run: Run, phase: Fit, data: TrainingSet) -> Iterator[tuple[int, dict[str, float], float]]:
    started = time.perf_counter()
    run.model.eval()
    with torch.no_grad():
        phase.method(run.model, data)
    yield 1, {}, time.perf_counter() - started


def _descend(
    run: Run, phase: Descent, data: TrainingSet, start: int
) -> Iterator[tuple[int, dict[str, float], float]]:
    optimizer = run.start_optimizer(phase, resumed=start > 0)
    images, labels = data.images.to(run.device), data.labels.to(run.device)
    batches = len(images) // phase.batch_size or 1
    for epoch in range(start, phase.epochs):
        started = time.perf_counter()
        good = {key: value.clone() for key, value in run.model.state_dict().items()}
        run.model.train()
        order = torch.randperm(len(images), generator=run.generator)
        totals: dict[str, float] = {}
        for batch in range(batches):
            rate = one_cycle((epoch * batches + batch) / (phase.epochs * batches))
            for group in optimizer.param_groups:
                group["lr"] = phase.learning_rate * rate
            chosen = order[batch * phase.batch_size : (batch + 1) * phase.batch_size]
            terms = step_terms(run, phase, images[chosen], labels[chosen])
            loss = torch.stack(list(terms.values())).sum()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            for name, term in terms.items():
                totals[name] = totals.get(name, 0.0) + term.item() / batches
            if not all(map(math.isfinite, totals.values())):
                break
        if not all(map(math.isfinite, totals.values())) or not has_finite_weights(run.model):
            run.model.load_state_dict(good)
            raise Diverged(
                f"The loss is no longer finite in epoch {epoch + 1}: the weights of epoch "
                f"{epoch} were kept. A lower learning rate than {phase.learning_rate:g} may help."
            )
        yield epoch + 1, totals, time.perf_counter() - started


def has_finite_weights(model: nn.Module) -> bool:
    """Whether every weight is a number; the last step of an epoch may spoil them unseen."""
    return all(bool(tensor.isfinite().all()) for tensor in model.state_dict().values())


def step_terms(run: Run, phase: Descent, x: Tensor, label: Tensor) -> dict[str, Tensor]:
    """The weighted loss terms of one batch, the input damaged as the phase says."""
    if phase.trains == "the prior":
        return run.model.prior_terms(x, label, generator=run.generator)  # type: ignore[operator]
    seen = augmented(x, phase, run.generator)
    target = label if phase.target == "label" else seen
    if phase.noise:
        kind, strength = phase.noise
        seen = NOISES[kind](seen, strength, run.generator)
    low = phase.precision == "bfloat16"
    with torch.autocast(run.device.type, torch.bfloat16, enabled=low):
        output = run.model(seen, label, generator=run.generator)
    return run.model.loss_terms(output, target)  # type: ignore[operator]


def augmented(x: Tensor, phase: Descent, generator: torch.Generator) -> Tensor:
    """The batch blurred or not, each image mirrored or not and moved by up to `shift`."""
    if phase.blur:
        u = torch.rand((), generator=generator).item()
        x = blurred(x, phase.blur * max(2 * u - 1, 0))
    if phase.flip:
        mirrored = torch.rand(len(x), generator=generator).to(x.device) < 0.5
        x = torch.where(mirrored[:, None, None, None], x.flip(3), x)
    if not phase.shift:
        return x
    padded = nn.functional.pad(x, (phase.shift,) * 4)
    offsets = torch.randint(0, 2 * phase.shift + 1, (2, len(x)), generator=generator).to(x.device)
    line = torch.arange(28, device=x.device)
    rows = (offsets[0][:, None] + line)[:, None, :, None]  # (B, 1, 28, 1)
    columns = (offsets[1][:, None] + line)[:, None, None, :]  # (B, 1, 1, 28)
    image = torch.arange(len(x), device=x.device)[:, None, None, None]
    return padded[image, 0, rows, columns]


def blurred(x: Tensor, sigma: float) -> Tensor:
    """(B, 1, 28, 28) convolved with a Gaussian of standard deviation `sigma` pixels."""
    offset = torch.arange(-4, 5, device=x.device)
    kernel = torch.exp(-0.5 * (offset / max(sigma, 1e-3)).square())
    kernel = kernel / kernel.sum()
    across = nn.functional.conv2d(x, kernel.view(1, 1, 1, -1), padding=(0, 4))
    return nn.functional.conv2d(across, kernel.view(1, 1, -1, 1), padding=(4, 0))


def one_cycle(progress: float) -> float:
    """The factor of the learning rate at `progress` 0 … 1 of a phase (Smith 2018)."""
    if progress < 0.1:
        return 0.1 + 9 * progress
    return max(0.5 + 0.5 * math.cos(math.pi * (progress - 0.1) / 0.9), 0.002)


@torch.no_grad()
def validate(
    model: nn.Module, phase: Phase, data: TrainingSet, device: torch.device
) -> dict[str, float]:
    """Figures on the validation images: accuracy of a classifier, else MSE per pixel."""
    model.eval()
    noise = phase.noise if isinstance(phase, Descent) else None
    generator = torch.Generator().manual_seed(0)
    total = 0.0
    by_label = isinstance(phase, Descent) and phase.target == "label"
    pairs = zip(data.validation_images.split(500), data.validation_labels.split(500), strict=True)
    for clean, label in pairs:
        clean, label = clean.to(device), label.to(device)
        seen = NOISES[noise[0]](clean, noise[1], generator) if noise else clean
        output = model(seen, label)
        if by_label:
            total += (output.argmax(1) == label).sum().item()
        else:
            total += (output.x_hat - clean).square().mean(dim=(1, 2, 3)).sum().item()
    name = "accuracy" if by_label else "mse"
    return {name: total / max(len(data.validation_images), 1)}
