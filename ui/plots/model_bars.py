"""Charts of models, dimensions and units, for the pages on KL, sparsity and contraction.

Arrays in, plotly figures out; no torch and no streamlit here.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from ui.plots.basic import CLASS_COLOURS, DASHES, MARGIN

COLOURS = (CLASS_COLOURS[0], CLASS_COLOURS[6], CLASS_COLOURS[7])  # one per model of a page
GREY = CLASS_COLOURS[8]
LEGEND = {"orientation": "h", "yanchor": "bottom", "y": 1.01}


def model_bars(values: Mapping[str, float], title: str, shown: str) -> go.Figure:
    """One horizontal bar per model, the first on top; `shown` is the format of a value."""
    figure = go.Figure(
        go.Bar(
            x=list(values.values()),
            y=list(values),
            orientation="h",
            marker_color=COLOURS[: len(values)],
            text=[shown.format(value) for value in values.values()],
            textposition="outside",
            cliponaxis=False,
            hoverinfo="skip",
        )
    )
    figure.update_yaxes(autorange="reversed", automargin=True)
    figure.update_xaxes(
        title={"text": title, "standoff": 6},
        range=[0, 1.3 * max(values.values())],
        showticklabels=False,
        showgrid=False,
    )
    figure.update_layout(height=48 + 27 * len(values), margin=MARGIN, bargap=0.25)
    return figure


def dimension_bars(
    sizes: NDArray[np.floating],
    active: NDArray[np.bool_],
    traversed: int,
    colour: str,
    top: float,
    titles: tuple[str, str],
) -> go.Figure:
    """One bar per dimension in the given order, (D,); collapsed ones are grey.

    `active` are not collapsed; `traversed`, counted from 1, is opaque; `top` ends the axis, so
    that charts side by side can be compared.
    """
    place = np.arange(1, len(sizes) + 1)
    figure = go.Figure(
        go.Bar(
            x=place,
            y=sizes,
            marker_color=np.where(active, colour, GREY),
            marker_opacity=np.where(place == traversed, 1.0, 0.45),
            hovertemplate="%{x}: %{y:.3f}<extra></extra>",
        )
    )
    figure.add_vline(x=traversed, line_dash="dot", line_color=GREY)
    figure.update_layout(height=190, margin=MARGIN, bargap=0.15, showlegend=False)
    figure.update_xaxes(title=titles[0], tickvals=[1, *range(4, len(sizes) + 1, 4)])
    figure.update_yaxes(title=titles[1], range=[0, 1.05 * top], nticks=5)
    return figure


def count_histogram(
    counts: NDArray[np.integer], marks: Mapping[str, int], titles: tuple[str, str]
) -> go.Figure:
    """Fraction of the images (N,) by count; `marks` are labelled vertical lines."""
    number, times = np.unique(counts, return_counts=True)
    fraction = times / len(counts)
    figure = go.Figure(
        go.Bar(
            x=number,
            y=fraction,
            marker_color=COLOURS[0],
            marker_opacity=0.55,  # the marks go through the bars
            marker_line_width=0,
            showlegend=False,
            hovertemplate="%{x}: %{y:.1%}<extra></extra>",
        )
    )
    for place, (name, count) in enumerate(marks.items(), start=1):
        figure.add_scatter(
            x=[count, count],
            y=[0, 1.05 * fraction.max()],
            name=name,
            mode="lines",
            line={"color": COLOURS[place], "dash": DASHES[place], "width": 2},
            hoverinfo="skip",
        )
    figure.update_layout(height=260, margin=MARGIN, bargap=0, legend=LEGEND)
    figure.update_xaxes(title=titles[0], rangemode="tozero")
    figure.update_yaxes(title=titles[1], tickformat=".0%", nticks=6)
    return figure


def unit_bars(
    values: NDArray[np.floating], active: NDArray[np.bool_], titles: tuple[str, str]
) -> go.Figure:
    """One bar per unit, in decreasing order; units active for the shown image in another colour."""
    order = np.argsort(-values, kind="stable")
    figure = go.Figure(
        go.Bar(
            x=np.arange(1, len(values) + 1),
            y=values[order],
            customdata=order + 1,
            marker_color=np.where(active[order], CLASS_COLOURS[6], CLASS_COLOURS[0]),
            marker_line_width=0,
            hovertemplate="%{customdata}: %{y:.3f}<extra></extra>",
        )
    )
    figure.update_layout(height=260, margin=MARGIN, bargap=0, showlegend=False)
    figure.update_xaxes(title=titles[0])
    figure.update_yaxes(title=titles[1])
    return figure


def gain_bars(gains: Mapping[str, Mapping[str, float]], title: str) -> go.Figure:
    """Grouped bars, a group per kind of perturbation and a bar per model: model -> kind -> gain."""
    figure = go.Figure()
    for (name, by_kind), colour in zip(gains.items(), COLOURS, strict=False):
        figure.add_bar(
            x=list(by_kind),
            y=list(by_kind.values()),
            name=name,
            marker_color=colour,
            text=[f"{value:.2f}" for value in by_kind.values()],
            textposition="outside",
            cliponaxis=False,
            hovertemplate="%{x}: %{y:.3f}",
        )
    figure.update_layout(height=230, margin=MARGIN, bargap=0.3, legend=LEGEND)
    figure.update_yaxes(title=title, rangemode="tozero", nticks=5)
    return figure


def model_lines(
    x: Sequence[float],
    lines: Mapping[str, Sequence[float]],
    titles: tuple[str, str],
    *,
    now: float | None = None,
    logarithmic: bool = False,
) -> go.Figure:
    """One line per model over shared x; `now` is marked by a vertical line."""
    figure = go.Figure()
    for number, (name, values) in enumerate(lines.items()):
        figure.add_scatter(
            x=list(x),
            y=list(values),
            name=name,
            mode="lines+markers",
            line={"color": COLOURS[number], "dash": DASHES[number], "width": 2},
            marker={"size": 5},
            hovertemplate="%{y:.3g}",
        )
    if now is not None:
        figure.add_vline(x=now, line_dash="dot", line_color=GREY)
    figure.update_layout(height=230, margin=MARGIN, legend=LEGEND, hovermode="x unified")
    figure.update_xaxes(title=titles[0])
    figure.update_yaxes(title=titles[1], nticks=6)
    if logarithmic:
        figure.update_yaxes(type="log", tickformat="~g", dtick="D2")
    return figure
