"""What every page owes a visitor, whichever pages there are."""

import itertools
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from ae_models import datasets
from tests.pages.conftest import PAGES, Visit, keys, result, sentences
from ui.base import pages
from ui.base.url_state import slug

HELD = {"data", "lang", "present"}
BAD = {  # given to controls in turn
    "no finite number": ("NaN", "1e999"),
    "negative": ("-99",),
    "600 KB": ("9" * 600_000,),
    "unknown word": ("xx", "<script>alert(1)</script>"),
}


def widgets(at: AppTest) -> list[Any]:
    """The controls of a page, without the frame's."""
    kinds = (
        at.main.slider,
        at.main.select_slider,
        at.main.number_input,
        at.main.get("button_group"),
        at.main.toggle,
        at.main.checkbox,
        at.main.text_input,
        at.main.multiselect,
        at.main.selectbox,
    )
    return [widget for kind in kinds for widget in kind]


SETS_OTHERS = ("story",)  # a control that puts values into the others, one hand at a time


def another(widget: Any) -> Any:
    """A value of the widget that it does not have, or None where it has only one."""
    value = widget.value
    if widget.type == "slider":
        return widget.min if value != widget.min else widget.max
    if widget.type == "number_input":
        return value + 1
    if widget.type in ("toggle", "checkbox"):
        return not value
    if widget.type == "text_input":
        return value[::-1]
    names = list(dict.fromkeys(widget.options))
    if isinstance(value, list):
        return value[1:] if value else names[:1]
    if widget.type == "selectbox" and widget.value is not None:  # options as they are shown
        return next((name for name in names if name != widget.options[widget.index]), None)
    if widget.type in ("selectbox", "select_slider"):
        return next((name for name in names if name != str(value)), None)
    return None  # a choice, which is written through the address


def in_address(value: Any) -> str | list[str]:
    """A value as it stands in the address: of a choice, its key."""
    if isinstance(value, list):
        return [slug(str(each)) for each in value] or [""]
    return slug(value) if isinstance(value, str) else str(value).lower()


def parameter(widget: Any) -> str:
    """The name of a widget's value in the address; groups `name/part` share one."""
    return str(widget.key).partition("/")[0]


def address_of(at: AppTest, moved: list[str]) -> dict[str, str | list[str]]:
    """The address that gives widgets of these keys the values that they have on a page."""
    texts = {widget.key for widget in at.main.text_input}
    address: dict[str, str | list[str]] = {}
    parts: dict[str, list[str]] = {}
    for key in moved:
        value = at.session_state[key]
        if "/" in key:
            parts.setdefault(key.partition("/")[0], []).extend(value)
        else:
            address[key] = value if key in texts else in_address(value)
    return address | {name: in_address(value) for name, value in parts.items()}


def button(at: AppTest, key: str) -> Any:
    """The choice with that key."""
    return next(group for group in at.main.get("button_group") if group.key == key)


SEEN: dict[tuple[str, str], AppTest] = {}


@pytest.fixture
def at_first(visit: Visit, decoded: None) -> Visit:
    """A page as it is first seen, the same for all tests: they look and touch nothing."""

    def see(page: str, dataset: str = "mnist") -> AppTest:
        return SEEN.get((page, dataset)) or SEEN.setdefault(
            (page, dataset), visit(page, data=dataset)
        )

    return see


def test_there_are_pages() -> None:
    assert {"start", "denoise", "compare", "latent_space", "generate"} <= set(PAGES)


def shows_a_result(at: AppTest, page: str, dataset: str, decoded: bool) -> None:
    assert not at.exception
    assert not sentences(at)
    assert len(at.title) == 1
    assert at.button(key="reset")
    assert result(at)
    about = pages.PAGES[page]
    assert not about.sheet or about.sheet in keys(at)
    assert not about.chart or about.chart in keys(at, "plotly_chart")
    assert at.session_state["data"] == dataset
    quiet = " ".join(caption.value for caption in at.sidebar.caption)
    assert ("decoded" in quiet) == decoded


@pytest.mark.parametrize("dataset", datasets.DATASETS)
@pytest.mark.parametrize("page", PAGES)
def test_a_first_visit_shows_a_result(at_first: Visit, page: str, dataset: str) -> None:
    shows_a_result(at_first(page, dataset), page, dataset, decoded=True)


@pytest.mark.parametrize(("page", "dataset"), [*zip(PAGES, itertools.cycle(datasets.DATASETS))])
def test_a_first_visit_shows_original_images_where_they_are(
    visit: Visit, page: str, dataset: str, on_disk: None
) -> None:
    shows_a_result(visit(page, data=dataset), page, dataset, decoded=False)


@pytest.mark.parametrize("order", [PAGES, PAGES[::-1]], ids=["forwards", "backwards"])
def test_a_visitor_may_walk_from_any_page_to_any_other(
    visit: Visit, order: list[str], decoded: None
) -> None:
    at = visit(order[0])
    for page in order[1:]:
        at.switch_page(f"../../pages/{page}.py").run()
        assert not at.exception, page
        assert result(at), page


@pytest.mark.parametrize("dataset", datasets.DATASETS)
@pytest.mark.parametrize("page", PAGES)
def test_every_control_changes_the_result(
    visit: Visit, at_first: Visit, page: str, dataset: str
) -> None:
    """What both data sets have, each tries a half of."""
    at = at_first(page, dataset)
    before, here = result(at), datasets.DATASETS.index(dataset)
    both = set.intersection(
        *({w.key for w in widgets(at_first(page, d))} for d in datasets.DATASETS)
    )
    turn = {key: number % len(datasets.DATASETS) for number, key in enumerate(sorted(both))}
    assert widgets(at)
    for place, widget in enumerate(widgets(at)):
        value = another(widget)
        if value is None or turn.get(widget.key, here) != here:
            continue
        fresh = visit(page, data=dataset)
        widgets(fresh)[place].set_value(value).run()
        assert not fresh.exception, widget.key
        assert result(fresh) != before, widget.key


@pytest.mark.parametrize("page", PAGES)
def test_every_choice_is_read_from_the_address(visit: Visit, at_first: Visit, page: str) -> None:
    at = at_first(page)
    before = result(at)
    for group in at.main.get("button_group"):
        if isinstance(group.value, list):
            continue
        labels = [name for name in group.options if name != group.formatted_values[0]]
        for label in labels:
            by_hand = visit(page)
            button(by_hand, group.key).set_value(label).run()
            key = by_hand.query_params[group.key]
            other = visit(page, **{group.key: key})
            assert not other.exception, (group.key, label)
            assert result(other) == result(by_hand) != before, (group.key, label)
            assert other.query_params[group.key] == key


@pytest.mark.parametrize("page", PAGES)
def test_the_address_sets_what_a_hand_would_and_reset_takes_it_back(
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


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD.keys())
@pytest.mark.parametrize("page", PAGES)
def test_a_bad_address_gives_the_defaults(
    visit: Visit, at_first: Visit, page: str, bad: tuple[str, ...]
) -> None:
    at = at_first(page)
    bound = {parameter(widget) for widget in widgets(at)} | HELD
    text = {widget.key for widget in at.main.text_input}  # any text of theirs is good
    other = visit(page, **dict(zip(sorted(bound - text), itertools.cycle(bad))))
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


@pytest.mark.parametrize("page", PAGES)
def test_an_unknown_parameter_changes_nothing(visit: Visit, at_first: Visit, page: str) -> None:
    at = visit(page, nonsense="1", __proto__="x", img="AAAA")
    assert not at.exception
    assert result(at) == result(at_first(page))


@pytest.mark.parametrize("page", PAGES)
def test_two_sessions_see_the_same(visit: Visit, at_first: Visit, page: str) -> None:
    one, other = at_first(page), visit(page)
    other.run()
    assert result(one) == result(other)
    assert keys(one) == keys(other)


def test_pages_have_titles_of_their_own(at_first: Visit) -> None:
    titles = [at_first(page).title[0].value for page in PAGES]
    for one, other in itertools.combinations(titles, 2):
        assert one != other
