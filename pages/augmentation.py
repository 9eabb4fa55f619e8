"""Augmentation: does a classifier gain from images that a CVAE makes for a small set?"""

import streamlit as st

from ae_models.artifacts.checkpoint import CheckpointError
from ui.base.language import _, said
from ui.base.presentation_mode import aside, for_readers
from ui.views.augmentation import cache, view
from ui.widgets import controls, dataset_export

dataset = controls.dataset()

st.title(_("Augmentation"))
st.markdown(
    _(
        "A few labelled images, and a CVAE that makes more of them. Does a classifier that learns "
        "from both do better than from the few alone?"
    )
)

size = view.choose_size()
curves = None
try:
    curves = cache.curves(dataset)
except CheckpointError as error:
    st.warning(said(error))
if curves is not None:
    view.accuracy_chart(curves, size)
    view.answer(curves, size)

st.subheader(_("What is added"))
sheet = st.container()  # what takes seconds is filled in when all the rest is there

if curves is not None:
    with aside("table"):
        st.subheader(_("All numbers of images"))
        view.table(curves)

files = aside("files")
for_readers(
    _(
        "In use: rare defects or rare findings are multiplied like this before a classifier is "
        "trained, and a test on real images decides whether it was worth it."
    )
)
with sheet:
    view.pictures(dataset, size)
    for_readers(
        _(
            "Notice: the CVAE of a few images draws blends of them and little else. It makes more "
            "images, but it knows nothing that those few do not show."
        )
    )
with files:
    st.subheader(_("A labelled set to take away"))
    st.caption(_("Made by the shipped CVAE: one image a label, as many as are asked for."))
    dataset_export.offer(dataset, "cvae", [])
