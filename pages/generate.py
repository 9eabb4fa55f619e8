"""Generate: images of the classes you ask for, in the style you ask for."""

import streamlit as st

from ui import controls, generating
from ui.language import _

dataset = controls.dataset()

st.title(_("Generate"))
st.markdown(
    _(
        "The decoder of a conditional VAE takes a label and a style, and draws the one in the "
        "other. Does it give what was asked for, and is it new?"
    )
)

with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
    labels = generating.choose_labels(dataset)
    st.button(_("All ten"), on_click=generating.choose_all, args=(dataset,), key="all")
    count = st.slider(_("How many styles"), 1, 100, 3, key="styles", bind="query-params")
    temperature = st.slider(
        _("Temperature"),
        0.0,
        2.0,
        1.0,
        0.05,
        key="temperature",
        bind="query-params",
        help=_("Spread of the styles: 0 is the middle one, 1 is as learned."),
    )
styles = generating.choose_styles(dataset, count)

if not labels or styles is None:
    st.info(_("Choose labels and a style; the images appear here."))
    st.stop()

generated = generating.compute(dataset, labels, styles, temperature)
with st.container(horizontal=True, gap="medium"):
    real = st.toggle(_("Real ones beside"), key="real", bind="query-params")
    copying = st.toggle(
        _("Is it copying?"),
        key="nearest",
        bind="query-params",
        help=_("Shows the nearest training picture under each generated one."),
    )
generating.sheet(dataset, generated, real=real, copying=copying)
generating.take_away(dataset, generated)
generating.figures(dataset)
st.caption(
    _(
        "Notice: a row keeps its handwriting from label to label. Above temperature 1 the styles "
        "are rarer than any that were learned from, and the judge begins to doubt."
    )
)
