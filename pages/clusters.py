"""Clusters: which pictures belong together, when nobody says what they show?"""

import streamlit as st

from ui.base.language import _
from ui.base.presentation_mode import aside, for_readers
from ui.cache import image_sets
from ui.views.clusters import single_image, view
from ui.widgets import controls
from ui.widgets.image_input import source_image

dataset = controls.dataset()

st.title(_("Clusters"))
st.markdown(
    _("Which pictures belong together, when nobody says what they show? And are these the classes?")
)

with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
    asked = view.choose(dataset)
found = view.part(asked)
view.table(asked, found)

if found is not None:
    left, right = st.columns(2, gap="large")
    with left:
        view.scatter(asked, found)
    with right:
        view.confusion(asked, found)
    for_readers(
        _(
            "Notice: pixels put what covers the same place together, a code what is drawn alike. "
            "Clusters are not classes: a digit written in two ways makes two, and garments of one "
            "outline make one."
        )
    )
    st.subheader(_("Who is in them"))
    view.members(asked, found)

st.subheader(_("Where does a picture belong?"))
images = image_sets.images(dataset)
with st.container(horizontal=True, vertical_alignment="top", gap="medium"):
    pixels = source_image(lambda number: images.pixels[number], len(images.pixels))
if pixels is None:
    st.info(_("Draw something or upload a picture; its group appears here."))
else:
    single_image.one(dataset, pixels)

with aside("whole"):
    st.subheader(_("On the whole test split"))
    single_image.whole_split(dataset)
for_readers(
    _(
        "In use: kinds of customers, of cells or of documents that nobody has sorted yet. The "
        "groups are a proposal, and somebody who knows the field must look into each."
    )
)
