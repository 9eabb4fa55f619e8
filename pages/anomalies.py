"""Anomalies: which images do not belong to the class that a model was trained on?"""

import streamlit as st

from ui.base.language import _
from ui.base.presentation_mode import aside, for_readers
from ui.cache import image_sets
from ui.views.anomalies import detection, single_image
from ui.views.anomalies.selection import choose
from ui.widgets import controls
from ui.widgets.image_input import source_image

dataset = controls.dataset()

st.title(_("Anomalies"))
st.markdown(
    _(
        "Can a model that was trained on a normal class alone detect images of other classes, and "
        "does it beat PCA and k-NN?"
    )
)

selection = choose(dataset)
if not detection.usable(selection):
    st.stop()

detection.evaluate(selection)
for_readers(
    _(
        "Notice: mean brightness works where anomalies happen to be brighter, and fails elsewhere. "
        "At a low prevalence, even a detector with a high AUROC raises more false positives than "
        "true positives. Missed anomalies often look normal to us as well."
    )
)

st.subheader(_("Score of a single image"))
images = image_sets.images(dataset)
with st.container(horizontal=True, vertical_alignment="top", gap="small"):
    pixels = source_image(lambda number: images.pixels[number], len(images.pixels))
if pixels is None:
    st.info(_("Draw or upload an image; its score appears here."))
else:
    single_image.show(selection, pixels)

with aside("study"):
    st.subheader(_("AUROC on the whole test split"))
    detection.study_figures(dataset)
for_readers(
    _(
        "Applications: quality inspection, payments, medical scans. Anomalies are rare and of "
        "kinds that are not known beforehand, but normal examples to train on are plentiful."
    )
)
