"""Few labels: how far do a few labels go, on pixels and on codes that were learnt without any?"""

import streamlit as st

from ae_models.artifacts.card import CheckpointError
from ae_models.tasks.few_labels.methods import Curves
from ui.base.language import _, said
from ui.base.presentation_mode import for_readers
from ui.views.few_labels import cache as remembered
from ui.views.few_labels import curves as few_labels_curves
from ui.views.few_labels import live_split
from ui.widgets import controls

dataset = controls.dataset()

st.title(_("Few labels"))
st.markdown(
    _(
        "Images are plenty, labels cost somebody's time. How much is told right after ten labels, "
        "a hundred, a thousand, and how much does it help to have looked at images without any?"
    )
)

ways = few_labels_curves.choose_ways()
curves: Curves | None = None
try:
    curves = remembered.curves(dataset)
except CheckpointError as error:
    st.warning(said(error))
if curves is not None:
    few_labels_curves.accuracy_curves(curves, ways)
    for_readers(
        _(
            "Notice: grey is what pixels alone give. The fewer the labels, the more it helps to "
            "let them spread from picture to picture that look alike; with many labels all come "
            "together."
        )
    )

st.subheader(_("One draw, learnt from now"))
live_split.live(dataset, ways, curves)
for_readers(
    _(
        "In use: where an expert's hour is dear, as with medical images or rare defects, a few "
        "cases are labelled and the many that lie in the archive show which belong together."
    )
)
