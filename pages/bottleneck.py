"""Bottleneck: reconstruction error and size of a code by latent dimension."""

import streamlit as st

from ui.base.language import _
from ui.base.presentation_mode import for_readers
from ui.views.bottleneck import view
from ui.widgets import controls, image_selection
from ui.widgets.available_models import readable, usable

dataset = controls.dataset()

st.title(_("Bottleneck"))
st.markdown(
    _("The smaller the latent dimension, the more of an image is lost: how much, and what?")
)

cards = readable(dataset, view.NAMES)
names = usable(dataset, list(cards))


@st.fragment
def by_latent_dimension() -> None:
    """The controls and everything that depends on them."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        width = view.choose_width()
        which = controls.seed("which", _("Which images"))
    chosen = image_selection.several(dataset, 6, which)
    view.at_width(dataset, chosen, names, width)
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader(_("Reconstruction error by latent dimension"))
        view.curve(cards, width)
    st.subheader(_("Reconstructions at every latent dimension"))
    view.at_every_width(dataset, chosen, names, width)
    with right:  # last, as it takes the longest
        st.subheader(_("Bytes per image"))
        view.bytes_per_image(dataset, names, cards, width)


by_latent_dimension()
for_readers(
    _(
        "Notice: at a small latent dimension the reconstructions of PCA are blurred, while a "
        "dense autoencoder gives a sharp digit or garment, though not always the right one. "
        "Headers and tables are most of a JPEG file of so small an image."
    )
)
