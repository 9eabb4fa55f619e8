"""Both READMEs agree in everything that can be compared without knowing Japanese."""

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from ae_models.cli import tables
from ae_models.datasets import DATASETS
from ae_models.i18n import Sentence
from ae_models.training.recipes import RECIPES
from ui.base.language import DEFAULT, translations

ROOT = Path(__file__).resolve().parent.parent
ENGLISH, JAPANESE = "README.md", "README.ja.md"
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
NUMBER = re.compile(r"[−+]?[\d.,]*\d%?")


def written(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def prose(name: str) -> str:
    """What stands outside the blocks of code."""
    return FENCED.sub("", written(name))


def rows(name: str) -> list[list[str]]:
    """The cells of all rows of all tables, top to bottom."""
    lines = [line for line in prose(name).split("\n") if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def in_language(code: str) -> Callable[[str], str]:
    """What translates a text or a title; English comes back as it is."""
    known = {} if code == DEFAULT else translations(code)

    def translated(text: str) -> str:
        if isinstance(text, Sentence):
            template = known.get(text.template, text.template)
            values = {k: known.get(str(v), v) for k, v in text.values.items()}
            return template.format(**values)
        return known.get(text, text)

    return translated


def headings(name: str) -> list[int]:
    return [len(marks) for marks in re.findall(r"^(#+) ", prose(name), re.MULTILINE)]


def commands(name: str) -> list[list[str]]:
    """The blocks of code without their remarks, which begin after two spaces."""
    blocks = FENCED.findall(written(name))
    return [[re.sub(r"(?<=\S) {2,}\S.*", "  …", line) for line in b.split("\n")] for b in blocks]


def targets(name: str) -> list[str]:
    """Where links and pictures point; that to the other README left out."""
    found = re.findall(r"\]\(([^)]+)\)", prose(name))
    return sorted(target for target in found if target not in (ENGLISH, JAPANESE))


def terms(name: str) -> list[str]:
    """All `code` in the text, in any order: sentences differ, names do not."""
    return sorted(re.findall(r"`[^`\n]+`", prose(name)))


@pytest.mark.parametrize("part", [headings, commands, targets, terms], ids=lambda f: f.__name__)
def test_both_have_the_same(part) -> None:
    assert part(ENGLISH), "nothing to compare"
    assert part(JAPANESE) == part(ENGLISH), f"change {ENGLISH} and {JAPANESE} together"


def test_the_tables_have_the_same_figures() -> None:
    assert len(rows(ENGLISH)) > 40
    for one, other in zip(rows(ENGLISH), rows(JAPANESE), strict=True):
        assert [bool(cell) for cell in one] == [bool(cell) for cell in other], other
        for cell, translated in zip(one, other, strict=True):
            expected, found = (Counter(NUMBER.findall(text)) for text in (cell, translated))
            assert expected <= found, (cell, translated)  # "sixteen" is a number in Japanese
            assert expected == found or re.search("[a-z]", cell), (cell, translated)


@pytest.mark.parametrize(("name", "code"), [(ENGLISH, "en"), (JAPANESE, "ja")])
def test_the_figures_are_those_of_the_cards(name: str, code: str) -> None:
    table = tables.overview(in_language(code))
    assert table in written(name), (
        f"put in what `python -m ae_models list --overview` prints: {table}"
    )


@pytest.mark.parametrize("dataset", [key for key, each in DATASETS.items() if each.shipped])
def test_the_page_of_all_figures_is_that_of_the_cards(dataset: str) -> None:
    table = tables.markdown(dataset, list(RECIPES))
    assert table in written("docs/models.md"), "put in what `… list --markdown` prints"


def test_each_begins_with_a_link_to_the_other() -> None:
    assert "English · [日本語](README.ja.md)" in written(ENGLISH).split("\n")[:4]
    assert "[English](README.md) · 日本語" in written(JAPANESE).split("\n")[:4]


def test_the_pages_are_called_what_the_screen_calls_them() -> None:
    english, japanese = (
        [row[0].strip("*") for row in rows(name) if row[0].startswith("**")]
        for name in (ENGLISH, JAPANESE)
    )
    assert len(english) >= 17
    assert japanese == [translations("ja")[page] for page in english]
