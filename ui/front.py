"""The frame around every page: menu, data set, language, Reset and the link to this view."""

from pathlib import Path

import streamlit as st

from ui import controls, warmup
from ui.components.copy_link import copy_link
from ui.data_line import data_line
from ui.language import _

ROOT = Path(__file__).resolve().parent.parent


def pages() -> list[tuple[st.Page, str]]:
    """The pages in menu order with their icons; addresses stay the same in every language.

    The icon is given to the menu alone: Streamlit would fetch a page's own icon for the
    browser tab from a server of Google.
    """
    listed = [
        ("start", "", _("Start"), "home"),
        ("denoise", "denoise", _("Denoise"), "blur_on"),
        ("compare", "compare", _("Compare"), "compare"),
        ("latent_space", "latent_space", _("Latent space"), "scatter_plot"),
        ("generate", "generate", _("Generate"), "draw"),
    ]
    return [
        (
            st.Page(
                ROOT / "pages" / f"{file}.py", title=title, url_path=path or None, default=not path
            ),
            f":material/{icon}:",
        )
        for file, path, title, icon in listed
    ]


def menu(listed: list[tuple[st.Page, str]]) -> None:
    """The menu. A click keeps data set and language, as they are bound in this file."""
    st.markdown(f"#### {_('Autoencoder Explorer')}")
    controls.choose_dataset()
    controls.choose_language()
    with st.container(gap="xxsmall"):
        for page, icon in listed:
            st.page_link(page, icon=icon, width="stretch")
    data_line(controls.dataset())


def actions() -> None:
    """What every page offers at its top."""
    with st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center"):
        st.button(_("Reset"), icon=":material/restart_alt:", on_click=controls.reset, key="reset")
        copy_link(controls.HELD)


listed = pages()
page = st.navigation([page for page, _icon in listed], position="hidden")
st.set_page_config(
    page_title=f"{page.title} · {_('Autoencoder Explorer')}",
    page_icon=ROOT / "ui" / "icon.png",
    layout="wide",
    initial_sidebar_state=280,
)
controls.tidy_address()
with st.sidebar:
    menu(listed)
actions()
page.run()
warmup.page_drawn()
