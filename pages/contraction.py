"""Contraction: how far does a code move when its image is nudged?"""

import streamlit as st

from ui.base.language import _
from ui.base.presentation_mode import aside, for_readers
from ui.views.contraction import view
from ui.widgets import controls, image_selection
from ui.widgets.available_models import usable

dataset = controls.dataset()

st.title(_("Contraction"))
st.markdown(
    _(
        "Nudge an image a little. A contractive autoencoder is charged for every way in which "
        "its code follows. Which nudges does the code stop feeling, and which must it feel?"
    )
)

names = usable(dataset, view.NAMES)
with st.container(horizontal=True, vertical_alignment="top", gap="medium"):
    chosen = image_selection.one(dataset)

if chosen is None:
    st.info(_("Draw something or upload a picture; it is nudged here."))
    st.stop()
if not names:
    st.stop()

view.nudged(dataset, names, chosen)
for_readers(
    _(
        "Notice: a random direction hardly changes an image in the ways that images differ, and "
        "nothing is lost by not following it. A shift or a turn makes another image of its kind: "
        "a code that did not follow at all could not be decoded."
    )
)

st.subheader(_("What the code feels most"))
view.jacobians(dataset, names, chosen)
with aside("figures"):
    view.from_cards(dataset, names)
for_readers(
    _(
        "Notice: the plain code, which nobody charged, also feels specks at the border, where "
        "hardly any image has ink. The contractive one keeps fewer directions, and they are "
        "strokes and shapes."
    )
)
