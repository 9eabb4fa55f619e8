"""Private interfaces of Streamlit that the app uses; a change fails with a clear message."""

import inspect
import re
from functools import lru_cache
from pathlib import Path

import pytest
import streamlit
from streamlit.runtime.scriptrunner import ScriptRunner
from streamlit.runtime.scriptrunner_utils.script_run_context import ScriptRunContext
from streamlit.testing.v1 import AppTest

from ui.base.streamlit_internals import SCRIPT, SCRIPT_THREAD, SEEN_IN

ROOT = Path(__file__).resolve().parents[3]
BUNDLE = Path(streamlit.__file__).parent / "static" / "static" / "js"
STYLES = sorted((ROOT / "ui" / "shell").glob("*.css"))
INDEX = SCRIPT.read_text(encoding="utf-8")

# What no longer works where a name is gone from Streamlit's page or from its copy of plotly.js.
USES = {
    "stPageLink-NavLink": "links opened in a new tab lose data set and language",
    "stMain": "stepping while presenting no longer begins at the top of the page",
    "stPopoverBody": "Escape in an open popover ends presenting",
    "Close fullscreen": "Escape in a chart's full screen ends presenting",
    "stButton": "keys no longer press Next, Back and Leave while presenting",
    "js-plotly-plot": "charts have no SVG button, no picture under the pointer and no marks",
    "svg-container": "marks no longer lie on their chart",
    "modebar-btn": "charts have no button that saves an SVG",
    "toImageButtonOptions": "the SVG button saves a PNG",
    "_context": "the SVG button saves a PNG",
    "_fullLayout": "marks no longer lie on their points",
    "_offset": "marks no longer lie on their points",
    "_length": "marks are cut off at the wrong edge",
    "l2p": "marks no longer lie on their points",
    "p2l": "the handle on the map of codes does not follow the pointer",
}


@lru_cache(maxsize=1)
def bundle() -> str:
    """All scripts that Streamlit sends to a browser."""
    return "\n".join(path.read_text(encoding="utf-8") for path in BUNDLE.glob("*.js"))


def test_the_version_is_the_one_that_was_looked_at() -> None:
    assert streamlit.__version__.startswith(f"{SEEN_IN}."), (
        f"Streamlit is {streamlit.__version__}: look at ui/base/streamlit_internals.py and .js, "
        f"then change SEEN_IN"
    )


@pytest.mark.parametrize("name", USES)
def test_streamlit_has_the_name(name: str) -> None:
    assert name in INDEX, f"nothing of ours uses {name!r} any more: remove it here"
    assert name in bundle(), f"Streamlit {streamlit.__version__} has no {name!r}: {USES[name]}"


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.name)
def test_style_sheets_name_what_there_is(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    names = {*re.findall(r'data-testid="(\w+)"', text), *re.findall(r"\.(st[A-Z]\w+)", text)}
    assert names
    gone = sorted(name for name in names if name not in bundle())
    assert not gone, f"{path.name} styles what Streamlit {streamlit.__version__} lacks: {gone}"


def test_a_run_says_whether_it_answers_back_or_forward() -> None:
    assert "is_history_navigation" in ScriptRunContext.__dataclass_fields__, (
        "Streamlit no longer says whether a run answers Back or Forward: choices stay as they are"
    )


def test_the_thread_of_a_script_has_its_name() -> None:
    assert SCRIPT_THREAD in inspect.getsource(ScriptRunner), (
        "Streamlit names the threads of scripts otherwise: the warm-up no longer gives way to them"
    )


def bound() -> None:
    """A page with a slider that Streamlit binds, and Reset."""
    import streamlit as st

    from ui.base.streamlit_internals import reset_bound_controls

    st.slider("Size", 0, 9, 3, key="size", bind="query-params")
    st.text_input("Held", key="lang", bind="query-params")
    st.button("Reset", key="reset", on_click=reset_bound_controls, args=(("lang",),))


def test_reset_finds_the_controls_that_are_bound() -> None:
    at = AppTest.from_function(bound, default_timeout=30)
    at.query_params["size"], at.query_params["lang"], at.query_params["x"] = "7", "ja", "1"
    at.run()
    assert at.session_state["size"] == 7
    at.button(key="reset").click().run()
    assert not at.exception, "Streamlit keeps its bound controls elsewhere: Reset fails"
    assert at.session_state["size"] == 3, "Reset no longer sets bound controls to their defaults"
    assert set(at.query_params) == {"lang"}, "Reset no longer clears the address"


def test_nothing_else_touches_what_is_not_public() -> None:
    private = re.compile(r"data-testid|_fullLayout|\b_context\b|js-plotly-plot|modebar-btn")
    for path in (ROOT / "ui" / "components").glob("*.js"):
        found = private.findall(path.read_text(encoding="utf-8"))
        assert not found, f"{path.name} uses {found}: it belongs to {SCRIPT.name}"
    private = re.compile(
        r"streamlit\.runtime|get_script_run_ctx|session_state\._|StreamlitAPIException"
    )
    for path in [*(ROOT / "ui").rglob("*.py"), *(ROOT / "pages").glob("*.py"), ROOT / "app.py"]:
        if path != SCRIPT.with_suffix(".py"):
            found = private.findall(path.read_text(encoding="utf-8"))
            assert not found, f"{path} uses {found}: it belongs to streamlit_internals.py"
