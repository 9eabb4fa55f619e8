"""_("English text") in the visitor's language; English itself needs no catalogue."""

import gettext as _gettext
from functools import lru_cache
from pathlib import Path

import streamlit as st

LOCALES = Path(__file__).resolve().parent.parent / "locales"
DOMAIN = "explorer"
LANGUAGES = {"en": "English"}  # code -> its own name, as the menu shows it
DEFAULT = "en"


def language() -> str:
    """The visitor's language, a key of LANGUAGES; DEFAULT for anything unknown."""
    code = st.session_state.get("lang") or st.query_params.get("lang", DEFAULT)
    return code if code in LANGUAGES else DEFAULT


def _(text: str) -> str:
    """The text in the visitor's language, or itself where no translation exists."""
    code = language()
    return text if code == DEFAULT else _catalogue(code).gettext(text)


def N_(text: str) -> str:
    """Marks a constant for translation where it is written; _() it where it is shown."""
    return text


@lru_cache(maxsize=8)
def _catalogue(code: str) -> _gettext.NullTranslations:
    return _gettext.translation(DOMAIN, LOCALES, languages=[code], fallback=True)
