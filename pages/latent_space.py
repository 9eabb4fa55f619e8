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
    _(
        "Each test image has a latent code. Which images have similar codes, and what does the "
        "decoder generate between them?"
    )
)

names = models.available(dataset, "codes")
if not names:
    st.info(_("No model with a latent code has been trained for this data set yet."))
    st.stop()

with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
    name = controls.choose_model(names)
    axes = latent_map.choose_axes(dataset, name)
    space = latent_map.open_space(dataset, name, axes)
    ids = latent_map.choose_points(space)
    under = grid.choose_background(space)

left, right = st.columns([3, 2], gap="large")
with left:
    latent_map.scatter(space, ids, under)
    st.caption(latent_map.map_caption(space))
with right:
    st.caption(_("Click a point to select it as image A; the previous A becomes B."))
    pair = latent_map.choose_pair(space)
    latent_map.pair_sheet(space, pair)
    if axes == "code":
        grid.place(space, pair)
    traversal.sliders(space, pair)

st.subheader(_("Interpolation from A to B"))
traversal.interpolation_rows(space, pair)
for_readers(
    _(
        "Notice: where classes are adjacent on the map, codes between them decode to a mixture "
        "of both. If the codes leave gaps, the middle of the interpolation decodes to an image "
        "of no class."
    )
)
with aside("downloads"):
    traversal.download(space, ids, pair)
