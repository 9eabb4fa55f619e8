"""Learn: the field in short steps, each with a picture that is live."""

import streamlit as st

from ui.base.language import _, language
from ui.base.learn_steps import steps
from ui.base.pages import script
from ui.views.learn.illustrations import PICTURES
from ui.widgets import controls

dataset = controls.dataset()
path = {step.id: step for step in steps(language())}
order = list(path)

st.title(_("Learn"))
st.markdown(
    _("From one neuron to generated images: what does a network learn by reconstructing its input?")
)


def go(by: int) -> None:
    """To the next step or back to the one before."""
    here = order.index(st.session_state["step"])
    st.session_state["step"] = order[min(max(here + by, 0), len(order) - 1)]


with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
    titles = {name: path[name].title for name in order}
    chosen = controls.pick(_("Step"), titles, "step", width=320)
    here = order.index(chosen)
    st.button(_("Back"), on_click=go, args=(-1,), disabled=here == 0, key="back")
    st.button(_("Next"), on_click=go, args=(1,), disabled=here == len(order) - 1, key="next")
    st.caption(_("{here} of {all}").format(here=here + 1, all=len(order)))

step = path[chosen]
st.subheader(step.title)
st.markdown(step.text)
PICTURES[step.picture](dataset)

left, right = st.columns(2, gap="large")
with left, st.container(border=True, height="stretch"):
    st.markdown(_("**Try**"))
    st.markdown(step.try_.text)
    st.page_link(
        script(step.try_.page),
        label=_("Open the page"),
        icon=":material/arrow_forward:",
        query_params=step.try_.query,
    )
with right, st.container(border=True, height="stretch"):
    st.markdown(_("**Predict**"))
    st.markdown(step.question)
    with st.expander(_("Answer"), key=f"answer_{step.id}"):
        st.markdown(step.answer)
if step.maths:
    with st.expander(_("Formulas"), key=f"maths_{step.id}"):
        st.markdown(step.maths)
