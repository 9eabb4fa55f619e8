"""Train: how does a network learn, batch by batch, and what prevents it from learning?"""

import streamlit as st

from ui.base.language import _
from ui.views.train import choices as train_choices
from ui.views.train import live

st.title(_("Train one"))
st.markdown(
    _(
        "A network of your choice, trained live: which settings make it learn, and how do others "
        "fail?"
    )
)

preset = train_choices.choose_preset()
choices = train_choices.choose()
live.training_now(choices, _(preset.notice))
st.caption(live.origin_caption(choices))
