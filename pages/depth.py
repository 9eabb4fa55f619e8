"""Depth: vanishing gradients, weights of deep units, and overcomplete codes."""

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
        "In a deep network of sigmoid layers the gradient vanishes before it reaches the "
        "first layer. How much does greedy layer-wise pretraining help?"
    )
)

cards = readable(dataset, view.CARDS)
names = usable(dataset, [name for name in view.MODELS if name in cards])

if {DEEP, RANDOM} & set(cards):
    view.by_epoch(cards)
view.test_errors(cards)
for_readers(
    _(
        "Notice: with random initial weights, hardly any of the gradient reaches the layers "
        "next to the image at first; after pretraining it reaches all layers from the start."
    )
)

if DEEP in names:
    st.subheader(_("Effective input weights of the units, by layer"))
    view.units(dataset)

st.subheader(_("Overcomplete code: copying the input"))
view.copying(dataset, [name for name in view.CODES if name in names])
with aside("figures"):
    view.copying_figures(cards)
for_readers(
    _(
        "Notice: a code larger than the image can represent any input, noise as well as "
        "digits, so copying needs no knowledge of the distribution of images. A small latent "
        "dimension rules copying out."
    )
)
