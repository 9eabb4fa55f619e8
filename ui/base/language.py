"""_("English text") in the visitor's language; English itself needs no catalogue."""

from functools import lru_cache
from pathlib import Path

import streamlit as st

from ae_models.i18n import N_ as N_
from ae_models.i18n import Sentence

LOCALES = Path(__file__).resolve().parents[2] / "locales"
DOMAIN = "explorer"
LANGUAGES = {"en": "English", "ja": "日本語"}  # code -> its own name, as the menu shows it
DEFAULT = "en"
OTHERS = [code for code in LANGUAGES if code != DEFAULT]


def language() -> str:
    """The visitor's language, a key of LANGUAGES: that of the address, else the browser's.

    DEFAULT stands in for a language that is unknown.
    """
    code = st.session_state.get("lang") or st.query_params.get("lang")
    if not code:
        code = (st.context.locale or DEFAULT).partition("-")[0]
    return code if code in LANGUAGES else DEFAULT


def _(text: str) -> str:
    """The text in the visitor's language, or itself where no translation exists."""
    code = language()
    return text if code == DEFAULT else translations(code).get(text) or text


def said(error: object) -> str:
    """The text of an error of this project in the visitor's language."""
    text = error.args[0] if isinstance(error, Exception) and len(error.args) == 1 else error
    if isinstance(text, Sentence):
        return _(text.template).format(**{name: said(part) for name, part in text.values.items()})
    return _(str(text))


@lru_cache(maxsize=8)
def translations(code: str) -> dict[str, str]:
    """English -> another language, read from the .po file, without a compiled copy."""
    from babel.messages.pofile import read_po  # English does without

    with (LOCALES / code / "LC_MESSAGES" / f"{DOMAIN}.po").open("rb") as file:
        catalogue = read_po(file, locale=code)
    return {str(each.id): str(each.string) for each in catalogue if each.id and not each.fuzzy}
