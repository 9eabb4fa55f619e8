"""Few labels: how far do a few labels go, on pixels and on codes that were learnt without any?"""

import streamlit as st

from ae_models.card import CheckpointError
from ae_models.tasks.few_labels import Curves
from ui import controls, labelling, one_draw
from ui.cached import few_labels as remembered
from ui.language import _, said
from ui.presenting import for_readers

dataset = controls.dataset()

st.title(_("Few labels"))
st.markdown(
    _(
        "Images are plenty, labels cost somebody's time. How much is told right after ten labels, "
        "a hundred, a thousand, and how much does it help to have looked at images without any?"
    )
)

ways = labelling.choose_ways()
curves: Curves | None = None
try:
    curves = remembered.curves(dataset)
except CheckpointError as error:
    st.warning(said(error))
if curves is not None:
    labelling.accuracy_curves(curves, ways)
    for_readers(
        _(
            "Notice: grey is what pixels alone give. The fewer the labels, the more it helps to "
            "let them spread from picture to picture that look alike; with many labels all come "
            "together."
        )
    )

st.subheader(_("One draw, learnt from now"))
one_draw.live(dataset, ways, curves)
for_readers(
    _(
        "In use: where an expert's hour is dear, as with medical images or rare defects, a few "
        "cases are labelled and the many that lie in the archive show which belong together."
    )
)
