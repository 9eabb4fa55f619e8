"""Latent space: which images lie close together, and what lies between them?"""

import streamlit as st

from ui.base.language import _
from ui.base.presentation_mode import aside, for_readers
from ui.cache import models
from ui.views.latent_space import grid, latent_map, traversal
from ui.widgets import controls

dataset = controls.dataset()

st.title(_("Latent space"))
st.markdown(
    _("A code of a few numbers stands for each image. Who lives next to whom, and who in between?")
)

names = models.available(dataset, "codes")
if not names:
    st.info(_("There is no model with a code for this data set yet."))
    st.stop()

with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
    name = controls.choose_model(names)
    axes = latent_map.choose_axes(dataset, name)
    space = latent_map.open_space(dataset, name, axes)
    ids = latent_map.choose_points(space)
    under = grid.choose_background(space)

left, right = st.columns([3, 2], gap="large")
with left:
    latent_map.scatter(space, ids, under)
    st.caption(latent_map.on_the_map(axes))
with right:
    st.caption(_("Click a point to make it A; the last A becomes B."))
    pair = latent_map.choose_pair(space)
    latent_map.pair_sheet(space, pair)
    if axes == "code":
        grid.place(space, pair)
    traversal.walk(space, pair)

st.subheader(_("From A to B"))
traversal.strip(space, pair)
for_readers(
    _(
        "Notice: where classes touch on the map, images between them look like both. A model "
        "whose codes leave gaps decodes the middle of the way to something that is no image."
    )
)
with aside("take_away"):
    traversal.take_away(space, ids, pair)
