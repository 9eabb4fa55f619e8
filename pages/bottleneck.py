"""Bottleneck: what does a code lose when it becomes narrower, and what does it weigh?"""

import streamlit as st

from ui import compressing, controls, subject
from ui.language import _
from ui.presenting import for_readers
from ui.usable import readable, usable

dataset = controls.dataset()

st.title(_("Bottleneck"))
st.markdown(_("The fewer numbers an image must pass through, the more is lost: how much, of what?"))

cards = readable(dataset, compressing.NAMES)
names = usable(dataset, list(cards))


@st.fragment
def widths() -> None:
    """What the controls change, and nothing else."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        width = compressing.choose_width()
        which = controls.seed("which", _("Which images"))
    chosen = subject.several(dataset, 6, which)
    compressing.at_width(dataset, chosen, names, width)
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader(_("Error against width"))
        compressing.curve(cards, width)
    st.subheader(_("The same images at every width"))
    compressing.at_every_width(dataset, chosen, names, width)
    with right:  # last, as it takes longest
        st.subheader(_("Bytes a picture"))
        compressing.bytes_a_picture(dataset, names, cards, width)


widths()
for_readers(
    _(
        "Notice: where numbers are few, PCA adds up blurs, while a dense autoencoder draws a whole "
        "digit or garment, if not always the right one. Of so small a picture, a JPEG file is "
        "mostly headers and tables."
    )
)
