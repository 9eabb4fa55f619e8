"""Every page with valid, invalid and repeated values in its address."""

import itertools

import pytest

from tests.pages.conftest import PAGES, Visit, result, sentences
from tests.pages.controls import SETS_OTHERS, address_of, another, in_address, parameter, widgets

HELD = {"data", "lang", "present"}
BAD = ("NaN", "-99", "9" * 600_000, "xx", "<script>alert(1)</script>", "1e999")
SHIFTS = (0, 3)  # so that each parameter gets two values that are bad in different ways


@pytest.mark.parametrize("page", PAGES)
def test_the_address_sets_controls_and_reset_restores_them(
    visit: Visit, page: str, decoded: None
) -> None:
    by_hand = visit(page, data="fashion")
    before = result(by_hand)
    moved = []
    for widget in widgets(by_hand):
        value = another(widget)
        if value is not None and widget.key not in SETS_OTHERS:
            widget.set_value(value)
            moved.append(widget.key)
    by_hand.run()
    at = visit(page, data="fashion", **address_of(by_hand, moved))
    assert not at.exception
    assert {w.key: w.value for w in widgets(at)} == {w.key: w.value for w in widgets(by_hand)}
    assert result(at) == result(by_hand) != before
    at.button(key="reset").click().run()
    assert not at.exception
    assert set(at.query_params) == {"data"}
    assert result(at) == before


@pytest.mark.parametrize("page", PAGES)
def test_bad_values_give_the_defaults(visit: Visit, at_first: Visit, page: str) -> None:
    at = at_first(page)
    bound = {parameter(widget) for widget in widgets(at)} | HELD
    text = {widget.key for widget in at.main.text_input}  # any text of theirs is good
    for shift in SHIFTS:
        values = itertools.islice(itertools.cycle(BAD), shift, None)
        other = visit(page, **dict(zip(sorted(bound - text), values, strict=False)))
        assert not other.exception
        assert result(other) == result(at)
        assert not sentences(other)


@pytest.mark.parametrize("page", PAGES)
def test_a_repeated_value_gives_the_default(visit: Visit, at_first: Visit, page: str) -> None:
    at = at_first(page)
    one_value = [w for w in widgets(at) if not isinstance(w.value, list)]
    twice = {}
    for widget in one_value:
        value = another(widget)
        twice[widget.key] = 2 * [widget.options[-1] if value is None else in_address(value)]
    other = visit(page, data=["fashion", "fashion"], **twice)
    assert not other.exception
    assert {w.key: w.value for w in widgets(other)} == {w.key: w.value for w in widgets(at)}
    assert result(other) == result(at)


@pytest.mark.parametrize("page", ["denoise", "compare"])
def test_the_drawing_pad_of_a_link_is_open(visit: Visit, page: str, decoded: None) -> None:
    assert not visit(page).expander[0].proto.expanded
    assert visit(page, source="Draw").expander[0].proto.expanded
