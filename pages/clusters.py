"""Clusters: which groups do images form without labels, and are these the classes?"""

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
    _("Which groups do images form when no labels are given? And do these agree with the classes?")
)

with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
    selection = view.choose(dataset)
assigned = view.cluster(selection)

if assigned is not None:
    left, right = st.columns(2, gap="large")
    with left:
        view.scatter(selection, assigned)
    with right:
        view.confusion(selection, assigned)
view.table(selection, assigned)
if assigned is not None:
    for_readers(
        _(
            "Notice: clusters of pixels hold images that overlap, clusters of codes images of "
            "similar shape. Clusters are not classes: a digit written in two ways forms two "
            "clusters, garments of one outline form one."
        )
    )
    st.subheader(_("Members of the clusters"))
    view.members(selection, assigned)

st.subheader(_("Cluster of a single image"))
images = image_sets.images(dataset)
with st.container(horizontal=True, vertical_alignment="top", gap="small"):
    pixels = source_image(lambda number: images.pixels[number], len(images.pixels))
if pixels is None:
    st.info(_("Draw or upload an image; its cluster appears here."))
else:
    single_image.show(dataset, pixels)

with aside("whole"):
    st.subheader(_("Scores on the whole test split"))
    single_image.whole_split(dataset)
for_readers(
    _(
        "Applications: customers, cells or documents that nobody has sorted yet. The clusters are "
        "a proposal, and somebody who knows the field must check each of them."
    )
)
