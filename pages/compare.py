"""Compare: the same images through every variant, with errors and figures."""

import streamlit as st

from ui import cached, comparing, controls, subject
from ui.language import _
from ui.source import own_wanted
from ui.usable import usable

dataset = controls.dataset()

st.title(_("Compare"))
st.markdown(_("Same images, same measures: what does each variant keep, and what does it lose?"))

with st.expander(_("Images and variants"), icon=":material/tune:", expanded=own_wanted()):
    chosen = subject.choose(dataset, default=8)
    available = cached.names(dataset, "reconstructs")
    names = controls.variants(available, default=available[:6])
    with_errors = st.toggle(_("Error maps"), value=True, key="errors", bind="query-params")
names = usable(dataset, names)

if chosen is None:
    st.info(_("Draw something or upload a picture; its reconstructions appear here."))
    st.stop()
if not names:
    st.info(_("Choose at least one variant."))
    st.stop()

result = comparing.compute(dataset, chosen, names)
comparing.sheet(dataset, chosen, result, with_errors)
comparing.table(dataset, chosen, result)
st.caption(
    _(
        "Notice: PCA is no straw man. A variant earns its place by a smaller error at the same "
        "code size, or by something that PCA cannot do at all."
    )
)

st.subheader(_("One variant, closely"))
name = controls.choice(_("Read the card of"), {n: n for n in available}, "card")
left, right = st.columns(2, gap="large")
with left:
    comparing.card(dataset, name)
with right:
    comparing.structure(dataset, name)
comparing.worst(dataset, name)
