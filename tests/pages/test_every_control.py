"""Every control of every page has an effect, which is undone by its default."""

import itertools
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from ae_models import datasets
from tests.pages.conftest import PAGES, Visit, result
from tests.pages.controls import another, widgets


def by_key(at: AppTest) -> dict[str, Any]:
    return {widget.key: widget for widget in widgets(at)}


def looks(widget: Any) -> tuple[Any, ...]:
    """What may be chosen there, and what is."""
    range_ = (getattr(widget, name, None) for name in ("min", "max", "options"))
    return (widget.value, widget.disabled, *range_)


@pytest.mark.parametrize(("page", "first"), [*zip(PAGES, itertools.cycle(datasets.DATASETS))])
def test_every_control_changes_the_result(
    visit: Visit, at_first: Visit, page: str, first: str
) -> None:
    """One session on one data set; then what only the page of another data set has."""
    tried: set[str] = set()
    for dataset in sorted(datasets.DATASETS, key=lambda each: each != first):
        start = at_first(page, dataset)
        assert widgets(start)
        values = {key: another(w) for key, w in by_key(start).items() if key not in tried}
        tried |= values.keys()
        change_one_by_one(
            visit, start, dataset, page, {k: v for k, v in values.items() if v is not None}
        )


def change_one_by_one(
    visit: Visit, start: AppTest, dataset: str, page: str, values: dict[str, Any]
) -> None:
    """Gives each control its value while all others are as in `start`: one run a control."""
    if not values:
        return
    before, defaults = result(start), by_key(start)
    at, moved = visit(page, data=dataset), None
    for key, value in values.items():
        now = by_key(at)
        if moved is not None:
            now[moved].set_value(defaults[moved].value)
            if key not in now or looks(now[key]) != looks(defaults[key]):
                now = by_key(at.run())  # the one before had changed this one too
        now[key].set_value(value).run()
        assert not at.exception, key
        assert result(at) != before, key
        moved = key
    by_key(at)[moved].set_value(defaults[moved].value).run()
    assert not at.exception
    assert result(at) == before


@pytest.mark.parametrize("page", PAGES)
def test_every_choice_is_read_from_the_address(visit: Visit, at_first: Visit, page: str) -> None:
    start = at_first(page)
    before = result(start)
    for group in start.main.get("button_group"):
        if isinstance(group.value, list):
            continue
        by_hand = visit(page)
        for label in group.options:
            if label == group.formatted_values[0]:
                continue
            choice(by_hand, group.key).set_value(label).run()
            key = by_hand.query_params[group.key]
            other = visit(page, **{group.key: key})
            assert not other.exception, (group.key, label)
            assert result(other) == result(by_hand) != before, (group.key, label)
            assert other.query_params[group.key] == key


def choice(at: AppTest, key: str) -> Any:
    """The choice with that key."""
    return next(group for group in at.main.get("button_group") if group.key == key)
