"""Pages in every language, switching, and links in another language."""

import re
from collections.abc import Iterator

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.conftest import PAGES, Visit, result, sentences
from ui.base import language
from ui.base.language import OTHERS

JAPANESE = re.compile("[\u3040-\u30ff\u4e00-\u9fff]")


def read(at: AppTest) -> Iterator[str]:
    """What a visitor reads on a page: texts, labels, options."""
    for part in (at.main, at.sidebar):
        for kind in ("title", "header", "subheader", "markdown", "caption", "info", "expander"):
            for each in part.get(kind):
                yield each.label if kind == "expander" else each.value
        for kind in ("slider", "number_input", "selectbox", "multiselect", "button", "toggle"):
            for each in part.get(kind):
                yield each.label
        for each in part.get("button_group"):
            yield from each.options


@pytest.mark.parametrize("code", OTHERS)
@pytest.mark.parametrize("page", PAGES)
def test_every_page_is_translated(visit: Visit, page: str, code: str, decoded: None) -> None:
    at = visit(page, lang=code)
    assert not at.exception and not sentences(at) and result(at)
    assert JAPANESE.search(at.title[0].value)
    translated = language.translations(code)
    texts = set(read(at))
    assert len(texts) > 20
    assert not [text for text in texts if translated.get(text, text) != text]


@pytest.mark.parametrize("given", ["xx", "<script>", "日本語", ["ja", "en"]])
def test_a_language_that_there_is_not_is_english(visit: Visit, given: str | list[str]) -> None:
    assert visit("learn", lang=given).title[0].value == "Learn"


@pytest.mark.parametrize(
    ("locale", "title"), [("ja-JP", "学ぶ"), ("ja", "学ぶ"), ("de-CH", "Learn"), (None, "Learn")]
)
def test_the_browser_says_which_where_the_address_does_not(
    visit: Visit, monkeypatch: pytest.MonkeyPatch, locale: str | None, title: str
) -> None:
    monkeypatch.setattr(type(language.st.context), "locale", property(lambda self: locale))
    assert visit("learn").title[0].value == title
    assert visit("learn", lang="en").title[0].value == "Learn"


def test_a_switched_language_keeps_every_setting(visit: Visit, decoded: None) -> None:
    at = visit("denoise", noise="masking", strength="0.3", seed="4")
    before = [at.session_state[key] for key in ("noise", "strength", "seed")]
    group = next(each for each in at.sidebar.get("button_group") if each.key == "choose_lang")
    group.set_value("ja").run()
    assert at.title[0].value == "ノイズ除去"
    assert [at.session_state[key] for key in ("noise", "strength", "seed")] == before
    assert at.session_state["lang"] == "ja"
