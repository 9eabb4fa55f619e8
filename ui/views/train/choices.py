"""The Train page's choices: a preset to begin with, and the settings of one run or of two.

Every setting lives in the address, under a name that begins with "a_" or "b_", its run's.
A preset puts its settings into the controls; whatever the address says besides wins.
"""

import streamlit as st
from pydantic import ValidationError

from ae_models.live import config, training_data
from ae_models.live.config import Choice
from ae_models.live.presets import PRESETS, Preset
from ui.base import url_state
from ui.base.language import _
from ui.cache import image_sets
from ui.views.train import settings
from ui.views.train.settings import ACTIVATIONS, LOSSES, SCHEDULE_NAMES
from ui.widgets import controls

PREFIXES = ("a_", "b_")  # other pages have an "images" and a "noise" of their own


def choose_preset() -> Preset:
    """The control for the preset, which sets all other controls."""
    names = {name: _(preset.title) for name, preset in PRESETS.items()}
    entered = "two" not in st.session_state  # the page: a link may name a preset
    if entered and (given := url_state.given("story", names)):
        apply(given[0])
    chosen = controls.pick(
        _("Preset"), names, "story", width=460, on_change=lambda: apply(st.session_state["story"])
    )
    return PRESETS[chosen]


def apply(name: str) -> None:
    """Put the settings of a preset into the controls that the address leaves open."""
    choices = PRESETS[name].choices
    first_visit = "two" not in st.session_state
    put("two", len(choices) == 2, first_visit)
    for prefix, choice in zip(PREFIXES, choices, strict=False):
        for field, value in choice.model_dump().items():
            if field == "widths":
                text = ", ".join(map(str, value))
                put(
                    f"{prefix}channels" if choice.kind == "conv" else f"{prefix}widths",
                    text,
                    first_visit,
                )
            elif field != "dataset":
                put(f"{prefix}{field}", value, first_visit)


def put(key: str, value: object, keep_given: bool) -> None:
    if not (keep_given and key in st.query_params):
        st.session_state[key] = value


def choose() -> tuple[Choice, ...]:
    """The settings of one run, or of two beside each other."""
    two = st.toggle(_("Compare two runs"), key="two", bind="query-params")
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
        values |= settings.network(prefix)
    kind = str(values["kind"])
    with st.popover(_("Loss and noise"), icon=":material/target:", key=f"{prefix}aim"):
        values |= settings.aim(prefix, kind)
    with st.popover(_("Optimiser"), icon=":material/south_east:", key=f"{prefix}descent"):
        values |= settings.descent(prefix)
    with st.popover(_("Images and epochs"), icon=":material/imagesmode:", key=f"{prefix}amount"):
        values |= settings.amount(prefix)
    try:
        return Choice.model_validate(values)
    except ValidationError as error:
        st.warning(_("These settings do not fit together: {reason}.").format(reason=reason(error)))
        return Choice(dataset=controls.dataset(), kind=values["kind"], widths=(16, 32))


def reason(error: ValidationError) -> str:
    """The first error that pydantic reports."""
    first = error.errors(include_url=False)[0]
    text = str(first["msg"]).removeprefix("Value error, ")
    return _(text)


def summary(chosen: Choice) -> str:
    """A run in one line."""
    sizes = (
        [784, *chosen.widths, chosen.code] if chosen.kind not in ("sparse", "overcomplete") else []
    )
    if chosen.kind == "conv":
        sizes = [*chosen.widths, chosen.code]
    parts = [
        _(config.KINDS[chosen.kind]),
        "-".join(map(str, sizes)) or _("latent dimension {code}").format(code=chosen.code),
        _(ACTIVATIONS[chosen.activation])
        if chosen.kind not in ("sparse", "stacked", "overcomplete")
        else "",
        _("{epochs} epochs of greedy pretraining per layer").format(epochs=chosen.pretraining)
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
        _("batch size {size}").format(size=chosen.batch_size),
        _("{images:,} images × {epochs} epochs").format(images=chosen.images, epochs=chosen.epochs),
        _("seed {seed}").format(seed=chosen.seed) if chosen.seed else "",
    ]
    return " · ".join(part for part in parts if part)


def of_gallery(dataset: str) -> int:
    """How many images of the gallery there are to train on."""
    return len(image_sets.images(dataset, "train").pixels) - training_data.VALIDATION
