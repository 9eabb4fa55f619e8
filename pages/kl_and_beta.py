"""KL and beta: what does the weight of the KL divergence change in a VAE?"""

import streamlit as st

from ui.base.language import _
from ui.base.presentation_mode import for_readers
from ui.views.kl_and_beta import view
from ui.widgets import controls, image_selection
from ui.widgets.available_models import usable
from ui.widgets.image_input import picks

dataset = controls.dataset()

st.title(_("KL and beta"))
st.markdown(
    _(
        "In the loss of a VAE, beta is the weight of the KL divergence of its code from the "
        "prior. What does a small weight gain, and what does a large one lose?"
    )
)

with st.expander(_("Images"), icon=":material/tune:", expanded=not picks()):
    chosen = image_selection.choose(dataset, most=12, default=10)
names = usable(dataset, view.NAMES)

if chosen is None:
    st.info(_("Draw something or upload an image; its latent traversal appears here."))
    st.stop()
if not names:
    st.stop()

view.traversal(dataset, names, chosen)
for_readers(
    _(
        "Notice: a dimension with little KL hardly varies between images, and traversing it "
        "changes nothing. The larger beta is, the fewer dimensions stay active."
    )
)

st.subheader(_("Prior samples"))
view.samples(dataset, names)
for_readers(
    _(
        "Notice: samples are drawn from the prior. The smaller beta is, the more the codes "
        "of images may deviate from the prior, and a sample may fall where no code of an "
        "image lies."
    )
)

st.subheader(_("Reconstructions"))
view.sheet(dataset, names, chosen)
view.loss_bars(dataset, names)
for_readers(
    _(
        "Notice: a smaller KL comes with a larger reconstruction error. Their sum is "
        "smallest for beta = 1, which was trained on it: an upper bound on the negative "
        "log-likelihood of the images."
    )
)
