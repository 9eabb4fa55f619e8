"""_("English text") in the visitor's language; English itself needs no catalogue."""

import gettext as _gettext
from functools import lru_cache
from io import BytesIO
from pathlib import Path

import streamlit as st

from ae_models.words import N_ as N_
from ae_models.words import Sentence

LOCALES = Path(__file__).resolve().parent.parent / "locales"
DOMAIN = "explorer"
LANGUAGES = {"en": "English", "ja": "日本語"}  # code -> its own name, as the menu shows it
DEFAULT = "en"


def language() -> str:
    """The visitor's language, a key of LANGUAGES: what the address says, else the browser.

    DEFAULT stands in for a language that is unknown.
    """
    code = st.session_state.get("lang") or st.query_params.get("lang")
    if not code:
        code = (st.context.locale or DEFAULT).partition("-")[0]
    return code if code in LANGUAGES else DEFAULT


def _(text: str) -> str:
    """The text in the visitor's language, or itself where no translation exists."""
    code = language()
    return text if code == DEFAULT else _catalogue(code).gettext(text)


def said(error: object) -> str:
    """What an error of ours, or a part of its sentence, says in the visitor's language."""
    text = error.args[0] if isinstance(error, Exception) and len(error.args) == 1 else error
    if isinstance(text, Sentence):
        return _(text.template).format(**{name: said(part) for name, part in text.values.items()})
    return _(str(text))


@lru_cache(maxsize=8)
def _catalogue(code: str) -> _gettext.GNUTranslations:
    """A language's catalogue, as its translators write it: there is no compiled copy to forget."""
    from babel.messages import mofile, pofile  # English needs neither

    with (LOCALES / code / "LC_MESSAGES" / f"{DOMAIN}.po").open("rb") as written:
        catalogue = pofile.read_po(written, locale=code)
    compiled = BytesIO()
    mofile.write_mo(compiled, catalogue)
    compiled.seek(0)
    return _gettext.GNUTranslations(compiled)
