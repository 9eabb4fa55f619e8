"""Models, their names and their cards, read once for all visitors.

What is cached is shared by all visitors: models are in eval mode and never changed, cards are
frozen. A failure is never cached: what raises is tried again by the next visit. Keys are names.
"""

import streamlit as st
import torch

import ae_models
from ae_models import base
from ae_models.artifacts import card, checkpoint

# Visitors share the cores: threads that wait for each other make ten small images slower, and
# several times slower under load.
torch.set_num_threads(1)


ABILITIES = {
    "reconstructs": base.Reconstructs,
    "codes": base.Codes,
    "samples": base.Samples,
    "inpaints": base.Inpaints,
}


@st.cache_resource(max_entries=40, show_spinner=False)  # all of one data set and some more
def model(dataset: str, name: str) -> base.Model:
    """A shared model. Raises `checkpoint.CheckpointError`."""
    return ae_models.load(dataset, name)


@st.cache_data(max_entries=10, ttl=60, show_spinner=False)
def available(dataset: str, ability: str) -> list[str]:
    """Names of the checkpoints that have an ability, a key of ABILITIES."""
    return ae_models.available(dataset, having=ABILITIES[ability])


@st.cache_data(max_entries=4, ttl=60, show_spinner=False)
def with_card(dataset: str) -> list[str]:
    """Names of the models that reconstruct, also of those that ship their card alone."""
    return ae_models.available(dataset, having=base.Reconstructs, weightless=True)


def by_family(dataset: str, names: list[str]) -> dict[str, list[str]]:
    """The same names in the same order, under the keys of `card.FAMILIES` that they have."""
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(card_of(dataset, name).family, []).append(name)
    return groups


@st.cache_resource(max_entries=200, show_spinner=False)
def card_of(dataset: str, name: str) -> card.Card:
    """A card, frozen. Raises `OSError` or `ValueError`."""
    return card.read_card(dataset, name)


@st.cache_data(max_entries=100, show_spinner=False)
def structure(dataset: str, name: str) -> str:
    """The layers as torch prints them; no weights are needed. Raises `CheckpointError`."""
    try:
        return str(checkpoint.build(card_of(dataset, name)))
    except (OSError, ValueError, RuntimeError) as error:
        raise checkpoint.unusable(card.folder(dataset, name) / "card.json", error) from error


def needs_label(dataset: str, name: str) -> bool:
    """Whether a model takes the label beside every image."""
    return model(dataset, name).needs_label
