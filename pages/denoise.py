"""Denoise: who gets damaged images clean again, and how clean?"""

import streamlit as st

from ui import cached, controls, denoising, subject
from ui.language import _
from ui.source import own_wanted
from ui.usable import usable

dataset = controls.dataset()

st.title(_("Denoise"))
st.markdown(
    _("Put noise on images. Which autoencoder gets them clean, and does it beat a plain filter?")
)

with st.expander(_("Images and variants"), icon=":material/tune:", expanded=own_wanted()):
    chosen = subject.choose(dataset)
    names = controls.variants(
        cached.names(dataset, "reconstructs"),
        default=["pca-32", "undercomplete", "denoising", "conv"],
    )
names = usable(dataset, names)

if chosen is None:
    st.info(_("Draw something or upload a picture; its noisy copies appear here."))
    st.stop()


@st.fragment
def sheet_and_charts(chosen: subject.Subject) -> None:
    """What the sliders change, and nothing else."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        noise = denoising.choose_noise()
        strength = denoising.choose_strength()
        seed = controls.seed()
    result = denoising.compute(dataset, chosen, noise, strength, seed, names)
    denoising.sheet(dataset, chosen, result)
    denoising.bars(result)
    denoising.curve(dataset, chosen, noise, strength, seed, names)
    st.caption(denoising.measured_on(chosen, dataset))


sheet_and_charts(chosen)
st.caption(
    _(
        "Notice: a model trained on noise leads near the strength it was trained at (★), and "
        "gives that up on clean images. PSNR and SSIM do not always agree."
    )
)
