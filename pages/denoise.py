"""Denoise: how well does each model restore corrupted images, beside classical methods?"""

import streamlit as st

from ui.base.language import _
from ui.base.presentation_mode import aside, for_readers
from ui.views.denoise import (
    deblurring,
    inpainting,
    noise,
    segmentation,
    strength_matrix,
    super_resolution,
)
from ui.widgets import controls, image_selection
from ui.widgets.available_models import usable
from ui.widgets.image_input import picks

dataset = controls.dataset()

st.title(_("Denoise"))
st.markdown(
    _(
        "Corrupt images with noise, hide parts of them, reduce their resolution, blur them, "
        "or overlay digits on clothes. Which model restores them, and does it beat the best "
        "classical method?"
    )
)

tasks = {
    "noise": _("Denoising"),
    "missing": _("Inpainting"),
    "enlarge": _("Super-resolution"),
    "deblur": _("Deblurring"),
    "segment": _("Segmentation"),
}
task = controls.choice(_("Task"), tasks, "damage")
with st.expander(_("Images and variants"), icon=":material/tune:", expanded=not picks()):
    chosen = image_selection.choose(dataset)
    names = noise.choose_variants(dataset) if task == "noise" else []

if chosen is None:
    st.info(_("Draw something or upload an image; its corrupted copies appear here."))
elif task == "missing":
    inpainting.show(dataset, chosen)
    for_readers(
        _(
            "Notice: the biharmonic equation interpolates smoothly, and PCA gives the linear "
            "least-squares estimate, which is blurred. Models that have learnt shapes "
            "complete a stroke, but may complete it wrongly."
        )
    )
elif task == "enlarge":
    super_resolution.show(dataset, chosen)
    for_readers(
        _(
            "Notice: interpolation adds no detail. The U-Net has learnt the distribution of "
            "digits or clothes and adds edges that are plausible given the small image, but "
            "not observed in it."
        )
    )
elif task == "deblur":
    deblurring.show(dataset, chosen)
    for_readers(
        _(
            "Notice: with a known PSF and without noise, deconvolution needs no learning. "
            "Add a little noise after the blur and compare how well each method preserves "
            "the edges."
        )
    )
elif task == "segment":
    segmentation.show(dataset, chosen)
    for_readers(
        _(
            "Notice: a threshold uses brightness alone, so folds and seams are marked as "
            "well. The U-Net detects strokes, lighter or darker than the cloth, and misses "
            "them only where their contrast is below that of the texture."
        )
    )
else:
    noise.show(dataset, chosen, usable(dataset, names))
    for_readers(
        _(
            "Notice: a model trained on one strength is best near it (★), at the cost of a "
            "larger error on clean images. The U-Net was trained on every corruption and "
            "avoids this trade-off."
        )
    )
    with aside("matrix"):
        strength_matrix.show(dataset)
for_readers(
    _(
        "Applications: denoising of low-dose medical images, restoration of old photographs, "
        "sharpening of satellite images, and segmentation of cracks or tumours in inspection "
        "and diagnosis."
    )
)
