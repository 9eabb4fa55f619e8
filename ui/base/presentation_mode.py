"""Whether a page is being presented, and which of its parts are hidden then.

The address says `present=1`. A page names what is secondary: `with aside("figures"):`. That is
hidden rather than left out, so that a control which stands in the address still takes effect.
"""

import zlib

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

PARAMETER = "present"


def presenting() -> bool:
    """Whether the address has exactly one `present=1`."""
    return bool(st.session_state.get(PARAMETER, st.query_params.get(PARAMETER)) == "1")


def aside(name: str) -> DeltaGenerator:
    """A container that is not shown while presenting; `name` is its own on the page."""
    return st.container(key=f"aside_{name}")


def for_readers(text: str) -> None:
    """A caption that is hidden in presentation mode."""
    with aside(f"line_{zlib.crc32(text.encode())}"):
        st.caption(text)
