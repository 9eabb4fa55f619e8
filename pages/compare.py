"""Compare: the same images through every variant, with errors and figures."""

import streamlit as st

from ui import cached, card_reading, comparing, controls, subject
from ui.language import _
from ui.presenting import aside, for_readers
from ui.source import own_wanted
from ui.usable import usable

dataset = controls.dataset()

st.title(_("Compare"))
st.markdown(_("Same images, same measures: what does each variant keep, and what does it lose?"))

available = cached.names(dataset, "reconstructs")
with st.expander(_("Images and variants"), icon=":material/tune:", expanded=own_wanted()):
    chosen = subject.choose(dataset, default=8)
    names = controls.variants(cached.by_family(dataset, available), controls.SIX)
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
with aside("table"):
    comparing.table(dataset, chosen, result)
for_readers(
    _(
        "Notice: PCA is no straw man. A variant earns its place by a smaller error at the same "
        "code size, or by something that PCA cannot do at all."
    )
)

with aside("closely"):
    st.subheader(_("One variant, closely"))
    name = card_reading.choose_card(cached.cards(dataset))
    shown = cached.card_of(dataset, name)
    with card_reading.card_and_curves(shown):
        card_reading.structure(shown)
    if name in available:
        comparing.worst(dataset, name)
