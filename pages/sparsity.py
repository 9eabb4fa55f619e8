"""Sparsity: which few of many units represent an image, and what is the atom of each?"""

import streamlit as st

from ui.base.language import _
from ui.base.presentation_mode import aside, for_readers
from ui.views.sparsity import view
from ui.widgets import controls, image_selection
from ui.widgets.available_models import usable

dataset = controls.dataset()

st.title(_("Sparsity"))
st.markdown(
    _(
        "A sparsity penalty on many units leaves only a few of them active for each image. "
        "Which units represent this image, and what does each contribute?"
    )
)

names = usable(dataset, [view.SPARSE, view.DENSE])
with st.container(horizontal=True, vertical_alignment="top", gap="small"):
    chosen = image_selection.one(dataset)

if chosen is None:
    st.info(_("Draw something or upload an image; its active units appear here."))
    st.stop()

if view.SPARSE in names:
    view.reconstruction(dataset, chosen)
    for_readers(
        _(
            "Notice: the atom of a unit is an edge, a stroke or a whole shape, and an image "
            "is a combination of a few atoms. They were learnt without labels."
        )
    )

st.subheader(_("Sparse and dense code of this image"))
view.codes(dataset, names, chosen)
if view.SPARSE in names:
    view.activity(dataset, names, chosen)
with aside("figures"):
    view.from_cards(dataset, names)
for_readers(
    _(
        "Notice: the dense code uses every dimension for every image; the sparse code uses a "
        "different small subset for each image."
    )
)
