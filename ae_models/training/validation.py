"""Figures on the validation images, taken after every epoch of a training."""

from __future__ import annotations

import torch
from torch import Tensor

from ae_models.base import Reconstructs, Trainable
from ae_models.training.phases import GradientPhase, Phase, TrainingSet

BATCH = 500


@torch.no_grad()
def validate(
    model: Trainable, phase: Phase, data: TrainingSet, device: torch.device
) -> dict[str, float]:
    """Figures on the validation images, with the same random numbers after every epoch.

    The accuracy of a classifier; the loss terms of a part that is trained alone; the
    `validation_terms` of a model that does not reconstruct; otherwise the MSE per pixel, on
    corrupted inputs where the phase corrupts them.
    """
    model.eval()
    generator = torch.Generator().manual_seed(0)
    totals: dict[str, float] = {}
    pairs = zip(
        data.validation_images.split(BATCH), data.validation_labels.split(BATCH), strict=True
    )
    for number, (x, label) in enumerate(pairs):
        figures = _figures(model, phase, x.to(device), label.to(device), number, generator)
        for name, value in figures.items():
            totals[name] = totals.get(name, 0.0) + value.item() * len(x)
    return {name: total / len(data.validation_images) for name, total in totals.items()}


def _figures(
    model: Trainable,
    phase: Phase,
    x: Tensor,
    label: Tensor,
    number: int,
    generator: torch.Generator,
) -> dict[str, Tensor]:
    """Figures of one batch, mean over images."""
    if isinstance(phase, GradientPhase) and phase.part:
        return model.part_terms(phase.part, x, label, generator=generator)
    if isinstance(phase, GradientPhase) and phase.target == "label":
        return {"accuracy": (model(x, label).argmax(1) == label).float().mean()}
    if not isinstance(model, Reconstructs):
        return model.validation_terms(x, label, generator=generator)
    seen = x
    if isinstance(phase, GradientPhase) and phase.corruptions:
        seen = _corrupted(x, phase, number, generator)
    return {"mse": (model(seen, label).x_hat - x).square().mean()}


def _corrupted(x: Tensor, phase: GradientPhase, number: int, generator: torch.Generator) -> Tensor:
    """One corruption after the other, in the middle of its range, for each chunk of a batch."""
    return torch.cat(
        [
            phase.corruptions[(number * phase.chunks + place) % len(phase.corruptions)].apply(
                chunk, 0.5, generator
            )
            for place, chunk in enumerate(x.chunk(phase.chunks))
        ]
    )
