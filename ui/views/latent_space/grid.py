"""Two-dimensional codes: any position of the map decoded, whether or not a code lies there."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from ae_models import datasets
from ui.base.language import _
from ui.browser_inference.browser_model import browser_model, note
from ui.browser_inference.latent_traversal import Handle, latent_traversal
from ui.browser_inference.live_control import Stops, moved
from ui.cache import latent
from ui.components.picture_sheet import Row, picture_sheet
from ui.components.plot_marks import Mark, placed, plot_marks
from ui.plots.latent_scatter import Background
from ui.views.latent_space.latent_map import CHART, Pair, Space, decode, given, latent_shape

PLACE = "latent_place"
HANDLE = "latent_handle"
STOPS = Stops(limit=1_000.0, step=0.01, key_step=0.1)  # the limit is beyond any code


def choose_background(space: Space) -> Background | None:
    """The grid of decoded positions behind the points, for two-dimensional codes."""
    if space.axes != "code" or space.conditional:
        return None
    shown = st.toggle(_("Decoded grid"), value=True, key="grid", bind="query-params")
    return latent.decoded_places(space.dataset, space.name) if shown else None


@st.fragment
def place(space: Space, pair: Pair) -> None:
    """One position of the plane, chosen on the map or by its coordinates."""
    answer = browser_model(space.dataset, space.name, "decode")
    st.caption(
        _("Drag the handle on the map, or click anywhere, to decode that position.")
        if answer.model
        else _("Click anywhere on the map, also between the points, to decode that position.")
    )
    with st.container(horizontal=True, gap="small"):
        picture = st.container(width=112)
        with st.container(horizontal=True, width="stretch", gap="small"):
            names = _("Dimension 1"), _("Dimension 2")
            x, y = _coordinate("x", names[0]), _coordinate("y", names[1])
    z = np.array([[x, y]], np.float32)
    with picture:
        pixels = datasets.to_pixels(decode(space, z, [pair.a]))
        picture_sheet(
            [Row(_("Decoded position"), pixels, note=given(space))], key="place", largest=112
        )
    if answer.model is None:
        note(answer)
        plot_marks(CHART, [Mark(x, y, "×")], key=PLACE, on_place=_take)
        return
    latent_traversal(
        HANDLE,
        answer.model,
        sheet="place",
        origin=np.zeros(2, np.float32),
        directions=np.eye(2, dtype=np.float32),
        values=(x, y),
        stops=STOPS,
        on_move=_take_moved,
        shape=latent_shape(space),
        label=int(space.images.labels[pair.a]) if space.conditional else None,
        handle=Handle(CHART, (0.0, 0.0), (1.0, 1.0), names, anywhere=True),
    )


def _coordinate(key: str, label: str) -> float:
    limit, step = STOPS.limit, STOPS.key_step
    return float(
        st.number_input(
            label, -limit, limit, 0.0, step, format="%.2f", key=key, width=130, bind="query-params"
        )
    )


def _take() -> None:
    """Puts the position of a click into both coordinates."""
    _put(placed(st.session_state.get(PLACE), STOPS.limit))


def _take_moved() -> None:
    """Puts the position of the handle into both coordinates."""
    _put(moved(st.session_state.get(HANDLE), 2, STOPS))


def _put(position: Sequence[float] | None) -> None:
    if position is not None:
        st.session_state["x"], st.session_state["y"] = (round(value, 2) for value in position)
