"""Registers a browser part from the .js and .css files that lie beside its .py."""

from pathlib import Path
from typing import Any

import streamlit as st

from ui.base.streamlit_internals import SCRIPT


def register(module_file: str, *more: str) -> Any:
    """The mounting function of the component whose Python file this is (`__file__`).

    `more` names further .js files beside it, which its own script calls as if they stood in it.
    What neither Streamlit nor plotly documents it finds in `INTERNALS`.
    """
    path = Path(module_file)
    scripts = [SCRIPT, *(path.with_name(name) for name in more), path.with_suffix(".js")]
    return st.components.v2.component(
        f"explorer.{path.stem}",
        js="\n".join(script.read_text(encoding="utf-8") for script in scripts),
        css=path.with_suffix(".css").read_text(encoding="utf-8"),
    )
