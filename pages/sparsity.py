"""Sparsity: which few of many units draw an image, and what does each of them draw?"""

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
        "Many units, and each is charged for what it says, so that few speak at once. Who draws "
        "this image, and what is each one's part?"
    )
)

names = usable(dataset, [view.SPARSE, view.BESIDE])
with st.container(horizontal=True, vertical_alignment="top", gap="medium"):
    chosen = image_selection.one(dataset)

if chosen is None:
    st.info(_("Draw something or upload a picture; the units that draw it appear here."))
    st.stop()

if view.SPARSE in names:
    view.build_up(dataset, chosen)
    for_readers(
        _(
            "Notice: a unit draws an edge, a stroke or a whole shape, and a picture is a short "
            "list of them. Nobody told them what there is to draw."
        )
    )

st.subheader(_("Few of many, or all of few"))
view.codes(dataset, names, chosen)
if view.SPARSE in names:
    view.business(dataset, names, chosen)
with aside("figures"):
    view.from_cards(dataset, names)
for_readers(
    _(
        "Notice: the dense code uses every number for every image; of the sparse one each image "
        "uses another handful."
    )
)
