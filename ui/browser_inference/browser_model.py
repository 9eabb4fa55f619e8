"""What a component needs to run a graph of a checkpoint in the browser, or why it cannot."""

from typing import NamedTuple, TypedDict

import streamlit as st

from ae_models.artifacts import checkpoint
from ae_models.artifacts.card import WEIGHTS, Card, CheckpointError, folder
from ae_models.artifacts.graph import weights_owner
from ae_models.i18n import N_
from ui.base.language import _, said
from ui.base.session_keys import lasting_key
from ui.browser_inference import checkpoint_files, runtime_files
from ui.browser_inference.routes import MODEL_PATH, RUNTIME_PATH
from ui.cache import models

FAILED = lasting_key("browser_inference", "failed")  # a new visit tries again
NEWS = lasting_key("browser_inference", "news")  # parts of the page do not know of it yet
RUNTIME = "runtime"
NOT_INSTALLED = N_(
    "Computed on the server: the browser runtime is not installed "
    "(`python -m ui.browser_inference.install`)."
)
NO_GRAPH = N_("Computed on the server: this model has no graph for the browser.")
NOT_HERE = N_("Computed on the server: this browser could not run the model.")


class ExternalFile(TypedDict):
    """A file that a graph refers to by `path`, and where it is fetched."""

    path: str
    address: str


class BrowserModel(TypedDict):
    """One checkpoint for the browser; addresses are relative to that of the app."""

    key: str  # data set and name
    graphs: dict[str, str]  # address of each graph, by a name of GRAPHS
    external: list[ExternalFile]
    bytes: int  # of all weights, for the memory limit


class Answer(NamedTuple):
    """A model for the browser, or None and the reason in the visitor's language."""

    model: BrowserModel | None
    reason: str = ""


def client() -> str:
    """Where the browser finds our scripts, relative to the address of the app."""
    return f"{RUNTIME_PATH}/{runtime_files.version()}/client.js"


def browser_model(dataset: str, name: str, *graphs: str) -> Answer:
    """The addresses of some of GRAPHS of a checkpoint.

    A damaged graph is named as a damaged checkpoint is; the server then computes instead.
    """
    if st.session_state.pop(NEWS, False):
        st.rerun()  # the whole page: several fragments may show what has failed
    failed = st.session_state.get(FAILED, ())
    if RUNTIME in failed or f"{dataset}/{name}" in failed:
        return Answer(None, _(NOT_HERE))
    if not runtime_files.installed():
        return Answer(None, _(NOT_INSTALLED))
    try:
        return _answer(models.card_of(dataset, name), graphs)
    except CheckpointError as error:
        return Answer(None, said(error))


def _answer(card: Card, graphs: tuple[str, ...]) -> Answer:
    files = {graph: f"{graph}.onnx" for graph in graphs}
    if card.sha256 is None or not card.graphs.keys() >= set(files.values()):
        return Answer(None, _(NO_GRAPH))
    for file in files.values():
        _sound(card.dataset, card.name, file, card.graphs[file].sha256)
    # Weights by the path that a graph knows them under; some lie with the checkpoint that
    # training started from: "conv/model.safetensors".
    weights = {
        path: (weights_owner(card.name, path), sha256)
        for file in files.values()
        for path, sha256 in card.graphs[file].weights.items()
    }
    sizes = [_sound(card.dataset, name, WEIGHTS, sha256) for name, sha256 in weights.values()]
    return Answer(
        BrowserModel(
            key=f"{card.dataset}/{card.name}",
            graphs={
                graph: _address(card.dataset, card.name, card.graphs[file].sha256, file)
                for graph, file in files.items()
            },
            external=[
                ExternalFile(path=path, address=_address(card.dataset, name, sha256, WEIGHTS))
                for path, (name, sha256) in weights.items()
            ],
            bytes=sum(sizes),
        )
    )


def _sound(dataset: str, name: str, file: str, sha256: str) -> int:
    """The size of a file that is what its card says. Raises `CheckpointError`."""
    path = folder(dataset, name) / file
    try:
        return checkpoint_files.verify(path, sha256)
    except (OSError, ValueError) as error:
        raise checkpoint.unusable(path, error) from error


def _address(dataset: str, name: str, sha256: str, file: str) -> str:
    return f"{MODEL_PATH}/{dataset}/{name}/{sha256}/{file}"


def note_failure(kind: object, model: BrowserModel) -> None:
    """Remembers, for this visit, that the browser cannot run anything, or not this model."""
    failed = set(st.session_state.get(FAILED, ()))
    st.session_state[FAILED] = failed | {RUNTIME if kind == RUNTIME else model["key"]}
    st.session_state[NEWS] = True


def note(answer: Answer) -> None:
    """One quiet line where the server computes each step."""
    if answer.model is None:
        st.caption(answer.reason)
