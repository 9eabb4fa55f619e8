"""Marks the English labels and sentences of ``ae_models`` for translation.

Nothing is translated here: ``N_`` only lets the catalogue's extraction find the
constant. The page that shows it translates it into the visitor's language.
"""

from typing import Self


def N_(text: str) -> str:
    """Return ``text`` unchanged; the name marks it for translation."""
    return text


class Sentence(str):
    """An English sentence with its template and values, so that it can be translated later.

    ``Sentence(N_("{file} is missing"), file=path)``, for the errors that a page shows.
    """

    template: str
    values: dict[str, object]

    def __new__(cls, template: str, **values: object) -> Self:
        whole = super().__new__(cls, template.format(**values))
        whole.template, whole.values = template, values
        return whole
