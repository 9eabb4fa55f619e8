"""Downloads of the Train page: weights, card, command line, plain PyTorch code."""

from collections.abc import Callable, Sequence
from pathlib import Path

import streamlit as st

from ae_models.live import codegen, export
from ae_models.live.config import Choice
from ae_models.live.worker import Worker
from ui.base.language import _
from ui.base.presentation_mode import aside


def downloads(worker: Worker, job_id: str, choices: Sequence[Choice]) -> None:
    """Buttons for each run; the files are read when they are asked for."""
    st.subheader(_("Download"))
    for number, (name, choice) in enumerate(zip("AB", choices, strict=False)):
        folder = worker.files(job_id, str(number))
        if folder is None or not (folder / export.WEIGHTS).exists():
            continue
        stem = export.name(choice)
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            if len(choices) > 1:
                st.markdown(f"**{name}**", width="content")
            offers = (
                (_("Weights"), ":material/weight:", read(folder / export.WEIGHTS), ".safetensors"),
                (_("Card"), ":material/description:", read(folder / export.CARD), ".json"),
                (_("PyTorch code"), ":material/code:", plain(choice), ".py"),
            )
            for label, icon, content, ending in offers:
                st.download_button(
                    label,
                    content,
                    file_name=f"{stem}{ending}",
                    icon=icon,
                    key=f"keep_{number}{ending}",
                    on_click="ignore",
                )
    st.caption(_("The code is one file that needs only PyTorch and loads these weights."))


def commands(choices: Sequence[Choice]) -> None:
    """The commands that repeat each run exactly."""
    with aside("commands"):
        st.caption(_("The same training on the command line, with identical figures:"))
        for choice in choices:
            st.code(export.command(choice), language="bash", wrap_lines=True)


def read(path: Path) -> Callable[[], bytes]:
    """A function that reads a file."""
    return lambda: path.read_bytes()


def plain(choice: Choice) -> Callable[[], str]:
    """A function that generates the file of plain PyTorch."""
    return lambda: codegen.code(choice)
