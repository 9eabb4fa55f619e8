"""The frame around every page: menu, data set, language, Reset and the link to this view."""

from pathlib import Path

import streamlit as st

from ui.base import presentation_mode, url_state
from ui.base.language import _
from ui.base.pages import GROUPS, PAGES, in_group, script
from ui.components.chart_formats import chart_formats
from ui.components.copy_link import copy_link
from ui.shell import presentation, warmup
from ui.shell.data_source_note import data_source_note
from ui.widgets import controls

ROOT = Path(__file__).resolve().parents[2]


def entry(key: str) -> st.Page:
    """A page at the address of its key, which stays the same in every language.

    The icon is given to the menu alone: Streamlit would fetch a page's own icon for the
    browser tab from a server of Google.
    """
    default = key == next(iter(PAGES))
    path = None if default else key
    return st.Page(script(key), title=_(PAGES[key].title), url_path=path, default=default)


def menu(entries: dict[str, st.Page]) -> None:
    """The menu. A click keeps data set and language, as they are bound in this file."""
    st.markdown("#### " + _("Autoencoder Explorer"))
    controls.choose_dataset()
    controls.choose_language()
    with st.container(gap="xxsmall"):
        for group, about in GROUPS.items():
            if about.title:
                st.caption(_(about.title))
            for key, page in in_group(group).items():
                st.page_link(entries[key], icon=f":material/{page.icon}:", width="stretch")
    data_source_note(controls.dataset())


def actions() -> None:
    """The controls at the top of every page."""
    with st.container(
        horizontal=True,
        horizontal_alignment="right",
        vertical_alignment="center",
        gap="xsmall",
        key="actions",
    ):
        st.button(_("Reset"), icon=":material/restart_alt:", on_click=url_state.reset, key="reset")
        copy_link(url_state.HELD)
        presentation.switch()
    with st.container(key="unseen_parts"):
        chart_formats()


entries = {key: entry(key) for key in PAGES}
page = st.navigation(list(entries.values()), position="hidden")
st.set_page_config(
    page_title=page.title + " · " + _("Autoencoder Explorer"),
    page_icon=ROOT / "ui" / "shell" / "icon.png",
    layout="wide",
    initial_sidebar_state=280,
)
st.html(ROOT / "ui" / "shell" / "frame.css")
url_state.begin(page.url_path or "start")
with st.sidebar:
    url_state.keep(presentation_mode.PARAMETER)
    presentation.style()
    menu(entries)
actions()
presentation.steps(list(entries.values()), page)  # before the page, which may end the run
page.run()
url_state.end()
warmup.page_drawn()
