"""Bottleneck: how small may a code be, and what does each halving cost?"""

import streamlit as st

from ui import compressing, controls
from ui.language import _
from ui.usable import readable

dataset = controls.dataset()

st.title(_("Bottleneck"))
st.markdown(
    _("The fewer numbers an image must pass through, the more is lost. How much, and of what?")
)

width = compressing.choose_width()
compressing.curve(readable(dataset, compressing.NAMES), width)
