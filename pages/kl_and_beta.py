"""KL and beta: what does a VAE's code cost, and what does the price do to it?"""

import streamlit as st

from ui.base.language import _
from ui.base.presentation_mode import for_readers
from ui.views.kl_and_beta import view
from ui.widgets import controls, image_selection
from ui.widgets.available_models import usable
from ui.widgets.image_input import own_wanted

dataset = controls.dataset()

st.title(_("KL and beta"))
st.markdown(
    _(
        "A VAE pays for every nat of information in its code, and beta is the price. What does "
        "a low price buy, and what does a high one leave unsaid?"
    )
)

with st.expander(_("Images"), icon=":material/tune:", expanded=own_wanted()):
    chosen = image_selection.choose(dataset, most=12, default=10)
names = usable(dataset, view.NAMES)

if chosen is None:
    st.info(_("Draw something or upload a picture; its code is walked through here."))
    st.stop()
if not names:
    st.stop()

view.walk(dataset, names, chosen)
for_readers(
    _(
        "Notice: a dimension with little KL is one that no image moves, and walking it changes "
        "nothing. The higher the price, the fewer dimensions a model keeps."
    )
)

st.subheader(_("Invented"))
view.samples(dataset, names)
for_readers(
    _(
        "Notice: draws come from the prior. The lower the price, the freer the codes of images "
        "are to leave it, and then a draw may land where no image has been."
    )
)

st.subheader(_("Reconstructed"))
view.sheet(dataset, names, chosen)
view.costs(dataset, names)
for_readers(
    _(
        "Notice: what is saved in KL is paid in reconstruction. The sum is smallest where it "
        "is what was trained on: a bound on how surprising the images are to the model."
    )
)
