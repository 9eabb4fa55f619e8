"""The Denoise page's pieces where pictures are blurred: who finds the edges again?"""

import streamlit as st

from ae_models.images import corruptions
from ae_models.images.deconvolution import NEEDS_PSF, SHARPENERS
from ae_models.tasks.restoration import methods
from ae_models.tasks.restoration.study import Case
from ui.base.language import _
from ui.views.denoise import results
from ui.widgets import controls
from ui.widgets.image_selection import Subject, measured_on


@st.fragment
def show(dataset: str, chosen: Subject) -> None:
    """How wide the blur is, what noise came after it, and a row a method."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        sigma = st.slider(
            _("Blur, in pixels"),
            0.25,
            2.0,
            1.0,
            0.25,
            key="sigma",
            bind="query-params",
            help=_("Standard deviation of the Gaussian that every pixel is spread over."),
        )
        grain = st.slider(
            _("Noise after it"), 0.0, 0.2, 0.0, 0.02, key="grain", bind="query-params"
        )
        seed = controls.seed()
    blurred = corruptions.blurred(chosen.x, sigma)
    damaged = methods.damage(blurred, "Gaussian", grain, seed)
    answers = results.blind(dataset, damaged)
    for name, sharpen in SHARPENERS.items():
        told = _("{name}, told the blur").format(name=_(name)) if name in NEEDS_PSF else _(name)
        answers[told] = sharpen(damaged, sigma)
    results.show(chosen, _("Blurred"), damaged, answers, "deblurred", _("as given"))
    st.caption(measured_on(chosen, dataset))
    if not grain:
        results.of_test_split(dataset, Case("blur", sigma))
