"""Training: one generator of epoch records for the command line, tests and live pages.

A recipe is a list of phases. `train` runs them in order and yields an `Epoch` after each
epoch: loss terms by name, gradient norm by layer, figures on the validation images,
seconds. A `TrainingState` holds everything that is needed to resume an interrupted training with
identical results.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from typing import Any, NamedTuple, overload

import torch
from torch import Tensor, nn

from ae_models.artifacts.card import Epoch
from ae_models.i18n import N_, Sentence
from ae_models.training.executor import SINGLE_PROCESS, SingleProcess
from ae_models.training.objectives import objectives
from ae_models.training.optimizers import SCHEDULES
from ae_models.training.optimizers import one_cycle as one_cycle  # for training without `train`
from ae_models.training.phases import Fit, IterativePhase, TrainingSet
from ae_models.training.state import EpochProgress, TrainingState
from ae_models.training.validation import validate

MAX_GROWTH = 100  # largest ratio of the loss to that of a phase's first epoch, or first batch
KEPT_EVERY = 20  # batches between copies of the weights, in training with `every`
DIVERGED = N_(
    "The loss {reason} in epoch {epoch}: the weights of {kept} were kept. "
    "A lower learning rate than {rate} may help."
)
NOT_FINITE = N_("is no longer finite")
AT_FIRST = N_("grew to {loss} from {first} at first")
IN_FIRST_EPOCH = N_("grew to {loss} from {first} in the first epoch")
EPOCH, BATCH = N_("epoch {epoch}"), N_("batch {batch} of epoch {epoch}")


class Diverged(RuntimeError):
    """The loss is not finite or has grown too much; the model holds the last good weights.

    Its only argument is a `Sentence`, which a page can translate.
    """


class Step(NamedTuple):
    """Progress and means of an unfinished epoch."""

    phase: int  # its number, from 1
    epoch: int  # of the phase, from 1
    batch: int  # number of batches done in the epoch
    batches: int  # in an epoch
    loss: dict[str, float]  # the weighted terms, mean over these batches
    gradients: dict[str, float]  # root mean square norm over these batches, by layer


class EpochResult(NamedTuple):
    """Results of one epoch of a phase, without validation figures."""

    epoch: int
    loss: dict[str, float]
    gradients: dict[str, float]
    seconds: float


@overload
def train(
    state: TrainingState[Any], data: TrainingSet, executor: SingleProcess = ...
) -> Iterator[Epoch]: ...


@overload
def train(
    state: TrainingState[Any], data: TrainingSet, executor: SingleProcess = ..., *, every: int
) -> Iterator[Epoch | Step]: ...


def train(
    state: TrainingState[Any],
    data: TrainingSet,
    executor: SingleProcess = SINGLE_PROCESS,
    *,
    every: int | None = None,
) -> Iterator[Epoch] | Iterator[Epoch | Step]:
    """Run the phases from wherever `state` stands; yields a record after each epoch.

    With `every` also a `Step` after every so many batches: the iteration may end there and the
    state be saved; training that resumes from it gives identical results.

    Raises `Diverged` when a loss or a weight is not finite, or the loss has grown by more than
    `MAX_GROWTH`: the model then holds the weights of the last good epoch, or with `every` of a
    recent good batch.
    """
    done = len(state.history)
    for number, phase in enumerate(state.phases, start=1):
        skipped = min(done, phase.epochs)
        done -= skipped
        if skipped == phase.epochs:
            continue
        epochs = (
            _fit(state, phase, data)
            if isinstance(phase, Fit)
            else _iterate(state, phase, data, executor, skipped, number, every)
        )
        for result in epochs:
            if isinstance(result, Step):
                yield result
                continue
            executor.sync_buffers(state.model)
            record = Epoch(
                phase=number,
                epoch=result.epoch,
                epochs=phase.epochs,
                loss=result.loss,
                gradients=result.gradients,
                validation=validate(state.model, phase, data, state.device),
                seconds=round(result.seconds, 2),
            )
            state.history.append(record)
            state.progress = None
            yield record


def _fit(state: TrainingState[Any], phase: Fit, data: TrainingSet) -> Iterator[EpochResult]:
    started = time.perf_counter()
    state.model.eval()
    with torch.no_grad():
        phase.method(state.model, data)
    yield EpochResult(1, {}, {}, time.perf_counter() - started)


def _iterate(
    state: TrainingState[Any],
    phase: IterativePhase,
    data: TrainingSet,
    executor: SingleProcess,
    start: int,
    number: int,
    every: int | None,
) -> Iterator[EpochResult | Step]:
    """Epochs of gradient descent on each objective; the model is rolled back if it diverges."""
    targets = objectives(state.model, phase, state.generator, executor)
    torch.set_flush_denormal(True)  # vanishing gradients give denormal numbers, which are slow
    resumed = start > 0 or state.progress is not None
    optimizers = state.start_optimizers(
        phase, [target.module for target in targets], resumed=resumed
    )
    images, labels = data.images.to(state.device), data.labels.to(state.device)
    batches = len(images) // phase.batch_size or 1
    layer_of = {p: name.rpartition(".")[0] for name, p in state.model.named_parameters()}
    if state.progress is None:
        state.first = sum(state.history[-start].loss.values()) if start else None
    for epoch in range(start, phase.epochs):
        started = time.perf_counter()
        good, kept, reason = copied(state.model), Sentence(EPOCH, epoch=epoch), ""
        state.model.train()
        state.progress = progress = state.progress or EpochProgress(
            torch.randperm(len(images), generator=state.generator)
        )
        for batch in range(progress.batch, batches):
            rate = SCHEDULES[phase.schedule]((epoch * batches + batch) / (phase.epochs * batches))
            chosen = progress.order[batch * phase.batch_size : (batch + 1) * phase.batch_size]
            before = copied(state.model) if every and batch % KEPT_EVERY == 0 else None
            now: dict[str, float] = {}
            for target, optimizer in zip(targets, optimizers, strict=True):
                for group in optimizer.param_groups:
                    group["lr"] = phase.learning_rate * rate
                with executor.batch_context(state.device, phase.precision, len(chosen)):
                    terms = target.terms(images[chosen], labels[chosen])
                state.model.zero_grad()
                executor.backward(torch.stack(list(terms.values())).sum())
                add_squared_gradients(progress.squares, target.module, layer_of)
                optimizer.step()
                for name, value in executor.means(terms).items():
                    now[name] = now.get(name, 0.0) + value
            state.model.after_step()
            progress.add(now)
            loss = sum(now.values())
            if not math.isfinite(loss):
                break
            if every:
                state.first = loss if state.first is None else state.first
                if reason := grown(loss, state.first, AT_FIRST):
                    break
                if before is not None:  # the weights that the finite loss was computed with
                    good, kept = before, Sentence(BATCH, batch=batch, epoch=epoch + 1)
                if progress.batch % every == 0:
                    progress.seconds += time.perf_counter() - started
                    yield Step(number, epoch + 1, progress.batch, batches, *progress.means())
                    started = time.perf_counter()
                    state.model.train()  # the caller may have set eval mode
        losses, norms = progress.means()
        loss = sum(losses.values())
        state.first = loss if state.first is None else state.first
        if reason := reason or trouble(state.model, loss, state.first):
            state.model.load_state_dict(good)
            tried = f"{phase.learning_rate:g}"
            raise Diverged(
                Sentence(DIVERGED, reason=reason, epoch=epoch + 1, kept=kept, rate=tried)
            )
        yield EpochResult(
            epoch + 1, losses, norms, progress.seconds + time.perf_counter() - started
        )


def copied(model: nn.Module) -> dict[str, Tensor]:
    """A copy of a model's state dict."""
    return {key: value.clone() for key, value in model.state_dict().items()}


def add_squared_gradients(
    squares: dict[str, Tensor], module: nn.Module, layer_of: dict[nn.Parameter, str]
) -> None:
    """Add the squared gradient norm of each layer, weight and bias together, to `squares`.

    Layers are named as in the whole model, also where a part of it is trained.
    """
    for parameter in module.parameters():
        if parameter.grad is not None:
            layer = layer_of[parameter]
            square = parameter.grad.square().sum()
            squares[layer] = squares[layer] + square if layer in squares else square


def trouble(model: nn.Module, loss: float, first: float) -> str:
    """Why an epoch has diverged, in words; empty where it has not.

    `first` is the loss of the phase's first epoch. Weights are checked as well, as the last step
    of an epoch changes them after its last loss.
    """
    weights = model.state_dict().values()
    if not math.isfinite(loss) or not all(bool(t.isfinite().all()) for t in weights):
        return NOT_FINITE
    return grown(loss, first, IN_FIRST_EPOCH)


def grown(loss: float, first: float, when: str) -> str:
    """`when` with both losses filled in, where the loss has grown by more than MAX_GROWTH."""
    diverged = loss > MAX_GROWTH * max(abs(first), 1)
    return Sentence(when, loss=f"{loss:.3g}", first=f"{first:.3g}") if diverged else ""
