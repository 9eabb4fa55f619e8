"""The state of controls in the address, so that a link opens the same view.

Streamlit binds a slider, a number or a switch: `st.slider(..., key="strength",
bind="query-params")`. Of a control with options it would write the shown label, which another
language changes. `ui/widgets/controls.py` therefore shows those, and this module binds them:
`restore` before the control, `record` after it. The address holds the option's key.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence

import streamlit as st

from ui.base import streamlit_internals
from ui.base.old_labels import current
from ui.base.session_keys import is_control, lasting_key, page_key, shared_key

HELD = ("data", "lang", "present")  # hold across pages and survive Reset
# These may stand in the address more than once.
SEVERAL = ("variants", "classes", "across", "down", "heads", "features", "without")
LONGEST = 1000  # characters of one value in the address; a drawn image has 523


PAGE, TIDIED, GENERATION, CLAIMED, CHOSEN, LABELS = (
    lasting_key("base", name)
    for name in ("page", "tidied", "generation", "claimed", "chosen", "labels")
)


def slug(name: str) -> str:
    """An option's key as the address holds it: lower case, hyphens for spaces and signs."""
    return re.sub(r"[^a-z0-9./_]+", "-", name.lower())


def begin(page: str) -> None:
    """Call before the first control of a run: records the page, cleans a new visit's address."""
    if st.session_state.get(PAGE) != page:
        if PAGE in st.session_state:
            _forget_controls()
        st.session_state[PAGE] = page
        st.session_state[CHOSEN] = {}
    st.session_state[CLAIMED] = set()
    if not st.session_state.setdefault(TIDIED, False):
        st.session_state[TIDIED] = True
        _tidy()


def end() -> None:
    """Call after the last control of a run: removes parameters that no control owns."""
    stale = st.session_state[CHOSEN].keys() - st.session_state[CLAIMED]
    for key in sorted(stale & set(st.query_params)):
        del st.query_params[key]


def claim(key: str) -> None:
    """Register a parameter as owned by a control of this run that Streamlit does not bind."""
    st.session_state[CLAIMED].add(key)
    st.session_state[CHOSEN].setdefault(key, None)


def given(key: str, names: Iterable[str]) -> list[str]:
    """Which of the names the address gives, by key or by a label that it once had."""
    by_slug = {slug(name): name for name in names}
    keys = [slug(current(key, value)) for value in st.query_params.get_all(key)]
    return [by_slug[each] for each in keys if each in by_slug]


def restore(key: str, labels: Mapping[str, str], default: str) -> None:
    """Sets the state of a control of one option before it is shown.

    The address decides when the control comes onto the page and on the browser's Back and
    Forward; else the control keeps what the visitor chose, also where it was gone for a while,
    or `default` where that is no longer an option. `labels` maps each option to its shown label.
    """
    claim(key)
    if key not in st.session_state or streamlit_internals.history_navigation():
        once = len(st.query_params.get_all(key)) == 1
        found = (given(key, labels) if once else []) or _chosen_before(key)
        st.session_state[key] = found[0] if found and found[0] in labels else default
    elif st.session_state[key] not in labels:
        st.session_state[key] = default
    _show_again(key, list(labels.values()))


def restore_several(key: str, labels: Mapping[str, str], default: Sequence[str]) -> None:
    """As `restore`, for a control of several options; `?key=` says that none is chosen."""
    claim(key)
    if key not in st.session_state or streamlit_internals.history_navigation():
        found = given(key, labels)
        if not found and st.query_params.get_all(key) != [""]:
            found = [name for name in _chosen_before(key) if name in labels] or list(default)
        st.session_state[key] = found
    elif stray := set(st.session_state[key]) - set(labels):
        st.session_state[key] = [each for each in st.session_state[key] if each not in stray]
    _show_again(key, list(labels.values()))


def record(key: str, chosen: Sequence[str], default: Sequence[str]) -> None:
    """Writes what a control shows into the address, unless it is the default."""
    st.session_state[CHOSEN][key] = list(chosen)
    values = [slug(name) for name in chosen] or [""]
    if set(chosen) == set(default):
        if key in st.query_params:
            del st.query_params[key]
    elif st.query_params.get_all(key) != values:
        st.query_params[key] = values


def _chosen_before(key: str) -> list[str]:
    """What a control showed when it was last on this page, unless the browser went back."""
    if streamlit_internals.history_navigation():
        return []
    return st.session_state[CHOSEN].get(key) or []


def _forget_controls() -> None:
    """Delete values of bound controls, which Streamlit would pass to the next page's."""
    for key in list(st.session_state):
        if is_control(str(key)) and key not in (*HELD, *map("choose_{}".format, HELD)):
            del st.session_state[key]


def _show_again(key: str, labels: list[str]) -> None:
    """The browser shows the labels that an option had until its value is set anew."""
    shown = st.session_state.setdefault(LABELS, {})
    if shown.get(key, labels) != labels:
        st.session_state[key] = st.session_state[key]
    shown[key] = labels


def keep(key: str) -> None:
    """Keeps a parameter in the address on every page that calls this.

    When the page changes, Streamlit keeps only what a control is bound to, so an unseen one
    stands in for it: its value is `st.session_state[key]`, "" where the address has none.
    """
    with st.container(key=f"unseen_{key}"):
        st.text_input(key, key=key, max_chars=20, bind="query-params")


def _tidy() -> None:
    """Drops values that no control could have written, and puts keys for labels of old links."""
    changed = False
    for key in list(st.query_params):
        values = st.query_params.get_all(key)
        if not all(map(_sane, values)) or (len(values) > 1 and key not in SEVERAL):
            del st.query_params[key]
            changed = True
        elif (keys := [current(key, value) for value in values]) != values:
            st.query_params[key] = keys
            changed = True
    if changed:
        st.rerun()  # controls that are bound read what the run began with


def _sane(value: str) -> bool:
    try:
        return len(value) <= LONGEST and math.isfinite(float(value))
    except ValueError:
        return True  # text, which its control validates


def generation() -> int:
    """Grows with every Reset. Part of the key of what no address can reset:
    `st.plotly_chart(..., key=f"scatter_{generation()}")`."""
    return int(st.session_state.get(GENERATION, 0))


def reset() -> None:
    """Sets every control on the screen to its default, except those that are HELD.

    What the page keeps under a `page_key`, and all pages under a `shared_key`, is forgotten.
    What other pages keep stays, and so does what has a `lasting_key`.
    """
    streamlit_internals.reset_bound_controls(HELD)
    for key in st.session_state[CHOSEN]:
        if key in st.session_state:
            del st.session_state[key]
    st.session_state[CHOSEN] = {}
    forgotten = (page_key(st.session_state.get(PAGE, ""), ""), shared_key(""))
    for key in [key for key in st.session_state if str(key).startswith(forgotten)]:
        del st.session_state[key]
    st.session_state[GENERATION] = generation() + 1
