"""Every text in every language: no missing, stale or incomplete translations."""

import ast
import re
from functools import lru_cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po

from ae_models.i18n import Sentence
from ui.base import language
from ui.base.language import DOMAIN, LOCALES, OTHERS

ROOT = Path(__file__).resolve().parents[3]
FOLDERS = ("ae_models", "pages", "ui")
FILLED_IN = re.compile(r"\{[^{}]*\}")


@lru_cache
def texts() -> frozenset[str]:
    """What `make texts` takes from the code."""
    found = extract_from_dir(
        ROOT,
        method_map=[("app.py", "python"), *((f"{r}/**.py", "python") for r in FOLDERS)],
        keywords=DEFAULT_KEYWORDS | {"N_": None},
    )
    return frozenset(message for _file, _line, message, _notes, _context in found)


@lru_cache
def catalogue(code: str) -> Catalog:
    with (LOCALES / code / "LC_MESSAGES" / f"{DOMAIN}.po").open("rb") as file:
        return read_po(file, locale=code)


@pytest.mark.parametrize("code", OTHERS)
def test_every_text_is_translated_and_none_is_left_over(code: str) -> None:
    written = {message.id: message for message in catalogue(code) if message.id}
    assert len(texts()) > 800
    assert not texts() - set(written), "run `make texts`, then translate what is new"
    assert not set(written) - texts(), "run `make texts`: these are no longer in the code"
    assert not [text for text, message in written.items() if not message.string]
    assert not [text for text, message in written.items() if message.fuzzy]


@pytest.mark.parametrize("code", OTHERS)
def test_a_translation_fills_in_what_the_text_does(code: str) -> None:
    for message in catalogue(code):
        if message.id:
            expected = sorted(FILLED_IN.findall(message.id))
            assert sorted(FILLED_IN.findall(message.string)) == expected, message.id
            assert message.string.count("**") == message.id.count("**"), message.id
            assert message.string.strip() == message.string or message.id.strip() != message.id


def test_no_translatable_text_is_in_an_f_string() -> None:
    """The extraction of texts does not find these."""
    for path in (path for room in ("pages", "ui") for path in (ROOT / room).rglob("*.py")):
        for outer in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for inner in ast.walk(outer) if isinstance(outer, ast.JoinedStr) else ():
                if isinstance(inner, ast.Call) and getattr(inner.func, "id", "") in ("_", "N_"):
                    assert not isinstance(inner.args[0], ast.Constant), (path, ast.unparse(outer))


def test_a_sentence_is_translated_with_its_values(monkeypatch: pytest.MonkeyPatch) -> None:
    german = {"{file} is missing ({reason})": "{file} fehlt ({reason})", "no disk": "keine Platte"}
    monkeypatch.setattr(language, "_", lambda text: german.get(text, text))
    reason = ValueError("no disk")
    error = RuntimeError(Sentence("{file} is missing ({reason})", file="a.b", reason=reason))
    assert str(error) == "a.b is missing (no disk)"
    assert language.said(error) == "a.b fehlt (keine Platte)"
    assert language.said(OSError(2, "No such file")) == "[Errno 2] No such file"
