"""Trainings that tell a story, one run or two beside each other; tests measure that they do."""

from __future__ import annotations

from typing import NamedTuple

from ae_models.i18n import N_
from ae_models.live.config import Choice


class Preset(NamedTuple):
    """What to train, and what to notice."""

    title: str
    notice: str
    choices: tuple[Choice, ...]  # one or two


DEEP = Choice(
    kind="stacked",
    widths=(128, 64, 32),
    optimizer="Adam",
    learning_rate=5e-3,
    schedule="constant",
    batch_size=20,
    images=2_000,
    epochs=12,
)
FEW = Choice(
    code=64,
    learning_rate=1e-3,
    schedule="constant",
    batch_size=20,
    images=200,
    epochs=80,
)
CROSS = Choice(reconstruction="binary cross-entropy", epochs=6)


def beside(base: Choice, **changes: object) -> tuple[Choice, Choice]:
    """A choice, and the same with something changed."""
    return base, Choice.model_validate(base.model_dump() | changes)


PRESETS: dict[str, Preset] = {
    "plain": Preset(
        N_("A plain autoencoder"),
        N_(
            "Notice: the first thing it learns is the average picture; strokes follow, the "
            "rare ones last."
        ),
        (Choice(),),
    ),
    "plane": Preset(
        N_("A VAE on a plane"),
        N_(
            "Notice: the codes start in one heap, and the classes part while the reconstruction "
            "pays for the KL term."
        ),
        (Choice(kind="vae", code=2, reconstruction="binary cross-entropy", epochs=20),),
    ),
    "deep": Preset(
        N_("Deep sigmoid: from random weights, and pretrained"),
        N_(
            "Notice: at first next to nothing of A's gradient reaches the layers beside the image, "
            "and every picture comes out as the average one. B teaches each pair of layers alone "
            "first; with no more epochs in all it draws."
        ),
        beside(DEEP.model_copy(update={"epochs": 24}), pretraining=3, epochs=12),
    ),
    "rate": Preset(
        N_("A learning rate too high"),
        N_(
            "Notice: A leaps over the valley and climbs out on the other side, until the run is "
            "stopped with the last good weights; B, at a hundredth of the rate, learns."
        ),
        beside(
            CROSS.model_copy(update={"learning_rate": 0.2, "schedule": "constant"}),
            learning_rate=2e-3,
        ),
    ),
    "small": Preset(
        N_("A code too small"),
        N_(
            "Notice: with two numbers many pictures must share a place, and A draws what they "
            "have in common; no longer training helps it to what 32 numbers give B."
        ),
        beside(Choice(code=2), code=32),
    ),
    "copying": Preset(
        N_("Large enough to copy"),
        N_(
            "Notice: A has twice as many numbers as there are pixels, and passes random pixels "
            "on as faithfully as pictures. B must choose, and turns them into something like "
            "a picture."
        ),
        (
            Choice(kind="overcomplete", code=8, learning_rate=1e-2, epochs=5),
            Choice(epochs=5),
        ),
    ),
    "collapse": Preset(
        N_("Posterior collapse"),
        N_(
            "Notice: the KL term of A falls to nothing: its code says nothing of the picture any "
            "more, and what it draws is always the average. At a beta of 1 B keeps its code."
        ),
        beside(Choice(kind="vae", code=8, beta=10.0), beta=1.0),
    ),
    "bottleneck": Preset(
        N_("200 images: overfitting, and a narrow code"),
        N_(
            "Notice: the error of A on images that it knows goes on falling while that on others "
            "rises. The narrow code of B has room for less by heart."
        ),
        beside(FEW, code=3),
    ),
    "noise": Preset(
        N_("200 images: overfitting, and noise"),
        N_(
            "Notice: the gap of A opens. B never sees the same input twice, and has less to "
            "learn by heart."
        ),
        beside(FEW, kind="denoising", noise=0.5),
    ),
    "dropout": Preset(
        N_("200 images: overfitting, and dropout"),
        N_(
            "Notice: the gap of A opens. In B a third of the units is missing each time, and none "
            "can rely on the others to know a picture by heart."
        ),
        beside(FEW, dropout=0.3),
    ),
    "sparse": Preset(
        N_("200 images: overfitting, and sparsity"),
        N_(
            "Notice: A and B have 256 units each. Where every unit that speaks is charged for, "
            "the gap is smaller, and so is what B can draw."
        ),
        beside(
            FEW.model_copy(update={"kind": "sparse", "code": 256, "sparsity": 0.0}), sparsity=0.3
        ),
    ),
}
