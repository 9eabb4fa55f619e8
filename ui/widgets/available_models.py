"""Which of several models can be used: a page works without one whose file is damaged."""

from collections.abc import Mapping, Sequence

import streamlit as st

from ae_models.artifacts import checkpoint
from ae_models.artifacts.card import Card, CheckpointError, folder
from ui.base.language import said
from ui.cache import models


def usable(dataset: str, names: Sequence[str]) -> list[str]:
    """The names whose models load; a warning says why each other one is left out."""
    kept = []
    for name in names:
        try:
            models.model(dataset, name)
            kept.append(name)
        except CheckpointError as error:
            st.warning(said(error))
    return kept


def readable(dataset: str, names: Sequence[str]) -> dict[str, Card]:
    """The cards of the names; a warning says why a missing one is left out."""
    cards = {}
    for name in names:
        try:
            cards[name] = models.card_of(dataset, name)
        except (OSError, ValueError) as error:
            st.warning(said(checkpoint.unusable(folder(dataset, name) / "card.json", error)))
    return cards


def images_of(cards: Mapping[str, Card]) -> str:
    """How many original test images the figures of some cards were measured on."""
    counts = {card.test.images for card in cards.values() if card.test is not None}
    return " / ".join(f"{count:,}" for count in sorted(counts)) or "0"
