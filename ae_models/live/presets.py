"""Presets of the Train page, one run or two to compare; tests measure their effects."""

from __future__ import annotations

from typing import NamedTuple

from ae_models.i18n import N_
from ae_models.live.config import Choice


class Preset(NamedTuple):
    """Configurations to train, and a text that says what to notice."""

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
    """A configuration, and the same with some fields changed."""
    return base, Choice.model_validate(base.model_dump() | changes)


PRESETS: dict[str, Preset] = {
    "plain": Preset(
        N_("A plain autoencoder"),
        N_(
            "Notice: the first thing it learns is the average image; strokes follow, the rare"
            " ones last."
        ),
        (Choice(),),
    ),
    "plane": Preset(
        N_("A VAE with two latent dimensions"),
        N_(
            "Notice: the codes start in one cluster, then the classes separate; the KL term "
            "costs some accuracy of the reconstruction."
        ),
        (Choice(kind="vae", code=2, reconstruction="binary cross-entropy", epochs=20),),
    ),
    "deep": Preset(
        N_("Deep sigmoid: from random weights, and pretrained"),
        N_(
            "Notice: at first hardly any of A's gradient reaches the layers next to the "
            "image, and every output is the average image. B pretrains each pair of layers "
            "alone; with no more epochs in total it tells images apart."
        ),
        beside(DEEP.model_copy(update={"epochs": 24}), pretraining=3, epochs=12),
    ),
    "rate": Preset(
        N_("A learning rate too high"),
        N_(
            "Notice: A overshoots the minimum and its loss grows, until the run is stopped "
            "with the last good weights; B, at a hundredth of the rate, learns."
        ),
        beside(
            CROSS.model_copy(update={"learning_rate": 0.2, "schedule": "constant"}),
            learning_rate=2e-3,
        ),
    ),
    "small": Preset(
        N_("Too few latent dimensions"),
        N_(
            "Notice: with two latent dimensions many images have nearly the same code, and A "
            "outputs what they have in common; longer training does not take it to what B "
            "reaches with 32."
        ),
        beside(Choice(code=2), code=32),
    ),
    "copying": Preset(
        N_("Large enough to copy the input"),
        N_(
            "Notice: the latent dimension of A is twice the number of pixels, and it "
            "reconstructs random pixels as faithfully as images. B cannot, and turns them "
            "into something like an image of the data set."
        ),
        (
            Choice(kind="overcomplete", code=8, learning_rate=1e-2, epochs=5),
            Choice(epochs=5),
        ),
    ),
    "collapse": Preset(
        N_("Posterior collapse"),
        N_(
            "Notice: the KL term of A falls to almost zero: its code holds no information "
            "about the image any more, and every output is the average image. With β = 1 the "
            "code of B stays informative."
        ),
        beside(Choice(kind="vae", code=8, beta=10.0), beta=1.0),
    ),
    "bottleneck": Preset(
        N_("200 images: overfitting, and fewer latent dimensions"),
        N_(
            "Notice: the training error of A keeps falling while its validation error rises. "
            "With 3 latent dimensions B can memorise less."
        ),
        beside(FEW, code=3),
    ),
    "noise": Preset(
        N_("200 images: overfitting, and noise"),
        N_(
            "Notice: the generalisation gap of A grows. B never gets the same input twice, "
            "and memorises less."
        ),
        beside(FEW, kind="denoising", noise=0.5),
    ),
    "dropout": Preset(
        N_("200 images: overfitting, and dropout"),
        N_(
            "Notice: the generalisation gap of A grows. In B about a third of the units is "
            "dropped at each step, and none can rely on particular others to memorise an "
            "image."
        ),
        beside(FEW, dropout=0.3),
    ),
    "sparse": Preset(
        N_("200 images: overfitting, and sparsity"),
        N_(
            "Notice: A and B have 256 units each. The L1 penalty on activations makes the "
            "generalisation gap of B smaller, and limits what it can reconstruct."
        ),
        beside(
            FEW.model_copy(update={"kind": "sparse", "code": 256, "sparsity": 0.0}), sparsity=0.3
        ),
    ),
}
