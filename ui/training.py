"""The Train page's choices: a story to begin with, and the settings of one run or of two.

Every setting lives in the address, under a name that begins with "a_" or "b_", its run's.
A story puts its settings into the controls; whatever the address says besides wins.
"""

import streamlit as st
from pydantic import ValidationError

from ae_models import backbones
from ae_models.live import choice, pictures
from ae_models.live.choice import Choice
from ae_models.live.presets import PRESETS, Preset
from ae_models.optimizers import OPTIMIZERS, SCHEDULES
from ui import address, cached, controls
from ui.language import N_, _

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
PREFIXES = ("a_", "b_")  # other pages have an "images" and a "noise" of their own
NARROW = "16, 32"  # channels of a convolutional net that was told none
assert ACTIVATIONS.keys() == backbones.ACTIVATIONS.keys()
assert SCHEDULE_NAMES.keys() == SCHEDULES.keys()


def choose_story() -> Preset:
    """The control; a story that is chosen sets all the others."""
    names = {name: _(preset.title) for name, preset in PRESETS.items()}
    if "two" not in st.session_state:  # the page has just been entered: a link may name a story
        given = {label: name for name, label in names.items()}.get(st.query_params.get("story", ""))
        if given is not None:
            tell(given)
    chosen = controls.pick(
        _("Story"), names, "story", width=460, on_change=lambda: tell(st.session_state["story"])
    )
    return PRESETS[chosen]


def tell(name: str) -> None:
    """Put the settings of a story into the controls that the address leaves open."""
    choices = PRESETS[name].choices
    first_visit = "two" not in st.session_state
    put("two", len(choices) == 2, first_visit)
    for prefix, told in zip(PREFIXES, choices, strict=False):
        for field, value in told.model_dump().items():
            if field == "widths":
                text = ", ".join(map(str, value))
                put(
                    f"{prefix}channels" if told.kind == "conv" else f"{prefix}widths",
                    text,
                    first_visit,
                )
            elif field != "dataset":
                put(f"{prefix}{field}", value, first_visit)


def put(key: str, value: object, spare: bool) -> None:
    if not (spare and key in st.query_params):
        st.session_state[key] = value


def choose() -> tuple[Choice, ...]:
    """The settings of one run, or of two beside each other."""
    two = st.toggle(_("Two runs beside each other"), key="two", bind="query-params")
    runs = PREFIXES[: 1 + two]
    chosen = []
    for prefix, name in zip(runs, "AB", strict=False):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            if two:
                st.markdown(f"**{name}**", width="content")
            chosen.append(one(prefix))
        st.caption(summary(chosen[-1]))
    return tuple(chosen)


def one(prefix: str) -> Choice:
    """The settings of one run, behind four buttons."""
    values: dict[str, object] = {"dataset": controls.dataset()}
    with st.popover(_("Network"), icon=":material/hub:", key=f"{prefix}network"):
        values |= network(prefix)
    kind = str(values["kind"])
    with st.popover(_("Loss and noise"), icon=":material/target:", key=f"{prefix}aim"):
        values |= aim(prefix, kind)
    with st.popover(_("Optimiser"), icon=":material/south_east:", key=f"{prefix}descent"):
        values |= descent(prefix)
    with st.popover(_("Images and epochs"), icon=":material/imagesmode:", key=f"{prefix}amount"):
        values |= amount(prefix)
    try:
        return Choice.model_validate(values)
    except ValidationError as error:
        st.warning(_("These settings do not fit together: {reason}.").format(reason=reason(error)))
        return Choice(dataset=controls.dataset(), kind=values["kind"], widths=(16, 32))


def network(prefix: str) -> dict[str, object]:
    """Kind, widths, code, activation."""
    kind = controls.pick(
        _("Kind"), {name: _(label) for name, label in choice.KINDS.items()}, f"{prefix}kind"
    )
    values: dict[str, object] = {"kind": kind}
    if kind == "conv":
        values["widths"] = widths(
            _("Channels of the two convolutions"), f"{prefix}channels", NARROW
        )
    elif kind not in ("sparse", "overcomplete"):
        usual = ", ".join(map(str, USUAL.widths))
        values["widths"] = widths(_("Widths from image to code"), f"{prefix}widths", usual)
    most = 64 if kind == "overcomplete" else 1024
    label = (
        _("Numbers for every 2×2 pixels") if kind == "overcomplete" else _("Numbers in the code")
    )
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
            _("Greedy epochs for each layer"), 0, 20, 0, f"{prefix}pretraining"
        )
    return values


def aim(prefix: str, kind: str) -> dict[str, object]:
    """Loss and noise."""
    named = {name: _(label) for name, label in LOSSES.items()}
    values: dict[str, object] = {
        "reconstruction": controls.pick(_("Reconstruction loss"), named, f"{prefix}reconstruction")
    }
    if kind == "vae":
        values["beta"] = real(_("beta, the weight of the KL term"), 0, 1000, 1, f"{prefix}beta")
    if kind == "sparse":
        values["sparsity"] = real(_("Weight of the L1 norm"), 0, 100, 0.1, f"{prefix}sparsity")
    kinds = {name: _(name) for name in choice.EACH_PIXEL}
    values["noise_kind"] = controls.pick(_("Noise on the input"), kinds, f"{prefix}noise_kind")
    values["noise"] = st.slider(
        _("Strength of the noise"),
        0.0,
        1.0,
        0.0,
        0.05,
        key=f"{prefix}noise",
        bind="query-params",
        help=_("A denoising autoencoder has {usual:g} where this is 0.").format(
            usual=choice.USUAL_NOISE
        ),
    )
    return values


def descent(prefix: str) -> dict[str, object]:
    """Optimiser, learning rate, schedule, weight decay, batch."""
    named = {name: _(label) for name, label in SCHEDULE_NAMES.items()}
    return {
        "optimizer": controls.pick(
            _("Optimiser"), {name: name for name in OPTIMIZERS}, f"{prefix}optimizer"
        ),
        "learning_rate": real(
            _("Learning rate"), 1e-6, 1e6, USUAL.learning_rate, f"{prefix}learning_rate"
        ),
        "schedule": controls.pick(_("Schedule of the rate"), named, f"{prefix}schedule"),
        "weight_decay": real(_("Weight decay"), 0, 1, 0, f"{prefix}weight_decay"),
        "batch_size": number(_("Batch"), 8, 256, USUAL.batch_size, f"{prefix}batch_size"),
    }


def amount(prefix: str) -> dict[str, object]:
    """How many images, epochs, and the seed."""
    return {
        "images": number(_("Images"), 50, choice.MOST_IMAGES, USUAL.images, f"{prefix}images"),
        "epochs": number(_("Epochs"), 1, 200, USUAL.epochs, f"{prefix}epochs"),
        "seed": number(_("Seed"), 0, 9999, 0, f"{prefix}seed"),
    }


def number(label: str, least: int, most: int, usual: int, key: str) -> int:
    """A whole number."""
    address.settle(key)
    if st.session_state.get(key, usual) > most:  # there was more room before another choice
        st.session_state[key] = usual
    return int(st.number_input(label, least, most, usual, key=key, bind="query-params"))


def real(label: str, least: float, most: float, usual: float, key: str) -> float:
    """A number, of any size."""
    address.settle(key)
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
    """Whole numbers with commas between them; the usual ones where they cannot be read."""
    address.settle(key)
    text = st.text_input(label, usual, max_chars=40, key=key, bind="query-params") or ""
    try:
        return tuple(int(part) for part in text.replace(",", " ").split())
    except ValueError:
        st.warning(_("Whole numbers, with commas between them: {usual}").format(usual=usual))
        return tuple(int(part) for part in usual.split(","))


def reason(error: ValidationError) -> str:
    """The first thing that pydantic has against it."""
    first = error.errors(include_url=False)[0]
    return str(first["msg"]).removeprefix("Value error, ")


def summary(chosen: Choice) -> str:
    """A run in one line."""
    sizes = (
        [784, *chosen.widths, chosen.code] if chosen.kind not in ("sparse", "overcomplete") else []
    )
    if chosen.kind == "conv":
        sizes = [*chosen.widths, chosen.code]
    parts = [
        _(choice.KINDS[chosen.kind]),
        "-".join(map(str, sizes)) or _("code {code}").format(code=chosen.code),
        _(ACTIVATIONS[chosen.activation])
        if chosen.kind not in ("sparse", "stacked", "overcomplete")
        else "",
        _("{epochs} greedy epochs a layer").format(epochs=chosen.pretraining)
        if chosen.kind == "stacked" and chosen.pretraining
        else "",
        _(LOSSES[chosen.reconstruction]),
        f"beta {chosen.beta:g}" if chosen.kind == "vae" else "",
        _("L1 {weight:g}").format(weight=chosen.sparsity) if chosen.kind == "sparse" else "",
        _("{kind} noise {strength:g}").format(kind=_(chosen.noise_kind), strength=chosen.strength)
        if chosen.strength
        else "",
        _("dropout {part:g}").format(part=chosen.dropout) if chosen.dropout else "",
        _("batch normalisation") if chosen.batch_norm else "",
        f"{chosen.optimizer} {chosen.learning_rate:g}, {_(SCHEDULE_NAMES[chosen.schedule])}",
        _("weight decay {decay:g}").format(decay=chosen.weight_decay)
        if chosen.weight_decay
        else "",
        _("batch {size}").format(size=chosen.batch_size),
        _("{images:,} images × {epochs} epochs").format(images=chosen.images, epochs=chosen.epochs),
        _("seed {seed}").format(seed=chosen.seed) if chosen.seed else "",
    ]
    return " · ".join(part for part in parts if part)


def of_gallery(dataset: str) -> int:
    """How many of the gallery's pictures there are to train on."""
    return len(cached.images(dataset, "train").pixels) - pictures.VALIDATION
