"""Deblurring on the Denoise page: blind restoration beside classical deconvolution."""

import streamlit as st

from ae_models.images import corruptions
from ae_models.images.deconvolution import NEEDS_PSF, SHARPENERS
from ae_models.tasks.restoration import methods
from ae_models.tasks.restoration.study import Case
from ui.base.language import _
from ui.views.denoise import results
from ui.widgets import controls
from ui.widgets.image_selection import SelectedImages, measured_on


@st.fragment
def show(dataset: str, chosen: SelectedImages) -> None:
    """Controls for the blur and the noise after it, then a row per method."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        sigma = st.slider(
            _("Blur sigma, in pixels"),
            0.25,
            2.0,
            1.0,
            0.25,
            key="sigma",
            bind="query-params",
            help=_("Standard deviation of the Gaussian point spread function (PSF)."),
        )
        grain = st.slider(
            _("Noise after the blur"),
            0.0,
            0.2,
            0.0,
            0.02,
            key="grain",
            bind="query-params",
            help=_("Standard deviation of the Gaussian noise added to the blurred image."),
        )
        seed = controls.seed()
    blurred = corruptions.blurred(chosen.x, sigma)
    corrupted = methods.corrupt(blurred, "Gaussian", grain, seed)
    answers = results.blind(dataset, corrupted)
    for name, sharpen in SHARPENERS.items():
        label = _("{name}, known PSF").format(name=_(name)) if name in NEEDS_PSF else _(name)
        answers[label] = sharpen(corrupted, sigma)
    results.show(chosen, _("Blurred"), corrupted, answers, "deblurred", _("corrupted input"))
    st.caption(measured_on(chosen, dataset))
    if not grain:
        results.of_test_split(dataset, Case("blur", sigma))
