"""What the app uses of Streamlit that is not its public interface, as seen in version 1.67.

Nothing else in the app touches a private attribute of Streamlit. Undocumented names of the
page's elements are in `streamlit_internals.js` beside it, and in the style sheets of
`ui/shell/`. For each of them `tests/ui/base/test_streamlit_internals.py` says in one sentence
what no longer holds when a new version changes it.
"""

from __future__ import annotations

import threading
from collections.abc import Collection
from pathlib import Path

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

SEEN_IN = "1.67"
SCRIPT_THREAD = "ScriptRunner.scriptThread"  # of a visitor, while a page or a fragment runs
SCRIPT = Path(__file__).with_suffix(".js")  # the same for the browser parts


def script_running() -> bool:
    """Whether a page or a fragment runs at the moment, for any visitor."""
    return any(thread.name == SCRIPT_THREAD for thread in threading.enumerate())


def history_navigation() -> bool:
    """Whether this run answers the browser's Back or Forward.

    Then the address says what is to be seen, else the controls do. `st.query_params` alone
    cannot tell: a run that was asked for before the browser knew of a change shows an older
    address as well.
    """
    context = get_script_run_ctx()
    return context is not None and bool(context.is_history_navigation)


def reset_bound_controls(held: Collection[str]) -> None:
    """Sets the controls that Streamlit binds to the address to their defaults, unless `held`.

    All other parameters leave the address too, in one message to the browser, so that one
    step back undoes the whole. Streamlit has no public list of the controls that are bound.
    """
    context = get_script_run_ctx()
    if context is None:
        return
    state = context.session_state._state
    address = state.query_params
    metadata = state._new_widget_state.widget_metadata
    for key, binding in address._bindings_by_param.items():
        if key not in held and binding.widget_id in metadata:
            st.session_state[key] = metadata[binding.widget_id].deserializer(None)
    for key in [key for key in address if key not in held]:
        address.discard_param_no_forward_msg(key)
    # What the visit began with would be read by controls that come with another choice only.
    for key in [key for key in address._initial_query_params if key not in held]:
        del address._initial_query_params[key]
    address._send_query_param_msg()
