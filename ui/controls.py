"""Controls that two or more pages share; each owns its state key and lives in the address.

A page binds its own controls itself: `st.slider(..., key="strength", bind="query-params")`.
Streamlit writes the shown label of an option into the address; `choice` also accepts the
option's name there, so that a link keeps working in every language.
"""

import math
from collections.abc import Callable, Mapping, Sequence

import streamlit as st
from streamlit.errors import StreamlitAPIException
from streamlit.runtime.scriptrunner import get_script_run_ctx

from ae_models.card import FAMILIES
from ui.language import LANGUAGES, N_, _, language

DATASETS = {"mnist": N_("MNIST"), "fashion": N_("Fashion-MNIST")}
HELD = ("data", "lang", "present")  # hold across pages and survive Reset
SIX = ("pca-32", "undercomplete", "conv", "denoising", "vae", "cvae")  # show the field at a glance
# These may stand in the address more than once.
SEVERAL = ("variants", "classes", "across", "down", "heads", "features", "without")
LONGEST = 1000  # characters of one value in the address; a drawn image has 523


def dataset() -> str:
    """The visitor's data set, a key of DATASETS."""
    name = st.session_state.get("data")
    return name if name in DATASETS else "mnist"


def choose_dataset() -> None:
    """The data set control; ui/front.py shows it once for all pages."""
    choice(_("Data set"), {name: _(label) for name, label in DATASETS.items()}, "data")


def choose_language() -> None:
    """The language control. It shows each language's own name; the address holds its code."""
    keep("lang")
    st.session_state["language"] = language()
    st.segmented_control(
        _("Language"),
        list(LANGUAGES),
        format_func=LANGUAGES.__getitem__,
        required=True,
        key="language",
        on_change=_write_language,
    )


def _write_language() -> None:
    st.session_state["lang"] = st.session_state["language"]


def keep(key: str) -> None:
    """Keeps a parameter that is no control in the address, on every page that calls this.

    Streamlit keeps only what a control is bound to, so an unseen one stands in for it: its
    value is `st.session_state[key]`, "" where the address has none.
    """
    settle(key)
    with st.container(key=f"unseen_{key}"):
        st.text_input(key, key=key, max_chars=8, bind="query-params")


def choice(
    label: str,
    names: Mapping[str, str],
    key: str,
    *,
    default: str | None = None,
    help: str | None = None,
) -> str:
    """One of several options side by side; `names` maps each name to its shown label."""
    settle(key, names)
    first = default or next(iter(names))
    if st.session_state.get(key, first) not in names:  # was on offer before another choice
        st.session_state[key] = first
    chosen = st.segmented_control(
        label,
        list(names),
        format_func=lambda name: names.get(name, name),
        default=first,
        required=True,
        key=key,
        help=help,
        bind="query-params",
    )
    return chosen if chosen in names else first


def seed(key: str = "seed", label: str | None = None) -> int:
    """A whole number from 0 to 9999 that makes every random choice repeatable."""
    settle(key)
    return int(
        st.number_input(label or _("Seed"), 0, 9999, 0, key=key, width=140, bind="query-params")
    )


def temperature(meaning: str) -> float:
    """The spread of what is drawn, 0 to 2; 1 is what was learned."""
    return st.slider(
        _("Temperature"),
        0.0,
        2.0,
        1.0,
        0.05,
        key="temperature",
        bind="query-params",
        help=meaning,
    )


def number_of_images(most: int = 20, default: int = 10) -> int:
    """How many images a row shows, from 1 to `most`."""
    settle("images")
    return int(st.slider(_("Images"), 1, most, default, key="images", bind="query-params"))


def variants(families: Mapping[str, Sequence[str]], default: Sequence[str]) -> list[str]:
    """The chosen variants in the order of `families`, a key of `FAMILIES` -> names; may be empty.

    Every family is a group of its own, and all groups share one value of the address: it
    holds the choice, and a group only shows its part of it.
    """
    names = [name for group in families.values() for name in group]
    standard = [name for name in names if name in default]
    given = st.query_params.get_all("variants")
    wanted = [name for name in names if name in given]
    if not wanted and given != [""]:  # nothing that there is; an empty value means none
        wanted = standard
    with st.container(horizontal=True, gap="medium"):
        for family, group in families.items():
            key = f"variants/{family}"
            part = [name for name in group if name in wanted]
            if set(st.session_state.get(key, ())) != set(part):  # else it would undo a quick hand
                st.session_state[key] = part
            st.pills(
                _(FAMILIES[family]),
                group,
                selection_mode="multi",
                key=key,
                wrap=True,
                on_change=_write_variants,
                args=(families, standard),
            )
    return wanted


def _write_variants(families: Mapping[str, Sequence[str]], standard: Sequence[str]) -> None:
    """Puts what all groups show into the address, where it is not the default."""
    chosen = [
        name
        for family, group in families.items()
        for name in group
        if name in st.session_state.get(f"variants/{family}", ())
    ]
    if set(chosen) != set(standard):
        st.query_params["variants"] = chosen or [""]
    elif "variants" in st.query_params:
        del st.query_params["variants"]


def downloads(files: Mapping[str, tuple[Callable[[], bytes], str]], stem: str) -> None:
    """A button a file: its kind, which is its ending too, what makes it, and its MIME type."""
    with st.container(horizontal=True):
        for kind, (content, mime) in files.items():
            st.download_button(
                kind,
                content,
                f"{stem}.{kind.lower()}",
                mime,
                icon=":material/download:",
                on_click="ignore",
                key=f"download_{kind}",
            )


def generation() -> int:
    """Grows with every Reset. Part of the key of what no address can reset:
    `st.plotly_chart(..., key=f"scatter_{generation()}")`."""
    return int(st.session_state.get("_generation", 0))


def reset() -> None:
    """Sets every bound control on the screen to its default, except data set and language.

    What pages keep besides under a key that starts with "own_" is forgotten as well.
    """
    context = get_script_run_ctx()
    if context is None:
        return
    state = context.session_state._state  # Streamlit 1.67 has no public list of bound controls
    address = state.query_params
    metadata = state._new_widget_state.widget_metadata
    for key, binding in address._bindings_by_param.items():
        if key not in HELD and binding.widget_id in metadata:
            st.session_state[key] = metadata[binding.widget_id].deserializer(None)
    for key in [key for key in st.session_state if str(key).startswith("own_")]:
        del st.session_state[key]
    for key in [key for key in address if key not in HELD]:
        address.discard_param_no_forward_msg(key)
    # What the visit began with would be read by controls that come with another choice only.
    for key in [key for key in address._initial_query_params if key not in HELD]:
        del address._initial_query_params[key]
    address._send_query_param_msg()  # once, so that one step back undoes the whole Reset
    st.session_state["_generation"] = generation() + 1


def tidy_address() -> None:
    """Once a visit, before any control: drops values that no control could have written."""
    if st.session_state.setdefault("_tidied", False):
        return
    st.session_state["_tidied"] = True
    values = {key: st.query_params.get_all(key) for key in st.query_params}
    bad = [
        key
        for key, given in values.items()
        if not all(map(_sane, given)) or (len(given) > 1 and key not in SEVERAL)
    ]
    for key in bad:
        del st.query_params[key]
    if bad:
        st.rerun()


def _sane(value: str) -> bool:
    try:
        return len(value) <= LONGEST and math.isfinite(float(value))
    except ValueError:
        return True  # a word; its control knows which ones are good


def settle(key: str, names: Mapping[str, str] | None = None) -> None:
    """Puts one value of the address right before its control reads it.

    A name becomes the label that Streamlit looks for; of a repeated value nothing is left.
    """
    values = st.query_params.get_all(key)
    label = names.get(values[0]) if names and len(values) == 1 else None
    try:
        if len(values) > 1:
            del st.query_params[key]
        elif label is not None and label != values[0]:
            st.query_params[key] = label
        else:
            return
    except StreamlitAPIException:
        return  # the control is there already and has read its value
    st.rerun()
