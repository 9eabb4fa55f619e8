"""Depth: why deep nets once hardly learned, what layers draw, and what it is to copy."""

import streamlit as st

from ae_models.tasks.depth import DEEP, RANDOM
from ui.base.language import _
from ui.base.presentation_mode import aside, for_readers
from ui.views.depth import view
from ui.widgets import controls
from ui.widgets.available_models import readable, usable

dataset = controls.dataset()

st.title(_("Depth"))
st.markdown(
    _(
        "Through layer upon layer of sigmoids the error fades before it reaches the first. What "
        "does it help to teach the layers one by one before all together?"
    )
)

cards = readable(dataset, view.READ)
names = usable(dataset, [name for name in view.ASKED if name in cards])

if {DEEP, RANDOM} & set(cards):
    view.by_epoch(cards)
view.test_errors(cards)
for_readers(
    _(
        "Notice: from random weights hardly any of the gradient reaches the layers next to the "
        "image at first; once they are pretrained, it reaches all of them from the start."
    )
)

if DEEP in names:
    st.subheader(_("What the units of each layer draw"))
    view.units(dataset)

st.subheader(_("The net that copies"))
view.copying(dataset, [name for name in view.COPY if name in names])
with aside("figures"):
    view.copying_figures(cards)
for_readers(
    _(
        "Notice: a code larger than the image lets everything through, noise as well as digits. "
        "Whoever can copy has learnt nothing of what an image is; a narrow code must choose."
    )
)
