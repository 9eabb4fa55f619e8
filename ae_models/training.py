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
from ae_models.executor import ALONE, Alone
from ae_models.phases import Fit, Gradual, TrainingSet, title
from ae_models.players import players
from ae_models.run import Run
from ae_models.validation import validate

ABSURD = 100  # times the loss of a phase's first epoch


class Diverged(RuntimeError):
    """The loss is no number, or an absurd one; the model holds the last good weights."""


class Progress(NamedTuple):
    """What one epoch of a phase gives besides its validation figures."""

    epoch: int
    loss: dict[str, float]
    gradients: dict[str, float]
    seconds: float


def train(run: Run, data: TrainingSet, executor: Alone = ALONE) -> Iterator[Epoch]:
    """Run the phases from wherever `run` stands; yields a record after each epoch.

    Raises `Diverged` when a loss or a weight is not finite, or the loss has grown absurd: the
    model then holds the weights of the last good epoch.
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
            else _descend(run, phase, data, executor, start=skipped)
        )
        for progress in epochs:
            executor.settle(run.model)
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


def _descend(
    run: Run, phase: Gradual, data: TrainingSet, executor: Alone, start: int
) -> Iterator[Progress]:
    """Epochs of gradient descent by one player or two; the model is rolled back if it diverges."""
    moving = players(run.model, phase, run.generator, executor)
    torch.set_flush_denormal(True)  # fading gradients make numbers that are slow to reckon with
    optimizers = run.start_optimizers(phase, [p.module for p in moving], resumed=start > 0)
    images, labels = data.images.to(run.device), data.labels.to(run.device)
    batches = len(images) // phase.batch_size or 1
    layer_of = {p: name.rpartition(".")[0] for name, p in run.model.named_parameters()}
    first = sum(run.history[-start].loss.values()) if start else None
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
                with executor.working(run.device, phase.precision, len(chosen)):
                    terms = player.terms(images[chosen], labels[chosen])
                run.model.zero_grad()
                executor.backward(torch.stack(list(terms.values())).sum(), player.module)
                add_squared_gradients(squares, player.module, layer_of)
                optimizer.step()
                for name, value in executor.means(terms).items():
                    totals[name] = totals.get(name, 0.0) + value / batches
            if hasattr(run.model, "after_step"):
                run.model.after_step()  # type: ignore[operator]
            if not math.isfinite(sum(totals.values())):
                break
        loss = sum(totals.values())
        first = loss if first is None else first
        if reason := trouble(run.model, loss, first):
            run.model.load_state_dict(good)
            raise Diverged(
                f"The loss {reason} in epoch {epoch + 1}: the weights of epoch {epoch} were kept. "
                f"A lower learning rate than {phase.learning_rate:g} may help."
            )
        norms = {name: (square / batches).sqrt().item() for name, square in squares.items()}
        yield Progress(epoch + 1, totals, norms, time.perf_counter() - started)


def add_squared_gradients(
    squares: dict[str, Tensor], module: nn.Module, layer_of: dict[nn.Parameter, str]
) -> None:
    """Add the squared gradient norm of each layer, weight and bias together, to `squares`.

    A layer goes by its name in the whole model, whichever part of it is trained.
    """
    for parameter in module.parameters():
        if parameter.grad is not None:
            layer = layer_of[parameter]
            square = parameter.grad.square().sum()
            squares[layer] = squares[layer] + square if layer in squares else square


def trouble(model: nn.Module, loss: float, first: float) -> str:
    """What an epoch did that must not be gone on from, in words; empty where it did no harm.

    `first` is the loss of the phase's first epoch. The weights are looked at as well: the last
    step of an epoch may spoil them unseen.
    """
    weights = model.state_dict().values()
    if not math.isfinite(loss) or not all(bool(t.isfinite().all()) for t in weights):
        return "is no longer finite"
    if loss > ABSURD * max(abs(first), 1):
        return f"grew to {loss:.3g} from {first:.3g} in the first epoch"
    return ""


def one_cycle(progress: float) -> float:
    """The factor of the learning rate at `progress` 0 … 1 of a phase (Smith 2018)."""
    if progress < 0.1:
        return 0.1 + 9 * progress
    return max(0.5 + 0.5 * math.cos(math.pi * (progress - 0.1) / 0.9), 0.002)
