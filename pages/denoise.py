"""Denoise: who gets damaged images whole again, and how well?"""

import streamlit as st

from ui import controls, denoising, matrix, missing, subject
from ui.language import _
from ui.source import own_wanted
from ui.usable import usable

dataset = controls.dataset()

st.title(_("Denoise"))
st.markdown(
    _(
        "Put noise on images, or hide parts of them. Which autoencoder gets them whole, and does "
        "it beat a plain filter?"
    )
)

damage = denoising.choose_damage()
with st.expander(_("Images and variants"), icon=":material/tune:", expanded=own_wanted()):
    chosen = subject.choose(dataset)
    names = denoising.choose_variants(dataset) if damage == "noise" else []

if chosen is None:
    st.info(_("Draw something or upload a picture; its damaged copies appear here."))
elif damage == "missing":
    missing.show(dataset, chosen)
    st.caption(
        _(
            "Notice: the equation only smooths, and PCA guesses a blurred average. Whoever has "
            "learnt shapes draws a stroke to its end, and may be wrong with confidence."
        )
    )
else:
    denoising.show(dataset, chosen, usable(dataset, names))
    st.caption(
        _(
            "Notice: a model trained on noise leads near the strength it was trained at (★), and "
            "gives that up on clean images. PSNR and SSIM do not always agree."
        )
    )
    matrix.show(dataset)
