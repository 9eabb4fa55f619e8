"""The guided path: complete in every language, with valid steps and links."""

import re
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from tests.pages.conftest import PAGES, Visit, result
from tests.pages.controls import in_address, parameter, widgets
from ui.base.language import DEFAULT, LANGUAGES
from ui.base.learn_steps import LOCALES, Step, events, fingerprint, steps
from ui.views.learn.illustrations import PICTURES

PATH = steps(DEFAULT)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_path(language: str) -> None:
    for name in ("learn", "timeline"):
        assert (LOCALES / language / f"{name}.toml").exists()
    for one, other in zip(PATH, steps(language), strict=True):
        assert (one.id, one.picture, one.try_.page) == (other.id, other.picture, other.try_.page)
        assert one.try_.query == other.try_.query and bool(one.maths) == bool(other.maths)
        assert formulas(one) == formulas(other), one.id
    assert [event.year for event in events(language)] == [event.year for event in events(DEFAULT)]


def formulas(step: Step) -> list[str]:
    """The formulas of a step, whatever words stand in them, and in any order."""
    wordless = re.sub(r"\\text\{[^}]*\}", "", " ".join(step.maths.split()))
    return sorted(re.findall(r"\$[^$]+\$", wordless))


@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != DEFAULT])
def test_a_translation_is_of_the_english_that_there_is_now(language: str) -> None:
    stale = [
        f'locales/{language}/learn.toml, "{one.id}": of = "{fingerprint(one)}"'
        for one, other in zip(PATH, steps(language), strict=True)
        if other.of != fingerprint(one)
    ] + [
        f'locales/{language}/timeline.toml, {one.year}: of = "{fingerprint(one)}"'
        for one, other in zip(events(DEFAULT), events(language), strict=True)
        if other.of != fingerprint(one)
    ]
    todo = "The English has changed: translate it anew, then write there\n"
    assert not stale, todo + "\n".join(stale)


def test_a_fingerprint_changes_with_what_is_translated_and_no_more() -> None:
    step = PATH[0]
    moved = step.try_.model_copy(update={"page": "start", "query": {}})
    reworded = step.try_.model_copy(update={"text": "Look."})
    for same in ({"picture": "gan"}, {"try_": moved}, {"of": "01234567"}):
        assert fingerprint(step.model_copy(update=same)) == fingerprint(step)
    changes: list[dict[str, object]] = [{"maths": ""}, {"try_": reworded}]
    changes += [{name: "Other"} for name in ("title", "text", "question", "answer", "maths")]
    assert len({fingerprint(step.model_copy(update=change)) for change in [{}, *changes]}) == 8


def test_the_path_is_a_dozen_or_so_short_steps() -> None:
    assert 12 <= len(PATH) <= 18 and len({step.id for step in PATH}) == len(PATH)
    assert {step.picture for step in PATH} == set(PICTURES)
    for step in PATH:
        sentences = re.findall(r"[.?:](?:\s|$)", step.text)
        assert 2 <= len(sentences) <= 5, step.id
        assert step.question.rstrip().endswith("?") and step.answer.strip()
        assert step.try_.page in PAGES and step.try_.query


def test_a_visitor_reads_the_path_in_japanese(visit: Visit) -> None:
    at = visit("learn", step="history", lang="ja")
    (step,) = (step for step in steps("ja") if step.id == "history")
    assert step.title in [heading.value for heading in at.subheader] and not at.exception
    read = "\n".join(element.value for element in at.markdown)
    for text in (step.text, step.try_.text, step.question, *(e.text for e in events("ja"))):
        assert text.strip() in read


def test_the_timeline_goes_from_1943_to_2017() -> None:
    years = [event.year for event in events(DEFAULT)]
    assert years == sorted(set(years)) and (years[0], years[-1]) == (1943, 2017)


@pytest.mark.parametrize("step", PATH, ids=lambda step: step.id)
@pytest.mark.parametrize("dataset", ["mnist", "fashion"])
def test_every_step_shows_its_picture(visit: Visit, decoded: None, step, dataset: str) -> None:
    at = visit("learn", step=step.id, data=dataset)
    assert not at.exception and not at.warning
    assert step.title in [heading.value for heading in at.subheader]
    assert result(at), step.id
    assert [e.label for e in at.expander][:1] == ["Answer"]
    link, *_menu = at.get("page_link")
    there = "" if step.try_.page == "start" else step.try_.page
    lists = {k: v if isinstance(v, list) else [v] for k, v in step.try_.query.items()}
    assert link.proto.page == there and parse_qs(link.proto.query_string) == lists


@pytest.mark.parametrize("step", PATH, ids=lambda step: step.id)
def test_the_link_of_a_step_sets_controls_that_are_there(
    visit: Visit, decoded: None, step: Step
) -> None:
    at = visit(step.try_.page, **step.try_.query)
    assert not at.exception
    found: dict[str, list[str]] = {}
    for widget in widgets(at):
        value = in_address(widget.value)
        found.setdefault(parameter(widget), []).extend([value] if isinstance(value, str) else value)
    for key, value in step.try_.query.items():
        assert key in found, key  # by its own name
        if isinstance(value, list):
            assert {name for name in found[key] if name} == set(value)
        elif value.replace(".", "").isdigit():
            assert float(found[key][0]) == float(value)
        else:
            assert found[key][0].casefold() == value.casefold()


def test_next_and_back_follow_the_steps(visit: Visit, decoded: None) -> None:
    at = visit("learn")
    assert at.selectbox(key="step").value == PATH[0].id and at.button(key="back").disabled
    at.button(key="next").click().run()
    assert at.selectbox(key="step").value == PATH[1].id and not at.exception
    at.button(key="back").click().run()
    assert at.selectbox(key="step").value == PATH[0].id
    at.selectbox(key="step").set_value(PATH[-1].id).run()
    assert at.button(key="next").disabled


def test_the_steps_are_data_and_no_code() -> None:
    source = Path("pages/learn.py").read_text(encoding="utf-8")
    assert not [step.id for step in PATH if f'"{step.id}"' in source]
