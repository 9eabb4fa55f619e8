"""The settings of one run on the Train page, four groups of controls: what each gives.

Every name in the address begins with the prefix of its run.
"""

import streamlit as st

from ae_models.live import config
from ae_models.live.config import Choice
from ae_models.networks import backbones
from ae_models.training.optimizers import OPTIMIZERS, SCHEDULES
from ui.base.language import N_, _
from ui.widgets import controls

ACTIVATIONS = {
    "relu": "ReLU",
    "leaky relu": N_("leaky ReLU"),
    "silu": "SiLU",
    "tanh": "tanh",
    "sigmoid": N_("sigmoid"),
}
LOSSES = {
    "squared error": N_("squared error"),
    "binary cross-entropy": N_("binary cross-entropy"),
}
SCHEDULE_NAMES = {
    "one cycle": N_("one cycle"),
    "constant": N_("constant"),
    "step": N_("step"),
    "cosine": N_("cosine"),
}
USUAL = Choice()
NARROW = "16, 32"  # default channels of a convolutional network
assert ACTIVATIONS.keys() == backbones.ACTIVATIONS.keys()
assert SCHEDULE_NAMES.keys() == SCHEDULES.keys()


def network(prefix: str) -> dict[str, object]:
    """Kind, hidden sizes, latent dimension, activation."""
    kind = controls.pick(
        _("Kind"), {name: _(label) for name, label in config.KINDS.items()}, f"{prefix}kind"
    )
    values: dict[str, object] = {"kind": kind}
    if kind == "conv":
        values["widths"] = widths(
            _("Channels of the two convolutions"), f"{prefix}channels", NARROW
        )
    elif kind not in ("sparse", "overcomplete"):
        usual = ", ".join(map(str, USUAL.widths))
        values["widths"] = widths(_("Hidden sizes, from image to code"), f"{prefix}widths", usual)
    most = 64 if kind == "overcomplete" else 1024
    label = _("Latent channels per 2×2 pixels") if kind == "overcomplete" else _("Latent dimension")
    values["code"] = number(label, 1, most, min(USUAL.code, most), f"{prefix}code")
    if kind in ("dense", "conv", "vae", "denoising"):
        named = {name: _(label) for name, label in ACTIVATIONS.items()}
        values["activation"] = controls.pick(_("Activation"), named, f"{prefix}activation")
        values["dropout"] = st.slider(
            _("Dropout"), 0.0, 0.9, 0.0, 0.05, key=f"{prefix}dropout", bind="query-params"
        )
        values["batch_norm"] = st.checkbox(
            _("Batch normalisation"), key=f"{prefix}batch_norm", bind="query-params"
        )
    if kind == "stacked":
        values["pretraining"] = number(
            _("Epochs of greedy pretraining per layer"), 0, 20, 0, f"{prefix}pretraining"
        )
    return values


def aim(prefix: str, kind: str) -> dict[str, object]:
    """Loss and noise."""
    named = {name: _(label) for name, label in LOSSES.items()}
    values: dict[str, object] = {
        "reconstruction": controls.pick(_("Reconstruction loss"), named, f"{prefix}reconstruction")
    }
    if kind == "vae":
        values["beta"] = real(_("β, the weight of the KL term"), 0, 1000, 1, f"{prefix}beta")
    if kind == "sparse":
        values["sparsity"] = real(_("Weight of the L1 norm"), 0, 100, 0.1, f"{prefix}sparsity")
    kinds = controls.named(config.PIXEL_NOISES)
    values["noise_kind"] = controls.pick(_("Noise on the input"), kinds, f"{prefix}noise_kind")
    values["noise"] = st.slider(
        _("Noise strength"),
        0.0,
        1.0,
        0.0,
        0.05,
        key=f"{prefix}noise",
        bind="query-params",
        help=_("A denoising autoencoder uses {usual:g} where this is 0.").format(
            usual=config.DEFAULT_NOISE
        ),
    )
    return values


def descent(prefix: str) -> dict[str, object]:
    """Optimiser, learning rate and its schedule, weight decay, batch size."""
    named = {name: _(label) for name, label in SCHEDULE_NAMES.items()}
    return {
        "optimizer": controls.pick(
            _("Optimiser"), {name: name for name in OPTIMIZERS}, f"{prefix}optimizer"
        ),
        "learning_rate": real(
            _("Learning rate"), 1e-6, 1e6, USUAL.learning_rate, f"{prefix}learning_rate"
        ),
        "schedule": controls.pick(_("Learning-rate schedule"), named, f"{prefix}schedule"),
        "weight_decay": real(_("Weight decay"), 0, 1, 0, f"{prefix}weight_decay"),
        "batch_size": number(_("Batch size"), 8, 256, USUAL.batch_size, f"{prefix}batch_size"),
    }


def amount(prefix: str) -> dict[str, object]:
    """How many images, epochs, and the seed."""
    return {
        "images": number(_("Images"), 50, config.MAX_IMAGES, USUAL.images, f"{prefix}images"),
        "epochs": number(_("Epochs"), 1, 200, USUAL.epochs, f"{prefix}epochs"),
        "seed": number(_("Seed"), 0, 9999, 0, f"{prefix}seed"),
    }


def number(label: str, least: int, most: int, usual: int, key: str) -> int:
    """A whole number."""
    if st.session_state.get(key, usual) > most:  # another control has lowered the limit
        st.session_state[key] = usual
    return int(st.number_input(label, least, most, usual, key=key, bind="query-params"))


def real(label: str, least: float, most: float, usual: float, key: str) -> float:
    """A number, of any size."""
    return float(
        st.number_input(
            label,
            float(least),
            float(most),
            float(usual),
            step=float(usual or 0.01),
            format="%g",
            key=key,
            bind="query-params",
        )
    )


def widths(label: str, key: str, usual: str) -> tuple[int, ...]:
    """A text input of integers separated by commas; the default for invalid text."""
    text = st.text_input(label, usual, max_chars=40, key=key, bind="query-params") or ""
    try:
        return tuple(int(part) for part in text.replace(",", " ").split())
    except ValueError:
        st.warning(_("Whole numbers separated by commas, such as {usual}").format(usual=usual))
        return tuple(int(part) for part in usual.split(","))
