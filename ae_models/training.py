"""Training: one generator of epoch records for the command line, tests and live pages.

A recipe is a list of phases. `Descent` is gradient descent; `Fit` is a closed form.
`train` runs them in order and yields an `Epoch` after each. A `Run` holds everything
that an interrupted training needs to go on as if it had never stopped.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator

import torch
from torch import Tensor, nn

from ae_models.augmentation import augmented
from ae_models.card import Epoch
from ae_models.noise import NOISES
from ae_models.phases import Descent, Fit, Phase, TrainingSet, title
from ae_models.run import Run


class Diverged(RuntimeError):
    """The loss is no longer finite; the model holds the last good weights."""


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
