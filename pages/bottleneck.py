"""Bottleneck: what does a code lose when it becomes narrower, and what does it weigh?"""

import streamlit as st

from ui.base.language import _
from ui.base.presentation_mode import for_readers
from ui.views.bottleneck import view
from ui.widgets import controls, image_selection
from ui.widgets.available_models import readable, usable

dataset = controls.dataset()

st.title(_("Bottleneck"))
st.markdown(_("The fewer numbers an image must pass through, the more is lost: how much, of what?"))

cards = readable(dataset, view.NAMES)
names = usable(dataset, list(cards))


@st.fragment
def widths() -> None:
    """What the controls change, and nothing else."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        width = view.choose_width()
        which = controls.seed("which", _("Which images"))
    chosen = image_selection.several(dataset, 6, which)
    view.at_width(dataset, chosen, names, width)
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader(_("Error against width"))
        view.curve(cards, width)
    st.subheader(_("The same images at every width"))
    view.at_every_width(dataset, chosen, names, width)
    with right:  # last, as it takes longest
        st.subheader(_("Bytes a picture"))
        view.bytes_a_picture(dataset, names, cards, width)


widths()
for_readers(
    _(
        "Notice: where numbers are few, PCA adds up blurs, while a dense autoencoder draws a whole "
        "digit or garment, if not always the right one. Of so small a picture, a JPEG file is "
        "mostly headers and tables."
    )
)
