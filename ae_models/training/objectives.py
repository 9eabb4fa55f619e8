"""Who moves in a phase of gradient descent, and what each is trained on.

A descent has one player: the whole model, or a part of it. A duel has two, and each
answers the other's last move.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn

from ae_models.training.augmentation import augmented
from ae_models.training.executor import Alone
from ae_models.training.phases import Descent, Duel, Gradual

Terms = Callable[[Tensor, Tensor], dict[str, Tensor]]


class Player(NamedTuple):
    """Weights that move together, and the weighted loss terms of a batch that move them."""

    module: nn.Module
    terms: Terms  # (B, 1, 28, 28) and labels (B,) -> named scalars


def players(
    model: nn.Module, phase: Gradual, generator: torch.Generator, executor: Alone
) -> list[Player]:
    """Those of a phase, in the order in which they move.

    A batch is varied and damaged as a whole; the model works on this process's share of it.
    """
    share = executor.share
    if isinstance(phase, Duel):
        return [
            Player(
                getattr(model, name),
                lambda x, label, name=name: model.duel_terms(  # type: ignore[misc, operator]
                    name, share(augmented(x, phase, generator)), share(label), generator=generator
                ),
            )
            for name in ("discriminator", "generator")
        ]
    if phase.part:
        part: nn.Module = model.part(phase.part)  # type: ignore[operator]
        return [
            Player(
                part,
                lambda x, label: model.part_terms(  # type: ignore[operator]
                    phase.part,
                    share(augmented(x, phase, generator)),
                    share(label),
                    generator=generator,
                ),
            )
        ]
    return [Player(model, lambda x, label: model_terms(model, phase, x, label, generator, share))]


def model_terms(
    model: nn.Module,
    phase: Descent,
    x: Tensor,
    label: Tensor,
    generator: torch.Generator,
    share: Callable[[Tensor], Tensor],
) -> dict[str, Tensor]:
    """The terms of one batch through the whole model, the input damaged as the phase says."""
    seen = augmented(x, phase, generator)
    target = label if phase.target == "label" else seen
    shown = damaged(seen, phase, generator)
    output = model(share(shown), share(label), generator=generator)
    return model.loss_terms(output, share(target))  # type: ignore[operator]


def damaged(x: Tensor, phase: Descent, generator: torch.Generator) -> Tensor:
    """A batch, each of the phase's parts of it with one of its damages.

    Which it is, and how strong where there is a range, is drawn for each part.
    """
    if not phase.noise:
        return x
    shown = []
    for part in x.chunk(phase.parts):
        which, place = torch.rand(2, generator=generator).tolist()
        damage = phase.noise[int(which * len(phase.noise))]
        shown.append(damage.put(part, place, generator))
    return torch.cat(shown)
