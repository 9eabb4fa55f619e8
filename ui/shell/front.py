"""The frame around every page: menu, data set, language, Reset and the link to this view."""

from pathlib import Path

import streamlit as st

from ui.base import presentation_mode, url_state
from ui.base.language import _
from ui.components.chart_formats import chart_formats
from ui.components.copy_link import copy_link
from ui.shell import presentation, warmup
from ui.shell.data_source_note import data_line
from ui.widgets import controls

ROOT = Path(__file__).resolve().parents[2]


def pages() -> dict[str, list[tuple[st.Page, str]]]:
    """The pages in menu order with their icons, by the heading that they stand under.

    Addresses stay the same in every language. The icon is given to the menu alone: Streamlit
    would fetch a page's own icon for the browser tab from a server of Google.
    """
    return {
        "": [
            entry("start", _("Start"), "home", default=True),
            entry("learn", _("Learn"), "school"),
            entry("denoise", _("Denoise"), "blur_on"),
            entry("compare", _("Compare"), "compare"),
            entry("latent_space", _("Latent space"), "scatter_plot"),
            entry("generate", _("Generate"), "draw"),
            entry("train", _("Train one"), "model_training"),
        ],
        _("Anatomy"): [
            entry("bottleneck", _("Bottleneck"), "compress"),
            entry("depth", _("Depth"), "layers"),
            entry("kl_and_beta", _("KL and beta"), "balance"),
            entry("sparsity", _("Sparsity"), "grain"),
            entry("contraction", _("Contraction"), "close_fullscreen"),
        ],
        _("Applications"): [
            entry("anomalies", _("Anomalies"), "troubleshoot"),
            entry("clusters", _("Clusters"), "bubble_chart"),
            entry("few_labels", _("Few labels"), "sell"),
            entry("augmentation", _("Augmentation"), "library_add"),
            entry("morph", _("Morph"), "animation"),
        ],
    }


def entry(file: str, title: str, icon: str, *, default: bool = False) -> tuple[st.Page, str]:
    """A page at the address of its file's name, and its icon."""
    path = None if default else file
    page = st.Page(ROOT / "pages" / f"{file}.py", title=title, url_path=path, default=default)
    return page, f":material/{icon}:"


def menu(groups: dict[str, list[tuple[st.Page, str]]]) -> None:
    """The menu. A click keeps data set and language, as they are bound in this file."""
    st.markdown("#### " + _("Autoencoder Explorer"))
    controls.choose_dataset()
    controls.choose_language()
    with st.container(gap="xxsmall"):
        for heading, listed in groups.items():
            if heading:
                st.caption(heading)
            for page, icon in listed:
                st.page_link(page, icon=icon, width="stretch")
    data_line(controls.dataset())


def actions() -> None:
    """What every page offers at its top."""
    with st.container(
        horizontal=True,
        horizontal_alignment="right",
        vertical_alignment="center",
        key="actions",
    ):
        st.button(_("Reset"), icon=":material/restart_alt:", on_click=url_state.reset, key="reset")
        copy_link(url_state.HELD)
        presentation.switch()
    with st.container(key="unseen_parts"):
        chart_formats()


groups = pages()
every_page = [page for listed in groups.values() for page, _icon in listed]
page = st.navigation(every_page, position="hidden")
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
    menu(groups)
actions()
presentation.steps(every_page, page)  # before the page, which may end the run
page.run()
url_state.end()
warmup.page_drawn()
