"""Presentation mode without a browser."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.conftest import Visit, chart, keys, result


def buttons(at: AppTest) -> set[str]:
    return {button.key for button in at.main.button}


def wording(at: AppTest) -> list[tuple[str, Any]]:
    """All controls of a page and their values: nothing may be left out for a speaker."""
    kinds = ("slider", "number_input", "button_group", "toggle", "selectbox", "text_input")
    found = [widget for kind in kinds for widget in at.main.get(kind)]
    return [(widget.key, widget.value) for widget in found]


@pytest.mark.parametrize("page", ["denoise", "generate", "compare", "latent_space"])
def test_presentation_mode_keeps_controls_and_images(
    visit: Visit, page: str, decoded: None
) -> None:
    usual, shown = visit(page), visit(page, present="1")
    assert not shown.exception
    assert wording(shown) == wording(usual)
    sheets = [key for key in keys(usual) if key in result(usual)]
    assert sheets
    for key in sheets:
        assert result(shown)[key] == result(usual)[key], key
    assert "leave" in buttons(shown) and "enter" not in buttons(shown)
    assert "enter" in buttons(usual) and "leave" not in buttons(usual)


@pytest.mark.parametrize("value", ["", "0", "2", "true", "1 ", "<b>", "9" * 5000, ["1", "1"]])
def test_nothing_but_a_single_one_presents(
    visit: Visit, value: str | list[str], decoded: None
) -> None:
    at = visit("learn", present=value)
    assert not at.exception
    assert "enter" in buttons(at)


def test_it_holds_across_pages_and_resets_and_is_left_by_its_button(
    visit: Visit, decoded: None
) -> None:
    at = visit("denoise", present="1", seed="3")
    at.button(key="reset").click().run()
    assert set(at.query_params) == {"present"}
    at.switch_page("../../pages/learn.py").run()
    assert at.query_params["present"] in ("1", ["1"]) and "leave" in buttons(at)
    at.button(key="leave").click().run()
    assert "present" not in at.query_params and "enter" in buttons(at)
    at.button(key="enter").click().run()
    assert at.query_params["present"] in ("1", ["1"]) and "leave" in buttons(at)


def test_figures_say_the_same_in_larger_type(visit: Visit, decoded: None) -> None:
    usual, shown = visit("bottleneck"), visit("bottleneck", present="1")
    for before, after in zip(
        chart(usual, "error_by_width"), chart(shown, "error_by_width"), strict=True
    ):
        assert list(before["y"]) == list(after["y"])
        assert after["line"]["width"] > before["line"]["width"]
