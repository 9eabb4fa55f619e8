"""The Few labels page's charts; no torch and no streamlit here."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from ui.plots.basic import CLASS_COLOURS, MARGIN

LEGEND = {"orientation": "h", "yanchor": "bottom", "y": 1.01}
GREY = CLASS_COLOURS[8]  # of the baselines: pixels and random weights


class Line(NamedTuple):
    """Style of one curve, and its mean and standard deviation by number of labels."""

    colour: str
    dash: str
    symbol: str
    mean: NDArray[np.float32]
    deviation: NDArray[np.float32]


def accuracy_lines(
    sizes: Sequence[int], lines: Mapping[str, Line], titles: tuple[str, str]
) -> go.Figure:
    """One line per method by number of labels, with a band of ± one standard deviation."""
    figure = go.Figure()
    for name, line in lines.items():
        low, high = line.mean - line.deviation, line.mean + line.deviation
        figure.add_scatter(
            x=[*sizes, *reversed(sizes)],
            y=[*high.tolist(), *reversed(low.tolist())],
            fill="toself",
            fillcolor=line.colour,
            opacity=0.14,
            line_width=0,
            mode="lines",
            hoverinfo="skip",
            showlegend=False,
            legendgroup=name,
        )
        figure.add_scatter(
            x=list(sizes),
            y=line.mean,
            name=name,
            legendgroup=name,
            mode="lines+markers",
            line={"color": line.colour, "dash": line.dash, "width": 2},
            marker={"symbol": line.symbol, "size": 7},
            customdata=line.deviation,
            hovertemplate="%{y:.1%} ± %{customdata:.1%}",
        )
    figure.update_xaxes(
        title=titles[0],
        type="log",
        tickvals=list(sizes),
        ticktext=[f"{size:,}" for size in sizes],
    )
    figure.update_yaxes(title=titles[1], tickformat=".0%", nticks=8)
    figure.update_layout(
        height=480,
        margin=MARGIN,
        legend=LEGEND,
        hovermode="x unified",
    )
    return figure


def accuracy_bars(
    values: Mapping[str, float],
    colours: Sequence[str],
    reference: Mapping[str, tuple[float, float]],
    titles: tuple[str, str],
) -> go.Figure:
    """One horizontal bar per method, first on top; for nan n/a and no bar.

    `reference` marks mean and standard deviation of the shipped splits, by name.
    """
    figure = go.Figure(
        go.Bar(
            x=[0 if np.isnan(value) else value for value in values.values()],
            y=list(values),
            orientation="h",
            marker_color=list(colours),
            text=["n/a" if np.isnan(value) else f"{value:.1%}" for value in values.values()],
            textposition="inside",
            insidetextanchor="start",
            hoverinfo="skip",
            showlegend=False,
        )
    )
    shown = {name: reference[name] for name in values if name in reference}
    if shown:
        figure.add_scatter(
            x=[mean for mean, _ in shown.values()],
            y=list(shown),
            error_x={"type": "data", "array": [deviation for _, deviation in shown.values()]},
            mode="markers",
            marker={"symbol": "diamond", "size": 9, "color": CLASS_COLOURS[6]},
            name=titles[1],
            hovertemplate="%{y}: %{x:.1%}<extra></extra>",
        )
    figure.update_xaxes(title=titles[0], range=[0, 1], tickformat=".0%")
    figure.update_yaxes(
        autorange="reversed", automargin=True, categoryorder="array", categoryarray=list(values)
    )
    figure.update_layout(
        height=100 + 30 * len(values),
        margin=MARGIN,
        bargap=0.25,
        legend=LEGEND,
    )
    return figure
