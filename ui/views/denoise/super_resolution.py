"""Super-resolution on the Denoise page: blind restoration beside classical interpolation."""

import streamlit as st

from ae_models.images import corruptions, resizing
from ae_models.tasks.restoration.study import Case
from ui.base.language import _
from ui.views.denoise import results
from ui.widgets import controls
from ui.widgets.image_selection import SelectedImages, measured_on

SIZES = {"14": "14×14", "7": "7×7"}


@st.fragment
def show(dataset: str, chosen: SelectedImages) -> None:
    """The control for the input size, then a row per method."""
    size = controls.choice(_("Input size"), SIZES, "given")
    small = corruptions.reduced(chosen.x, int(size))
    corrupted = corruptions.enlarged(small)
    answers = results.blind(dataset, corrupted)
    for name, enlarge in resizing.ENLARGERS.items():
        if name != "nearest":  # the input itself
            answers[_(name)] = enlarge(small)
    given = _("{size}, nearest").format(size=SIZES[size])
    results.show(chosen, given, corrupted, answers, key="enlarged", reference_name=given)
    st.caption(measured_on(chosen, dataset))
    results.of_test_split(dataset, Case("low resolution", 1 - int(size) / resizing.SIDE))
