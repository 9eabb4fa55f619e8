"""Which of several models can be loaded, so that one damaged file does not take a page down."""

from collections.abc import Sequence

import streamlit as st

from ae_models.card import CheckpointError
from ui import cached


def usable(dataset: str, names: Sequence[str]) -> list[str]:
    """Those of the names whose models load; of each other one it is said why it is left out."""
    kept = []
    for name in names:
        try:
            cached.model(dataset, name)
            kept.append(name)
        except CheckpointError as error:
            st.warning(str(error))
    return kept
