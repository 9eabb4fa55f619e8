"""Two-dimensional codes: any position of the map decoded, whether or not a code lies there."""

import numpy as np
import streamlit as st

from ae_models import datasets
from ui.base.language import _
from ui.cache import latent
from ui.components.picture_sheet import Row, picture_sheet
from ui.components.plot_marks import Mark, placed, plot_marks
from ui.plots.latent_scatter import Background
from ui.views.latent_space.latent_map import CHART, Pair, Space, decode, given

PLACE = "latent_place"
REACH = 1_000.0  # larger than any coordinate of a code


def choose_background(space: Space) -> Background | None:
    """The grid of decoded positions behind the points, for two-dimensional codes."""
    if space.axes != "code" or space.conditional:
        return None
    shown = st.toggle(_("Decoded grid"), value=True, key="grid", bind="query-params")
    return latent.decoded_places(space.dataset, space.name) if shown else None


@st.fragment
def place(space: Space, pair: Pair) -> None:
    """One position of the plane, chosen by a click on the map or by its coordinates."""
    st.caption(_("Click anywhere on the map, also between the points, to decode that position."))
    with st.container(horizontal=True, gap="small"):
        picture = st.container(width=112)
        with st.container(horizontal=True, width="stretch", gap="small"):
            x, y = _coordinate("x", _("Dimension 1")), _coordinate("y", _("Dimension 2"))
    z = np.array([[x, y]], np.float32)
    with picture:
        pixels = datasets.to_pixels(decode(space, z, [pair.a]))
        picture_sheet(
            [Row(_("Decoded position"), pixels, note=given(space))], key="place", largest=112
        )
    plot_marks(CHART, [Mark(x, y, "×")], key=PLACE, on_place=_take)


def _coordinate(key: str, label: str) -> float:
    return float(
        st.number_input(
            label, -REACH, REACH, 0.0, 0.1, format="%.2f", key=key, width=130, bind="query-params"
        )
    )


def _take() -> None:
    """Puts the position of a click into both coordinates."""
    place = placed(st.session_state.get(PLACE), REACH)
    if place is not None:
        st.session_state["x"], st.session_state["y"] = (round(value, 2) for value in place)
