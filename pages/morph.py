"""Morph: interpolation between images, label transfer, and attribute directions."""

import streamlit as st

from ui.base.language import _
from ui.base.presentation_mode import for_readers
from ui.cache import models
from ui.views.morph import animation, attribute_direction, interpolation, label_transfer
from ui.widgets import controls, image_selection

dataset = controls.dataset()

st.title(_("Morph"))
st.markdown(
    _(
        "Interpolate to another image, change the label, or move along an attribute direction. "
        "Does editing the latent code change an image better than editing its pixels?"
    )
)

if not models.available(dataset, "codes"):
    st.info(_("No model with a latent code has been trained for this data set yet."))
    st.stop()

ways = {
    "walk": _("Interpolation"),
    "label": _("Label transfer"),
    "direction": _("Attribute direction"),
}
change = controls.choice(_("Task"), ways, "change")
with st.container(horizontal=True, vertical_alignment="top", gap="small"):
    chosen = image_selection.one(dataset)

if chosen is None:
    st.info(_("Draw or upload an image; the results appear here."))
    st.stop()

if note := animation.label_source(dataset, chosen):
    st.caption(note)

if change == "walk":
    interpolation.show(dataset, chosen)
    notice = _(
        "Notice: halfway, a cross-fade superimposes both images; interpolation of the latent "
        "code changes the shape continuously."
    )
elif change == "label":
    label_transfer.show(dataset, chosen)
    notice = _(
        "Notice: slant and stroke width, or brightness, stay the same while the class changes. "
        "An unchanged code may be improbable under the new label. The last row is a baseline "
        "without a decoder: the most similar test image of each class."
    )
else:
    attribute_direction.show(dataset, chosen)
    notice = _(
        "Notice: in latent space the strokes themselves change; in pixel space the difference "
        "of the group means is added to the image as an overlay, which may increase the "
        "measured value all the same."
    )
for_readers(notice)
for_readers(
    _(
        "Applications: drug design moves the code of a molecule towards a desired property and "
        "decodes candidates; photo editors move the code of a face towards a smile."
    )
)
