"""Marks and lines over a plotly chart, and the point or the place that is clicked.

They lie above the chart instead of in it: the chart is drawn once and keeps its zoom,
while marks follow a slider without sending thousands of points again.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from ui.components.register import register

_mount = register(__file__)


@dataclass(frozen=True)
class Mark:
    """A ring at (x, y) with one letter beside it; without a letter a filled diamond."""

    x: float
    y: float
    letter: str = ""


@dataclass(frozen=True)
class Line:
    """A line through points (x, y), dashed or not."""

    points: Sequence[tuple[float, float]]
    dashed: bool = False


def plot_marks(
    chart_key: str,
    marks: Sequence[Mark],
    lines: Sequence[Line] = (),
    *,
    key: str,
    on_click: Callable[[], None] | None = None,
    on_place: Callable[[], None] | None = None,
) -> None:
    """Draws over `st.plotly_chart(key=chart_key)`, of which there may be none yet.

    With `on_click`, a clicked point calls it before the next run; `clicked(key)` then
    gives the point's `customdata`. With `on_place`, any click on a chart with the layout
    `clickanywhere` calls it, and `placed(key)` gives its coordinates.
    """
    _mount(
        key=key,
        width="content",
        data={
            "chart": chart_key,
            "marks": [asdict(mark) for mark in marks],
            "lines": [asdict(line) for line in lines],
            "clickable": on_click is not None,
            "anywhere": on_place is not None,
        },
        on_click_change=on_click or _ignore,
        on_place_change=on_place or _ignore,
    )


def clicked(state: object, count: int) -> int | None:
    """The number below `count` that the browser sent in `st.session_state[key]`, or None."""
    number = getattr(state, "click", None)
    return number if type(number) is int and 0 <= number < count else None


def placed(state: object, reach: float) -> tuple[float, float] | None:
    """The place (x, y) that the browser sent in `st.session_state[key]`, or None.

    Both are finite and at most `reach` away from 0.
    """
    place = getattr(state, "place", None)
    if not isinstance(place, list) or len(place) != 2:
        return None
    if not all(type(value) in (int, float) and abs(value) <= reach for value in place):
        return None
    return float(place[0]), float(place[1])


def _ignore() -> None:
    """The component's event needs a callback to exist."""
