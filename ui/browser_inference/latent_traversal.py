"""A code moved along directions, decoded in the browser while a control moves.

Controls are sliders, a handle on the map of codes, or both. The picture is row 0 of a picture
sheet of the page, which the server has drawn for the values that it was told last.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ui.base.language import _
from ui.browser_inference.arrays import packed
from ui.browser_inference.browser_model import BrowserModel, client, note_failure
from ui.browser_inference.live_control import LIVE_SLIDER, Stops, failure, reported
from ui.components.register import register

_mount = register(__file__, "live_sheet.js", *LIVE_SLIDER, "plane_handle.js")
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Handle:
    """A handle on the chart `st.plotly_chart(key=chart)`, for the first two values.

    It lies at `base` where both are 0, and `scale` away for each of them that is 1.
    """

    chart: str
    base: tuple[float, float]
    scale: tuple[float, float]
    names: tuple[str, str]  # of the two values, for those who hear them
    anywhere: bool = False  # a click beside all points moves it there


def latent_traversal(
    key: str,
    model: BrowserModel,
    *,
    sheet: str,
    origin: Floats,
    directions: Floats,
    values: Sequence[float],
    stops: Stops,
    on_move: Callable[[], None],
    shape: Sequence[int] | None = None,
    label: int | None = None,
    sliders: Sequence[str] = (),
    handle: Handle | None = None,
) -> None:
    """Decodes `origin` (D,) + `values` (K,) @ `directions` (K, D) as they move.

    `shape` is that of a code where it is not flat, and `label` what a class-conditional model
    is given. `sliders` has a label for each value, or is empty. When a control is let go,
    `on_move` is called before the next run; `moved(st.session_state[key], …)` gives the values.
    Call it after the sheet, so that the sheet's picture is there when the values are.
    """
    state = st.session_state.get(key)
    _mount(
        key=key,
        data={
            "client": client(),
            "model": model,
            "sheet": sheet,
            "origin": packed(origin),
            "directions": packed(directions),
            "values": [float(value) for value in values],
            **stops.as_data(),
            "shape": list(shape or origin.shape),
            "label": label,
            "sliders": list(sliders),
            "unit": _("{value} standard deviations"),
            "handle": _as_data(handle),
            "seq": reported(state),
        },
        on_moved_change=on_move,
        on_failed_change=lambda: note_failure(failure(st.session_state.get(key)), model),
    )


def _as_data(handle: Handle | None) -> dict[str, object] | None:
    if handle is None:
        return None
    return {
        "chart": handle.chart,
        "base": list(handle.base),
        "scale": list(handle.scale),
        "names": list(handle.names),
        "anywhere": handle.anywhere,
        "name": _("Code on the map: drag it, or use the arrow keys"),
    }
