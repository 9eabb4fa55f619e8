"""Arrays in, plotly figures out; no torch and no streamlit here.

Figures leave colours of text, axes and ground to the theme that the page shows them
in, so that one figure serves light and dark.
"""

from collections.abc import Mapping, Sequence

import numpy as np

# Plotly looks into a pandas that another visitor's page may be half-way through importing,
# and fails there; imported before plotly, it is whole.
import pandas  # noqa: F401
import plotly.graph_objects as go
from numpy.typing import NDArray

# Ten colours that colour-blind people can tell apart (after Paul Tol's schemes), of
# middling lightness so that they hold on light and dark ground, and ten shapes beside.
CLASS_COLOURS = (
    "#4477AA",
    "#EE6677",
    "#228833",
    "#CCBB44",
    "#66CCEE",
    "#AA3377",
    "#EE7733",
    "#009988",
    "#999999",
    "#8877DD",
)
CLASS_SYMBOLS = (
    "circle",
    "square",
    "diamond",
    "cross",
    "x",
    "triangle-up",
    "triangle-down",
    "pentagon",
    "hexagon",
    "star",
)
DASHES = ("solid", "dash", "dot", "dashdot")
PALE = ("#EEF3F8", "#77AADD")  # low to high, with DARK to be read on both
DARK = "#10181c"
MARGIN = {"l": 8, "r": 8, "t": 8, "b": 8}


def code_bars(z: NDArray[np.floating], title: str) -> go.Figure:
    """A code (D,) as one bar per dimension, above and below zero."""
    figure = go.Figure(
        go.Bar(
            x=np.arange(1, len(z) + 1),
            y=z,
            marker_color=np.where(z >= 0, CLASS_COLOURS[0], CLASS_COLOURS[6]),
            hovertemplate="%{x}: %{y:.2f}<extra></extra>",
        )
    )
    figure.update_layout(
        height=210, margin=MARGIN, xaxis_title=title, bargap=0.15, showlegend=False
    )
    figure.update_yaxes(zeroline=True, nticks=5)
    return figure


def quality_bars(
    names: Sequence[str], values: Sequence[float], reference: float, title: str
) -> go.Figure:
    """One horizontal bar per method, first on top, with a line for the noisy input."""
    figure = go.Figure(
        go.Bar(
            x=values,
            y=names,
            orientation="h",
            marker_color=CLASS_COLOURS[0],
            text=[f"{value:.3g}" for value in values],
            textposition="inside",
            insidetextanchor="end",
            hovertemplate="%{y}: %{x:.3f}<extra></extra>",
        )
    )
    figure.add_vline(x=reference, line_dash="dot", line_color=CLASS_COLOURS[6], layer="below")
    figure.update_yaxes(autorange="reversed", automargin=True)
    figure.update_layout(height=60 + 27 * len(names), margin=MARGIN, xaxis_title=title, bargap=0.25)
    return figure


def curves(
    x: Sequence[float],
    lines: Mapping[str, Sequence[float]],
    x_title: str,
    y_title: str,
    *,
    marked: Mapping[str, tuple[float, float]] | None = None,
    now: float | None = None,
) -> go.Figure:
    """One line per name over shared x; `now` adds a vertical line at an x.

    `marked` gives a line a stretch of x from low to high: a star where they are the same.
    """
    figure = go.Figure()
    for number, (name, values) in enumerate(lines.items()):
        colour = CLASS_COLOURS[number % len(CLASS_COLOURS)]
        figure.add_scatter(
            x=x,
            y=values,
            name=name,
            mode="lines",
            line={"color": colour, "dash": DASHES[number % len(DASHES)], "width": 2},
        )
        if marked and name in marked:
            low, high = np.clip(marked[name], x[0], x[-1]).tolist()
            reach = [low] if low == high else [low, *(at for at in x if low < at < high), high]
            figure.add_scatter(
                x=reach,
                y=np.interp(reach, x, values),
                mode="markers" if low == high else "lines",
                marker={"symbol": "star", "size": 14, "color": colour},
                line={"color": colour, "width": 8},
                opacity=1 if low == high else 0.4,
                name=name,
                showlegend=False,
                hoverinfo="skip",
            )
    if now is not None:
        figure.add_vline(x=now, line_dash="dot", line_width=1)
    figure.update_layout(
        height=360 + 16 * max(0, len(lines) - 4),  # on a phone the legend has a line for each
        margin=MARGIN,
        xaxis_title=x_title,
        yaxis_title=y_title,
        legend={"orientation": "h", "yref": "container", "yanchor": "bottom", "y": 0},
        hovermode="x unified",
    )
    return figure


def heat_map(
    values: NDArray[np.floating],
    columns: Sequence[str],
    rows: Sequence[str],
    marked: NDArray[np.bool_],
) -> go.Figure:
    """A table of numbers (R, C), nan left empty, the first row on top.

    The largest of each column is framed and bold; `marked` (R, C) puts a star on a field.
    """
    best = values == np.nanmax(values, axis=0)
    text = np.array([["" if np.isnan(v) else f"{v:.1f}" for v in row] for row in values], object)
    text[best] = "<b>" + text[best] + "</b>"
    text[marked] = "★ " + text[marked]
    figure = fields(values, text, columns, rows)
    for row, column in np.argwhere(best).tolist():
        figure.add_shape(
            type="rect",
            x0=column - 0.48,
            x1=column + 0.48,
            y0=row - 0.46,
            y1=row + 0.46,
            line={"color": CLASS_COLOURS[6], "width": 3},
        )
    figure.update_layout(height=40 + 40 * len(rows), margin=MARGIN)
    return figure


def fields(
    values: NDArray[np.floating],
    text: NDArray[np.object_],
    columns: Sequence[str],
    rows: Sequence[str],
    span: tuple[float, float] | None = None,
) -> go.Figure:
    """A heat map of numbers (R, C) with texts, the first row on top, nan left empty.

    `span` are the numbers of the palest and the fullest field; else the least and the largest.
    """
    low, high = span or (None, None)
    figure = go.Figure(
        go.Heatmap(
            z=values,
            text=text,
            texttemplate="%{text}",
            textfont={"color": DARK, "size": 12},
            colorscale=PALE,
            zmin=low,
            zmax=high,
            showscale=False,
            xgap=2,
            ygap=2,
            hoverinfo="skip",
        )
    )
    figure.update_xaxes(
        tickvals=list(range(len(columns))),
        ticktext=list(columns),
        side="top",
        showgrid=False,
        fixedrange=True,
    )
    figure.update_yaxes(
        tickvals=list(range(len(rows))),
        ticktext=list(rows),
        autorange="reversed",
        automargin=True,
        showgrid=False,
        fixedrange=True,
    )
    return figure


def error_colours(error: NDArray[np.floating], largest: float) -> NDArray[np.uint8]:
    """Absolute errors (N, 28, 28) -> RGB (N, 28, 28, 3) on one scale from 0 to `largest`.

    Black over red and yellow to white, rising in lightness, so that it reads in grey too.
    """
    t = np.clip(error / max(largest, 1e-9), 0, 1)[..., None] * 3
    return (np.clip(t - np.array([0.0, 1.0, 2.0]), 0, 1) * 255).round().astype(np.uint8)


def signed_colours(values: NDArray[np.floating], largest: float) -> NDArray[np.uint8]:
    """Signed numbers (N, 28, 28) -> RGB (N, 28, 28, 3), `largest` at full strength.

    Black is 0; above it orange turns to white, as ink does; below it blue turns to pale blue.
    """
    t = np.clip(np.abs(values) / max(largest, 1e-9), 0, 1)[..., None]
    more = np.clip(t * [2.0, 1.25, 1.0] - [0.0, 0.25, 0.6], 0, 1)
    less = np.clip(t * [0.9, 1.15, 2.0] - [0.35, 0.2, 0.0], 0, 1)
    return (np.where(values[..., None] >= 0, more, less) * 255).round().astype(np.uint8)
