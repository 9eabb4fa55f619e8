"""A bare app of two pages, each with one text: what a click in a menu costs at least."""

import streamlit as st


def first() -> None:
    """The page that a visit begins with."""
    st.text("first")


def second() -> None:
    """The page behind the menu's other entry."""
    st.text("second")


pages = [st.Page(first, default=True), st.Page(second)]
page = st.navigation(pages, position="hidden")
with st.sidebar:
    for each in pages:
        st.page_link(each)
page.run()
