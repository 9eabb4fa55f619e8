"""Contraction: how sensitive is a code to perturbations of its image?"""

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
        "Perturb an image slightly. The loss of a contractive autoencoder penalises the "
        "Jacobian of its encoder. To which perturbations does the code become insensitive, "
        "and to which must it stay sensitive?"
    )
)

names = usable(dataset, view.NAMES)
with st.container(horizontal=True, vertical_alignment="top", gap="small"):
    chosen = image_selection.one(dataset)

if chosen is None:
    st.info(_("Draw something or upload an image; its perturbed copy appears here."))
    st.stop()
if not names:
    st.stop()

view.show(dataset, names, chosen)
for_readers(
    _(
        "Notice: a random direction contains hardly any of the differences between images, "
        "so a code that is insensitive to it loses nothing. A shift or a rotation gives "
        "another image of the same kind: a code insensitive to it could not represent "
        "that image."
    )
)

st.subheader(_("Directions of the highest sensitivity"))
view.jacobians(dataset, names, chosen)
with aside("figures"):
    view.from_cards(dataset, names)
for_readers(
    _(
        "Notice: without the penalty the code is also sensitive to pixels at the border, "
        "where hardly any image has ink. With it, fewer directions have a high gain, and "
        "they are strokes and shapes."
    )
)
