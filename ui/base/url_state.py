"""The address: every control lives in it, and whoever opens it sees the same view.

A page binds its own controls itself: `st.slider(..., key="strength", bind="query-params")`.
Streamlit writes the shown label of an option into the address; what a control of several
options calls first, `settle`, also accepts the option's name there, and its label in
another language, so that a link keeps working in every one.
"""

import math
from collections.abc import Mapping

import streamlit as st
from streamlit.errors import StreamlitAPIException
from streamlit.runtime.scriptrunner import get_script_run_ctx

from ui.base.language import from_any_language, language

HELD = ("data", "lang", "present")  # hold across pages and survive Reset
# These may stand in the address more than once.
SEVERAL = ("variants", "classes", "across", "down", "heads", "features", "without")
LONGEST = 1000  # characters of one value in the address; a drawn image has 523


def settle(
    key: str,
    names: Mapping[str, str] | None = None,
    *,
    several: bool = False,
    elsewhere: Mapping[str, str] | None = None,
) -> None:
    """Puts a value of the address right before its control reads it.

    Streamlit looks for the label of an option. Here a name becomes its label, and so does a
    label in another language, from somebody's link; `elsewhere` tells the names of labels
    that no catalogue has. Of a repeated value nothing is left, unless there may be `several`.
    """
    if names:
        _tell_again(key)
    values = st.query_params.get_all(key)
    labels = [_label(value, names, elsewhere or {}) for value in values] if names else values
    try:
        if len(values) > 1 and not several:
            del st.query_params[key]
        elif labels != values:
            st.query_params[key] = labels
        else:
            return
    except StreamlitAPIException:
        return  # the control is there already and has read its value
    st.rerun()


def _tell_again(key: str) -> None:
    """Streamlit's lists show the labels that they had, until their value is set anew."""
    told_in = st.session_state.setdefault("_told_in", {})
    if told_in.get(key, language()) != language() and key in st.session_state:
        st.session_state[key] = st.session_state[key]
    told_in[key] = language()


def _label(value: str, names: Mapping[str, str], elsewhere: Mapping[str, str]) -> str:
    """What an option is called now that the address names in one way or another."""
    if value in names.values():
        return value
    if (name := elsewhere.get(value, value)) in names:
        return names[name]
    return next((text for text in from_any_language(value) if text in names.values()), value)


def keep(key: str) -> None:
    """Keeps a parameter that is no control in the address, on every page that calls this.

    Streamlit keeps only what a control is bound to, so an unseen one stands in for it: its
    value is `st.session_state[key]`, "" where the address has none.
    """
    settle(key)
    with st.container(key=f"unseen_{key}"):
        st.text_input(key, key=key, max_chars=8, bind="query-params")


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


def generation() -> int:
    """Grows with every Reset. Part of the key of what no address can reset:
    `st.plotly_chart(..., key=f"scatter_{generation()}")`."""
    return int(st.session_state.get("_generation", 0))


def reset() -> None:
    """Sets every bound control on the screen to its default, except those that are HELD.

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
