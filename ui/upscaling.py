"""The Denoise page's pieces where pictures are too small: who knows what lay between the pixels?"""

import streamlit as st

from ae_models.images import damages, resizing
from ui import controls, restored
from ui.language import _
from ui.subject import Subject, measured_on

SIZES = {"14": "14×14", "7": "7×7"}


@st.fragment
def show(dataset: str, chosen: Subject) -> None:
    """The size that is given, and a row a method."""
    size = controls.choice(_("Given"), SIZES, "given")
    small = damages.reduced(chosen.x, int(size))
    damaged = damages.enlarged(small)
    answers = restored.blind(dataset, damaged)
    for name, enlarge in resizing.ENLARGERS.items():
        if name != "nearest":  # it is what is given, as blocks
            answers[_(name)] = enlarge(small)
    given = _("{size}, nearest").format(size=SIZES[size])
    restored.show(chosen, given, damaged, answers, key="enlarged", reference_name=given)
    st.caption(measured_on(chosen, dataset))
    restored.of_test_split(dataset, f"low resolution {1 - int(size) / resizing.SIDE:g}")
