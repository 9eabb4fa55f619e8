"""Training: one generator of epoch records for the command line, tests and live pages.

A recipe is a list of phases. `train` runs them in order and yields an `Epoch` after each
epoch: loss terms by name, gradient norm by layer, figures on the validation images,
seconds. A `Run` holds everything that an interrupted training needs to go on as if it had
never stopped.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor, nn

from ae_models.card import Epoch
from ae_models.phases import Fit, Gradual, TrainingSet, title
from ae_models.players import players
from ae_models.run import Run
from ae_models.validation import validate


class Diverged(RuntimeError):
    """The loss is no longer finite; the model holds the last good weights."""


class Progress(NamedTuple):
    """What one epoch of a phase gives besides its validation figures."""

    epoch: int
    loss: dict[str, float]
    gradients: dict[str, float]
    seconds: float


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
            _fit(run, phase, data)
            if isinstance(phase, Fit)
            else _descend(run, phase, data, start=skipped)
        )
        for progress in epochs:
            record = Epoch(
                phase=title(number, phase),
                epoch=progress.epoch,
                epochs=phase.epochs,
                loss=progress.loss,
                gradients=progress.gradients,
                validation=validate(run.model, phase, data, run.device),
                seconds=round(progress.seconds, 2),
            )
            run.history.append(record)
            yield record


def _fit(run: Run, phase: Fit, data: TrainingSet) -> Iterator[Progress]:
    started = time.perf_counter()
    run.model.eval()
    with torch.no_grad():
        phase.method(run.model, data)
    yield Progress(1, {}, {}, time.perf_counter() - started)


def _descend(run: Run, phase: Gradual, data: TrainingSet, start: int) -> Iterator[Progress]:
    """Epochs of gradient descent by one player or two; the model is rolled back if it diverges."""
    moving = players(run.model, phase, run.generator)
    torch.set_flush_denormal(True)  # fading gradients make numbers that are slow to reckon with
    optimizers = run.start_optimizers(phase, [p.module for p in moving], resumed=start > 0)
    images, labels = data.images.to(run.device), data.labels.to(run.device)
    batches = len(images) // phase.batch_size or 1
    low = phase.precision == "bfloat16"
    for epoch in range(start, phase.epochs):
        started = time.perf_counter()
        good = {key: value.clone() for key, value in run.model.state_dict().items()}
        run.model.train()
        order = torch.randperm(len(images), generator=run.generator)
        totals: dict[str, float] = {}
        squares: dict[str, Tensor] = {}
        for batch in range(batches):
            rate = one_cycle((epoch * batches + batch) / (phase.epochs * batches))
            chosen = order[batch * phase.batch_size : (batch + 1) * phase.batch_size]
            for player, optimizer in zip(moving, optimizers, strict=True):
                for group in optimizer.param_groups:
                    group["lr"] = phase.learning_rate * rate
                with torch.autocast(run.device.type, torch.bfloat16, enabled=low):
                    terms = player.terms(images[chosen], labels[chosen])
                run.model.zero_grad()
                torch.stack(list(terms.values())).sum().backward()
                add_squared_gradients(squares, player.module)
                optimizer.step()
                for name, term in terms.items():
                    totals[name] = totals.get(name, 0.0) + term.item() / batches
            if hasattr(run.model, "after_step"):
                run.model.after_step()  # type: ignore[operator]
            if not all(map(math.isfinite, totals.values())):
                break
        if not all(map(math.isfinite, totals.values())) or not has_finite_weights(run.model):
            run.model.load_state_dict(good)
            raise Diverged(
                f"The loss is no longer finite in epoch {epoch + 1}: the weights of epoch "
                f"{epoch} were kept. A lower learning rate than {phase.learning_rate:g} may help."
            )
        norms = {name: (square / batches).sqrt().item() for name, square in squares.items()}
        yield Progress(epoch + 1, totals, norms, time.perf_counter() - started)


def add_squared_gradients(squares: dict[str, Tensor], module: nn.Module) -> None:
    """Add the squared gradient norm of each layer, weight and bias together, to `squares`."""
    for name, parameter in module.named_parameters():
        if parameter.grad is not None:
            layer = name.rpartition(".")[0]
            square = parameter.grad.square().sum()
            squares[layer] = squares[layer] + square if layer in squares else square


def has_finite_weights(model: nn.Module) -> bool:
    """Whether every weight is a number; the last step of an epoch may spoil them unseen."""
    return all(bool(tensor.isfinite().all()) for tensor in model.state_dict().values())


def one_cycle(progress: float) -> float:
    """The factor of the learning rate at `progress` 0 … 1 of a phase (Smith 2018)."""
    if progress < 0.1:
        return 0.1 + 9 * progress
    return max(0.5 + 0.5 * math.cos(math.pi * (progress - 0.1) / 0.9), 0.002)
