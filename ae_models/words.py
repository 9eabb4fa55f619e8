"""Marks the English labels and sentences born in ``ae_models`` for translation.

Nothing is translated here: ``N_`` only lets the catalogue's extraction find the
constant. The page that shows it translates it into the visitor's language.
"""


def N_(text: str) -> str:
    """Return ``text`` unchanged; the name marks it for translation."""
    return text
