"""Registers a browser part from the .js and .css files that lie beside its .py."""

from pathlib import Path
from typing import Any

import streamlit as st


def register(module_file: str) -> Any:
    """The mounting function of the component whose Python file this is (`__file__`)."""
    path = Path(module_file)
    return st.components.v2.component(
        f"explorer.{path.stem}",
        js=path.with_suffix(".js").read_text(encoding="utf-8"),
        css=path.with_suffix(".css").read_text(encoding="utf-8"),
    )
