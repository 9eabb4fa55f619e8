"""Anomalies: what does not belong to the one kind of picture that a model has seen?"""

import streamlit as st

from ui.base.language import _
from ui.base.presentation_mode import aside, for_readers
from ui.cache import image_sets
from ui.views.anomalies import detection, single_image
from ui.widgets import controls
from ui.widgets.image_input import source_image

dataset = controls.dataset()

st.title(_("Anomalies"))
st.markdown(
    _(
        "A model that has seen one kind of picture only: can it tell what is of another kind, "
        "and does it beat PCA and plain distances?"
    )
)

asked = detection.choose(dataset)
if not detection.usable(asked):
    st.stop()

detection.apart(asked)
for_readers(
    _(
        "Notice: mean brightness does well where strange pictures happen to be brighter, and fails "
        "elsewhere. With few strange ones among many, even a good score raises more false alarms "
        "than true ones. What is missed often looks normal to us as well."
    )
)

st.subheader(_("One picture"))
images = image_sets.images(dataset)
with st.container(horizontal=True, vertical_alignment="top", gap="medium"):
    pixels = source_image(lambda number: images.pixels[number], len(images.pixels))
if pixels is None:
    st.info(_("Draw something or upload a picture; its score appears here."))
else:
    single_image.show(asked, pixels)

with aside("study"):
    st.subheader(_("Ten classes, the whole test split"))
    detection.from_study(dataset)
for_readers(
    _(
        "In use: parts on a line, payments, scans. Faults are rare and come in kinds that nobody "
        "has seen, but there is plenty of what is normal to learn from."
    )
)
