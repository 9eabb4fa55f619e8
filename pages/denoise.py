"""Denoise: who gets damaged images whole again, and how well?"""

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
from ui.widgets.image_input import own_wanted

dataset = controls.dataset()

st.title(_("Denoise"))
st.markdown(
    _(
        "Put noise on images, hide parts of them, shrink or blur them, or lay digits on cloth. "
        "Which net gets them whole, and does it beat the best classical method?"
    )
)

damages = {
    "noise": _("Noise"),
    "missing": _("Missing parts"),
    "enlarge": _("Enlarge"),
    "deblur": _("Deblur"),
    "segment": _("Segment"),
}
damage = controls.choice(_("Task"), damages, "damage")
with st.expander(_("Images and variants"), icon=":material/tune:", expanded=own_wanted()):
    chosen = image_selection.choose(dataset)
    names = noise.choose_variants(dataset) if damage == "noise" else []

if chosen is None:
    st.info(_("Draw something or upload a picture; its damaged copies appear here."))
elif damage == "missing":
    inpainting.show(dataset, chosen)
    for_readers(
        _(
            "Notice: the equation only smooths, and PCA guesses a blurred average. Whoever has "
            "learnt shapes draws a stroke to its end, and may be wrong with confidence."
        )
    )
elif damage == "enlarge":
    super_resolution.show(dataset, chosen)
    for_readers(
        _(
            "Notice: a filter spreads what is there. The net knows what digits or clothes look "
            "like and adds edges that the small picture only hints at; they are likely, not seen."
        )
    )
elif damage == "deblur":
    deblurring.show(dataset, chosen)
    for_readers(
        _(
            "Notice: told the exact blur, and without noise, deconvolution needs no learning. "
            "Add a little noise after the blur, and see who keeps the edges."
        )
    )
elif damage == "segment":
    segmentation.show(dataset, chosen)
    for_readers(
        _(
            "Notice: a threshold knows brightness alone, so folds and seams count as ink. The net "
            "looks for strokes, light or dark, and loses them only where the ink is fainter than "
            "the weave."
        )
    )
else:
    noise.show(dataset, chosen, usable(dataset, names))
    for_readers(
        _(
            "Notice: a model trained on one strength is at its best near it (★), and gives up "
            "clean images for it. The U-Net was trained on every damage, and need not choose."
        )
    )
    with aside("matrix"):
        strength_matrix.show(dataset)
for_readers(
    _(
        "In use: cleaning low-dose medical images, mending old photographs, sharpening satellite "
        "pictures, and marking cracks or tumours in inspection and diagnosis."
    )
)
