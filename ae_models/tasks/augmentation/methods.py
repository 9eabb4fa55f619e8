"""Data augmentation of a small labelled set, and the classifier that measures its effect.

Synthetic images are samples of a conditional VAE for the same labels, or affine transforms of
the real images (Simard, Steinkraus & Platt 2003). The classifier is trained for the same number
of steps on every set, so that more images never mean more training.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ae_models import datasets, inference
from ae_models.networks.backbones import PIXELS, Dense
from ae_models.networks.seeded_init import Seeded
from ae_models.training.loop import Step, one_cycle, train
from ae_models.training.phases import GradientPhase, TrainingSet
from ae_models.training.state import TrainingState
from ae_models.variants.cvae import Cvae, CvaeConfig

Pixels = NDArray[np.uint8]  # (N, 28, 28)
Labels = NDArray[np.int64]  # (N,) in 0 … 9

UNITS = 128  # of the classifier: small, as hundreds are trained
BATCH, RATE = 64, 2e-3  # of the classifier and of the small CVAE
BATCHES = 50  # in an epoch of the small CVAE at least: few images are repeated
SHIFT, ROTATION = 2.0, 10.0  # largest shift in pixels and rotation in degrees
# Of 2, 4, 8 and 16 dimensions, with and without the flow, the best on validation images.
CVAE = CvaeConfig(
    latent_dim=4, reconstruction="binary cross-entropy", backbone=Dense(hidden=(128,))
)
PART = 5_000  # images that are generated at a time


def steps(real: int) -> int:
    """Training steps for a set of `real` images, whatever is added to it.

    400 steps for a hundred, and 1.6 times as many for ten times the images.
    """
    return round(400 * 1.6 ** math.log10(real / 100))


def phases(real: int) -> list[tuple[int, str]]:
    """Steps and trained part of each phase of the small CVAE: the whole model, then its prior."""
    return [(steps(real) + 500, ""), (steps(real) // 2, "prior")]


def describe() -> str:
    """The settings in words."""
    taken = "; ".join(
        f"{real:,} real images: CVAE {phases(real)[0][0]:,}, its prior {phases(real)[1][0]:,}, "
        f"classifier {steps(real):,}"
        for real in (100, 1_000, 10_000)
    )
    return (
        f"CVAE of those images: hidden {CVAE.backbone.hidden}, latent dimension {CVAE.latent_dim}, "
        f"beta {CVAE.beta:g}, a flow as prior; "
        f"affine: shifts up to {SHIFT:g} pixels, rotations up to {ROTATION:g} degrees; "
        f"classifier: a dense layer of {UNITS} units, dropout 0.3; all by Adam with batches of "
        f"{BATCH}, learning rate {RATE:g}, one cycle; steps for {taken}"
    )


def balanced_split(labels: Labels, each: int, seed: int) -> NDArray[np.int64]:
    """Indices of `each` random images of every class, (C * each,).

    A larger split of the same seed contains the smaller one.

    Raises `ValueError` where a class has fewer images.
    """
    rng = np.random.default_rng([2006, seed])
    chosen = []
    for label in range(labels.max() + 1):
        of_class = np.flatnonzero(labels == label)
        if len(of_class) < each:
            raise ValueError(f"class {label} has {len(of_class)} images, not {each}")
        chosen.append(rng.permutation(of_class)[:each])
    return np.concatenate(chosen)


def affine(pixels: Pixels, times: int, seed: int) -> Pixels:
    """`times` random shifts and rotations of every image: (times * N, 28, 28)."""
    generator = torch.Generator().manual_seed(seed)
    copies = np.concatenate([pixels] * times)
    chance = (
        2 * torch.rand((len(copies), 3), generator=generator) - 1
    )  # rotation, then shift to the right and down
    angle = chance[:, 0] * math.radians(ROTATION)
    across, down = (chance[:, 1:] * SHIFT / 14).T  # in units of half the side length
    cos, sin = angle.cos(), angle.sin()
    maps = torch.stack([cos, -sin, across, sin, cos, down], dim=1).view(-1, 2, 3)
    made = []
    for start in range(0, len(copies), PART):
        part = datasets.to_tensor(copies[start : start + PART])
        grid = nn.functional.affine_grid(
            maps[start : start + PART], list(part.shape), align_corners=False
        )
        made.append(datasets.to_pixels(nn.functional.grid_sample(part, grid, align_corners=False)))
    return np.concatenate(made)


def untrained(seed: int, classes: int) -> TrainingState[Cvae]:
    """A small conditional VAE with initial weights; `learn` trains it."""
    with Seeded(seed):
        model = Cvae(CVAE.model_copy(update={"classes": classes}))
    return TrainingState(model, [], seed, torch.device("cpu"))


def learn(
    run: TrainingState[Cvae], pixels: Pixels, labels: Labels, *, every: int | None = None
) -> Iterator[float]:
    """Train a small conditional VAE on these images alone; yields the fraction done, 0 … 1.

    It does so after each epoch, with `every` also after each so many batches; the weights are
    the same. Raises `Diverged`.
    """
    repeats = max(1, BATCH * BATCHES // len(pixels))
    x = datasets.to_tensor(pixels).repeat(repeats, 1, 1, 1)
    y = torch.from_numpy(labels.copy()).repeat(repeats)
    run.phases = [
        GradientPhase(max(1, round(count / (len(x) // BATCH))), RATE, batch_size=BATCH, part=part)
        for count, part in phases(len(pixels))
    ]
    epochs = sum(phase.epochs for phase in run.phases)
    validation = slice(0, BATCH)  # required, but nothing is selected by it
    data = TrainingSet(x, y, x[validation], y[validation])
    for record in train(run, data) if every is None else train(run, data, every=every):
        fraction = record.batch / record.batches if isinstance(record, Step) else 0.0
        yield (len(run.history) + fraction) / epochs
    run.model.eval().requires_grad_(False)


def generated(model: nn.Module, labels: Labels, seed: int) -> Pixels:
    """One sample per label of a model that samples by label: (N, 28, 28)."""
    generator = torch.Generator().manual_seed(seed)
    parts = [
        datasets.to_pixels(
            inference.in_batches(
                model, lambda m, y: m.sample(y, generator), torch.from_numpy(part.copy())
            )
        )
        for part in np.array_split(labels, -(-len(labels) // PART))
    ]
    return np.concatenate(parts)


def classifier(pixels: Pixels, labels: Labels, count: int, seed: int) -> nn.Module:
    """A small classifier trained on these images for `count` steps, in eval mode."""
    drawing = Seeded(seed)  # the initial weights, then the dropout
    with drawing:
        net = nn.Sequential(
            nn.Flatten(),
            nn.Linear(PIXELS, UNITS),
            nn.ReLU(),
            nn.Dropout(0.3),
            nn.Linear(UNITS, int(labels.max()) + 1),
        )
    optimizer = torch.optim.AdamW(net.parameters(), lr=RATE, weight_decay=0.0, fused=True)
    y = torch.from_numpy(labels.copy())
    for step, chosen in enumerate(_batches(len(pixels), count, np.random.default_rng(seed))):
        for group in optimizer.param_groups:
            group["lr"] = RATE * one_cycle(step / count)
        with drawing:
            logits = net(datasets.to_tensor(pixels[chosen]))
        loss = nn.functional.cross_entropy(logits, y[chosen])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return net.eval().requires_grad_(False)


def accuracy(net: nn.Module, images: Tensor, labels: Tensor) -> float:
    """Share of the images (N, 1, 28, 28) that the net classifies correctly."""
    predicted = inference.in_batches(net, lambda m, x: m(x), images).argmax(1)
    return (predicted == labels).float().mean().item()


def _batches(images: int, count: int, rng: np.random.Generator) -> Iterator[NDArray[np.int64]]:
    """Indices of `count` batches: each image once before any is repeated."""
    remaining = np.empty(0, np.int64)
    for _step in range(count):
        while len(remaining) < BATCH:
            remaining = np.concatenate([remaining, rng.permutation(images)])
        yield remaining[:BATCH]
        remaining = remaining[BATCH:]
