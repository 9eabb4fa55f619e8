"""Fine-tuning: a pretrained encoder with a softmax layer, trained on few labelled images.

Hinton & Salakhutdinov 2006; Erhan et al. 2010, "Why Does Unsupervised Pre-training Help Deep
Learning?". The baseline is the same net from random weights, trained in the same way.
"""

from __future__ import annotations

import copy

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ae_models.base import Trainable
from ae_models.networks.seeded_init import Seeded
from ae_models.training.loop import train
from ae_models.training.phases import GradientPhase, TrainingSet
from ae_models.training.state import TrainingState
from ae_models.variants.stacked import Stacked

EPOCHS = 5
STEPS = 100  # at least, for any number of images
BATCH = 50
RATE = 4e-3


class FineTuned(Trainable):
    """(B, 1, 28, 28) -> (B, classes) of logits, through the encoder of a `Stacked`."""

    def __init__(self, start: Stacked, classes: int) -> None:
        super().__init__()
        self.down = copy.deepcopy(start.down)
        self.top = nn.Linear(start.config.latent_dim, classes)

    def forward(
        self, x: Tensor, label: Tensor | None = None, *, generator: torch.Generator | None = None
    ) -> Tensor:
        z = x.flatten(1)
        for layer in self.down[:-1]:
            z = layer(z).sigmoid()
        return self.top(self.down[-1](z))

    def loss_terms(self, output: Tensor, target: Tensor) -> dict[str, Tensor]:
        return {"cross-entropy": F.cross_entropy(output.float(), target)}


def tune(start: Stacked, x: Tensor, labels: Tensor, *, random: bool, seed: int) -> FineTuned:
    """A network trained on x (N, 1, 28, 28) in [0, 1] and labels (N,) alone, in eval mode.

    With `random` the encoder starts from random weights; of `start` only the shapes are used.
    """
    with Seeded(seed):
        model = FineTuned(Stacked(start.config) if random else start, int(labels.max()) + 1)
    phase, repeats = plan(len(x))
    run = TrainingState(model.requires_grad_(True), [phase], seed, torch.device("cpu"))
    repeated = (x.repeat(repeats, 1, 1, 1), labels.repeat(repeats))
    for _ in train(run, TrainingSet(*repeated, x[:BATCH], labels[:BATCH])):
        pass
    return model.eval().requires_grad_(False)


def plan(images: int) -> tuple[GradientPhase, int]:
    """The phase, and how often an epoch repeats each image, so that it has STEPS steps or more."""
    batch = min(BATCH, images)
    repeats = max(1, round(STEPS / EPOCHS * batch / images))
    return GradientPhase(EPOCHS, RATE, batch, target="label", precision="bfloat16"), repeats
