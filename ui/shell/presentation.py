"""Presentation mode, for an audience: the address says `present=1`.

Menu and captions are hidden, type is larger, keys step through pages; `present.css` says how
it looks. A page names what is secondary: `with aside("figures"):`. That is hidden rather than
left out, so that a control which stands in the address still takes effect.
"""

from pathlib import Path

import streamlit as st

from ui.base.language import _, language
from ui.base.presentation_mode import PARAMETER, presenting
from ui.components.page_keys import stepping

STYLES = Path(__file__).parent


def style() -> None:
    """Styles of the page in presentation mode, and embedded in slides."""
    if presenting():
        st.html(STYLES / "present.css")
    if st.context.is_embedded:
        st.html(STYLES / "embed.css")


def switch() -> None:
    """The button that begins it, or the one that ends it."""
    if presenting():
        st.button(
            _("Leave"),
            icon=":material/close:",
            key="leave",
            help=_("Stop presenting (Escape)"),
            on_click=_put,
            args=("",),
        )
    else:
        st.button(
            _("Present"),
            icon=":material/slideshow:",
            key="enter",
            help=_("Larger, for a projector. Page Up and Page Down step, Escape leaves."),
            on_click=_put,
            args=("1",),
        )


def _put(value: str) -> None:
    st.session_state[PARAMETER] = value


def steps(pages: list[st.Page], here: st.Page) -> None:
    """Keys that step while presenting: from page to page, and through the steps of Learn."""
    if not presenting():
        return
    order = [page.url_path for page in pages]
    number = order.index(here.url_path)
    with st.container(key="unseen_steps"):
        if number > 0:
            _link(pages[number - 1], "step_back")
        if number + 1 < len(pages):
            _link(pages[number + 1], "step_forward")
        stepping()


def _link(page: st.Page, key: str) -> None:
    with st.container(key=key):
        back_into_learn = key == "step_back" and page.url_path == "learn"
        st.page_link(page, query_params={"step": _last_step()} if back_into_learn else None)


def _last_step() -> str:
    from ui.base.learn_steps import steps as steps_of  # reads a file, which few visits need

    return steps_of(language())[-1].id
