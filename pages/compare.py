"""Compare: reconstructions of the same images by several variants, with error measures."""

import streamlit as st

from ui.base.language import _
from ui.base.presentation_mode import aside, for_readers
from ui.cache import models
from ui.views.compare import view
from ui.widgets import controls, image_selection, model_card
from ui.widgets.available_models import usable
from ui.widgets.image_input import picks

dataset = controls.dataset()

st.title(_("Compare"))
st.markdown(
    _(
        "The same images and the same measures for every variant: what does each preserve, and "
        "what does it lose?"
    )
)

available = models.available(dataset, "reconstructs")
with st.expander(_("Images and variants"), icon=":material/tune:", expanded=not picks()):
    chosen = image_selection.choose(dataset, default=8)
    names = controls.variants(models.by_family(dataset, available), controls.SIX)
    with_errors = st.toggle(_("Error maps"), value=True, key="errors", bind="query-params")
names = usable(dataset, names)

if chosen is None:
    st.info(_("Draw something or upload an image; its reconstructions appear here."))
    st.stop()
if not names:
    st.info(_("Choose at least one variant."))
    st.stop()

result = view.compute(dataset, chosen, names)
view.sheet(dataset, chosen, result, with_errors)
with aside("table"):
    view.table(dataset, chosen, result)
for_readers(
    _(
        "Notice: PCA is a strong linear baseline. Another variant is worth its cost if its "
        "error is smaller at the same latent dimension, or if it can do what PCA cannot."
    )
)

with aside("closely"):
    st.subheader(_("One variant in detail"))
    name = model_card.choose_card(models.with_card(dataset))
    shown = models.card_of(dataset, name)
    with model_card.card_and_curves(shown):
        model_card.structure(shown)
    if name in available:
        view.worst(dataset, name)
