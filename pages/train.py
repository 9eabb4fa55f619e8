"""Train one: what does a network learn, batch by batch, and what keeps it from learning?"""

import streamlit as st

from ui.base.language import _
from ui.views.train import choices as train_choices
from ui.views.train import live

st.title(_("Train one"))
st.markdown(
    _(
        "A network of your choice, trained before your eyes: which settings make it learn, and "
        "what goes wrong with others?"
    )
)

story = train_choices.choose_story()
choices = train_choices.choose()
live.training_now(choices, _(story.notice))
st.caption(live.said_of_pictures(choices))
