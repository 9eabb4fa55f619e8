"""Train one: what does a network learn, batch by batch, and what keeps it from learning?"""

import streamlit as st

from ui import training, training_live
from ui.language import _

st.title(_("Train one"))
st.markdown(
    _(
        "A network of your choice, trained before your eyes: which settings make it learn, and "
        "what goes wrong with others?"
    )
)

story = training.choose_story()
choices = training.choose()
training_live.training_now(choices, _(story.notice))
st.caption(training_live.said_of_pictures(choices))
