"""Registers a browser part from the .js and .css files that lie beside its .py."""

from pathlib import Path
from typing import Any

import streamlit as st

from ui.base.streamlit_internals import SCRIPT


def register(module_file: str, *more: str) -> Any:
    """The mounting function of the component whose Python file this is (`__file__`).

    `more` names further .js files beside it, which its own script calls as if they stood in it,
    and .css files.
    What neither Streamlit nor plotly documents it finds in `INTERNALS`.
    """
    path = Path(module_file)
    others = [path.with_name(name) for name in more]
    files = [SCRIPT, *others, path.with_suffix(".js"), path.with_suffix(".css")]
    return st.components.v2.component(
        f"explorer.{path.stem}",
        js=_joined(files, ".js"),
        css=_joined(files, ".css"),
    )


def _joined(files: list[Path], suffix: str) -> str:
    return "\n".join(file.read_text(encoding="utf-8") for file in files if file.suffix == suffix)
