"""Few labels: the accuracy of classifiers with few labels, on pixels and on learned codes."""

import streamlit as st

from ae_models.artifacts.card import CheckpointError
from ae_models.tasks.few_labels.methods import Curves
from ui.base.language import _, said
from ui.base.presentation_mode import for_readers
from ui.views.few_labels import cache, live_split
from ui.views.few_labels import curves as few_labels_curves
from ui.widgets import controls

dataset = controls.dataset()

st.title(_("Few labels"))
st.markdown(
    _(
        "Images are plentiful, labels are expensive. How accurate is a classifier with ten labels, "
        "a hundred, a thousand, and how much do features learned from unlabelled images help?"
    )
)

methods = few_labels_curves.choose_methods()
curves: Curves | None = None
try:
    curves = cache.curves(dataset)
except CheckpointError as error:
    st.warning(said(error))
if curves is not None:
    few_labels_curves.accuracy_curves(curves, methods)
    for_readers(
        _(
            "Notice: grey lines are classifiers on pixels alone. The fewer the labels, the more "
            "label spreading over the unlabelled pool helps; with many labels all methods converge."
        )
    )

st.subheader(_("One split, fitted live"))
live_split.show(dataset, methods, curves)
for_readers(
    _(
        "Applications: where labels need an expert, as with medical images or rare defects, a few "
        "cases are labelled and the unlabelled archive supplies the structure."
    )
)
