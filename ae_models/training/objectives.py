"""Which weights a phase of gradient descent trains, and on which loss terms.

A gradient phase has one objective, of the whole model or of a part of it. An adversarial phase
has one for each of the model's `adversaries`, which take a step in turn on every batch.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn

from ae_models.base import LacksAbility, Trainable
from ae_models.training.augmentation import augmented
from ae_models.training.executor import SingleProcess
from ae_models.training.phases import Adversarial, GradientPhase, IterativePhase

Terms = Callable[[Tensor, Tensor], dict[str, Tensor]]


class Objective(NamedTuple):
    """Weights that are trained together, and the weighted loss terms of a batch."""

    module: nn.Module
    terms: Terms  # (B, 1, 28, 28) and labels (B,) -> named scalars


def objectives(
    model: Trainable, phase: IterativePhase, generator: torch.Generator, executor: SingleProcess
) -> list[Objective]:
    """The objectives of a phase, in the order of their steps. Raises `LacksAbility`.

    A batch is augmented and corrupted as a whole; the model gets this process's share of it.
    """
    share, wrapped = executor.share, executor.wrapped(model)

    def adversary(name: str) -> Objective:
        def terms(x: Tensor, label: Tensor) -> dict[str, Tensor]:
            augmented_share = share(augmented(x, phase, generator))
            return wrapped.adversarial_terms(
                name, augmented_share, share(label), generator=generator
            )

        return Objective(model.part(name), terms)

    def part(name: str) -> Objective:
        def terms(x: Tensor, label: Tensor) -> dict[str, Tensor]:
            x_in = share(augmented(x, phase, generator))
            return wrapped.part_terms(name, x_in, share(label), generator=generator)

        return Objective(model.part(name), terms)

    if isinstance(phase, Adversarial):
        if not model.adversaries:
            raise LacksAbility(f"{type(model).__name__} has no adversarial training")
        return [adversary(name) for name in model.adversaries]
    if phase.part:
        return [part(phase.part)]
    return [
        Objective(model, lambda x, label: model_terms(wrapped, phase, x, label, generator, share))
    ]


def model_terms(
    model: Trainable,
    phase: GradientPhase,
    x: Tensor,
    label: Tensor,
    generator: torch.Generator,
    share: Callable[[Tensor], Tensor],
) -> dict[str, Tensor]:
    """The loss terms of the whole model on one batch, augmented and corrupted as the phase says."""
    clean = augmented(x, phase, generator)
    target = label if phase.target == "label" else clean
    x_in = corrupted(clean, phase, generator)
    output = model(share(x_in), share(label), generator=generator)
    return model.loss_terms(output, share(target))


def corrupted(x: Tensor, phase: GradientPhase, generator: torch.Generator) -> Tensor:
    """Images (B, 1, 28, 28), each chunk of the batch with one of the phase's corruptions.

    The corruption, and its strength where there is a range, is drawn for each chunk.
    """
    if not phase.corruptions:
        return x
    chunks = []
    for chunk in x.chunk(phase.chunks):
        which, position = torch.rand(2, generator=generator).tolist()
        corruption = phase.corruptions[int(which * len(phase.corruptions))]
        chunks.append(corruption.apply(chunk, position, generator))
    return torch.cat(chunks)
