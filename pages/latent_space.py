"""Latent space: which images lie close together, and what lies between them?"""

import streamlit as st

from ui import cached, controls, latent, latent_plane, latent_walk
from ui.language import _
from ui.presenting import aside, for_readers

dataset = controls.dataset()

st.title(_("Latent space"))
st.markdown(
    _("A code of a few numbers stands for each image. Who lives next to whom, and who in between?")
)

names = cached.names(dataset, "codes")
if not names:
    st.info(_("There is no model with a code for this data set yet."))
    st.stop()

with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
    name = latent.choose_model(names)
    axes = latent.choose_axes(dataset, name)
    space = latent.open_space(dataset, name, axes)
    ids = latent.choose_points(space)
    under = latent_plane.choose_background(space)

left, right = st.columns([3, 2], gap="large")
with left:
    latent.scatter(space, ids, under)
    st.caption(latent.on_the_map(axes))
with right:
    st.caption(_("Click a point to make it A; the last A becomes B."))
    pair = latent.choose_pair(space)
    latent.pair_sheet(space, pair)
    if axes == "code":
        latent_plane.place(space, pair)
    latent_walk.walk(space, pair)

st.subheader(_("From A to B"))
latent_walk.strip(space, pair)
for_readers(
    _(
        "Notice: where classes touch on the map, images between them look like both. A model "
        "whose codes leave gaps decodes the middle of the way to something that is no image."
    )
)
with aside("take_away"):
    latent_walk.take_away(space, ids, pair)
