"""The address and the session: keys of options, removal of parameters, and Reset."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from ui.base import streamlit_internals


def options() -> None:
    """A page with a choice, and another choice that only one of its options brings along."""
    import streamlit as st

    from ui.base import session_keys, url_state
    from ui.widgets import controls

    url_state.begin("options")
    language = st.session_state.get("words", "en")
    labels = {"en": ("By day", "At night"), "ja": ("昼", "夜")}[language]
    when = controls.choice("When", dict(zip(("Day", "Salt & pepper"), labels, strict=True)), "when")
    if when == "Day":
        controls.pick("Hour", {"8": "eight", "9": "nine"}, "hour")
    controls.several("Classes", {"a": "A", "b": "B", "c": "C"}, "classes", default=["a"])
    st.slider("Size", 0, 9, 3, key="size", bind="query-params")
    st.session_state[session_keys.page_key("options", "own")] = "kept"
    st.button("Reset", key="reset", on_click=url_state.reset)
    url_state.end()


def opened(**query: str | list[str]) -> AppTest:
    at = AppTest.from_function(options, default_timeout=30)
    for name, value in query.items():
        at.query_params[name] = value
    at.run()
    assert not at.exception
    return at


def group(at: AppTest) -> Any:
    return at.get("button_group")[0]


def test_the_address_holds_keys_and_no_defaults() -> None:
    at = opened()
    assert not at.query_params
    group(at).set_value("At night").run()
    assert dict(at.query_params) == {"when": "salt-pepper"}
    assert at.session_state["when"] == "Salt & pepper"
    group(at).set_value("By day").run()
    assert not at.query_params


def test_another_language_changes_labels_and_nothing_else() -> None:
    at = opened(when="salt-pepper")
    at.session_state["words"] = "ja"
    at.run()
    assert group(at).options == ["昼", "夜"]
    assert at.session_state["when"] == "Salt & pepper"
    assert group(at).proto.set_value, "the browser would go on showing the former label"
    assert dict(at.query_params) == {"when": "salt-pepper"}


def test_a_removed_option_removes_its_parameter() -> None:
    at = opened(hour="9", foreign="1")
    assert at.session_state["hour"] == "9"
    group(at).set_value("At night").run()
    assert dict(at.query_params) == {"when": "salt-pepper", "foreign": "1"}


@pytest.mark.parametrize(
    ("given", "chosen", "left"),
    [
        (["b", "c"], ["b", "c"], ["b", "c"]),
        (["c", "x"], ["c"], "c"),
        ([""], [], ""),
        (["x"], ["a"], None),
        (["a"], ["a"], None),
    ],
)
def test_several_options(given: list[str], chosen: list[str], left: object) -> None:
    at = opened(classes=given)
    assert at.session_state["classes"] == chosen
    assert at.query_params.get("classes") == left


def test_back_lets_the_address_decide(monkeypatch: pytest.MonkeyPatch) -> None:
    at = opened(when="salt-pepper")
    del at.query_params["when"]
    at.run()
    assert dict(at.query_params) == {"when": "salt-pepper"}, "an older address undid a choice"
    monkeypatch.setattr(streamlit_internals, "history_navigation", lambda: True)
    del at.query_params["when"]
    at.run()
    assert at.session_state["when"] == "Day" and not at.query_params


def test_reset_forgets_what_belongs_to_the_page_and_nothing_else() -> None:
    at = opened(when="salt-pepper", size="7", classes="b", lang="ja")
    kept = {"train:job": "token", "other/stopped": True, "shared/ink": "AAAA"}
    for key, value in kept.items():
        at.session_state[key] = value
    at.run()
    at.button(key="reset").click().run()
    assert (at.session_state["when"], at.session_state["size"]) == ("Day", 3)
    assert at.session_state["classes"] == ["a"]
    assert set(at.query_params) == {"lang"}
    assert at.session_state["train:job"] == "token" and at.session_state["other/stopped"]
    assert "shared/ink" not in at.session_state
