"""The guided path: whole in every language, every step on the screen, every link to a state."""

import re
from pathlib import Path

import pytest

from tests.pages.conftest import PAGES, Visit, result
from ui.language import DEFAULT, LANGUAGES
from ui.learning.pictures import PICTURES
from ui.learning.steps import LOCALES, events, steps

PATH = steps(DEFAULT)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_path(language: str) -> None:
    ours = steps(language)
    for one, other in zip(PATH, ours, strict=True):
        assert (one.id, one.picture, one.try_.page) == (other.id, other.picture, other.try_.page)
        assert one.try_.query == other.try_.query and bool(one.maths) == bool(other.maths)
    assert [event.year for event in events(language)] == [event.year for event in events(DEFAULT)]
    assert (LOCALES / language / "learn.toml").exists()


def test_the_path_is_a_dozen_or_so_short_steps() -> None:
    assert 12 <= len(PATH) <= 18 and len({step.id for step in PATH}) == len(PATH)
    assert {step.picture for step in PATH} == set(PICTURES)
    for step in PATH:
        sentences = re.findall(r"[.?:](?:\s|$)", step.text)
        assert 2 <= len(sentences) <= 5, step.id
        assert step.question.rstrip().endswith("?") and step.answer.strip()
        assert step.try_.page in PAGES and step.try_.query


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
    assert [e.label for e in at.expander][:1] == ["The answer"]


def test_next_and_back_walk_along_the_path(visit: Visit, decoded: None) -> None:
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
