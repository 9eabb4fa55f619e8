"""Clusters: which pictures belong together, when nobody says what they show?"""

import streamlit as st

from ui import cached, clusters, controls, grouped
from ui.language import _
from ui.presenting import aside, for_readers
from ui.source import source_image

dataset = controls.dataset()

st.title(_("Clusters"))
st.markdown(
    _("Which pictures belong together, when nobody says what they show? And are these the classes?")
)

with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
    asked = clusters.choose(dataset)
found = clusters.part(asked)
clusters.table(asked, found)

if found is not None:
    left, right = st.columns(2, gap="large")
    with left:
        clusters.scatter(asked, found)
    with right:
        clusters.confusion(asked, found)
    for_readers(
        _(
            "Notice: pixels put what covers the same place together, a code what is drawn alike. "
            "Clusters are not classes: a digit written in two ways makes two, and garments of one "
            "outline make one."
        )
    )
    st.subheader(_("Who is in them"))
    clusters.members(asked, found)

st.subheader(_("Where does a picture belong?"))
images = cached.images(dataset)
with st.container(horizontal=True, vertical_alignment="top", gap="medium"):
    pixels = source_image(lambda number: images.pixels[number], len(images.pixels))
if pixels is None:
    st.info(_("Draw something or upload a picture; its group appears here."))
else:
    grouped.one(dataset, pixels)

with aside("whole"):
    st.subheader(_("On the whole test split"))
    grouped.whole_split(dataset)
for_readers(
    _(
        "In use: kinds of customers, of cells or of documents that nobody has sorted yet. The "
        "groups are a proposal, and somebody who knows the field must look into each."
    )
)
