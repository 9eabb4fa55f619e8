"""Morph: from one image to another, to another label, along a direction found in the data."""

import streamlit as st

from ui.base.language import _
from ui.base.presentation_mode import for_readers
from ui.cache import models
from ui.views.morph import animation, attribute_direction, interpolation, label_transfer
from ui.widgets import controls, image_selection

dataset = controls.dataset()

st.title(_("Morph"))
st.markdown(
    _("If a few numbers hold an image, what do other numbers draw: halfway to another, thicker?")
)

if not models.available(dataset, "codes"):
    st.info(_("There is no model with a code for this data set yet."))
    st.stop()

ways = {
    "walk": _("Another image"),
    "label": _("Another label"),
    "direction": _("A direction"),
}
change = controls.choice(_("Towards"), ways, "change")
with st.container(horizontal=True, vertical_alignment="top", gap="medium"):
    chosen = image_selection.one(dataset)

if chosen is None:
    st.info(_("Draw something or upload a picture; what becomes of it appears here."))
    st.stop()

if said := animation.about(dataset, chosen):
    st.caption(said)

if change == "walk":
    interpolation.show(dataset, chosen)
    notice = _(
        "Notice: halfway, a cross-fade shows two images at once; through the code one image "
        "bends into the other."
    )
elif change == "label":
    label_transfer.show(dataset, chosen)
    notice = _(
        "Notice: slant and stroke stay while the digit changes, or the tone while the garment "
        "does. A code that stays as it was may not suit the new label. In the last row nothing "
        "is drawn: those are real images that happen to be close."
    )
else:
    attribute_direction.show(dataset, chosen)
    notice = _(
        "Notice: in the code the strokes themselves change; in pixels a ghost of the groups' "
        "difference is laid over the image, and the measured figure may rise all the same."
    )
for_readers(notice)
for_readers(
    _(
        "In use: drug design moves a molecule's code towards a wanted property and decodes "
        "candidates; photo editors move a face's code towards a smile."
    )
)
