"""Charts of the page on anomalies; no torch and no streamlit here."""

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from ui.plots.basic import CLASS_COLOURS, DASHES, MARGIN

NORMAL, STRANGE = CLASS_COLOURS[0], CLASS_COLOURS[6]
QUIET = CLASS_COLOURS[8]
LEGEND = {"orientation": "h", "yanchor": "bottom", "y": 1.01}
BINS = 52


def score_histogram(
    groups: Mapping[str, NDArray[np.floating]],
    reach: tuple[float, float],
    threshold: float,
    titles: tuple[str, str],
) -> go.Figure:
    """The part of normal and of strange pictures at each score, the threshold ruled.

    What lies beyond the reach is counted at its end.
    """
    edges = np.linspace(*reach, BINS + 1)
    figure = go.Figure()
    for (name, scores), colour in zip(groups.items(), (NORMAL, STRANGE), strict=True):
        counts, _ = np.histogram(np.clip(scores, *reach), edges)
        figure.add_bar(
            x=(edges[:-1] + edges[1:]) / 2,
            y=counts / max(len(scores), 1),
            name=name,
            marker_color=colour,
            marker_line_width=0,
            opacity=0.65,
            hovertemplate="%{x:.1f}: %{y:.1%}",
        )
    figure.add_vline(x=threshold, line_dash="dash", line_width=2, line_color=QUIET)
    figure.update_layout(height=320, margin=MARGIN, barmode="overlay", bargap=0, legend=LEGEND)
    figure.update_xaxes(title=titles[0], range=list(reach))
    figure.update_yaxes(title=titles[1], tickformat=".0%", nticks=6)
    return figure


def roc_curves(
    curves: Mapping[str, tuple[NDArray[np.floating], NDArray[np.floating]]],
    now: tuple[float, float] | None,
    titles: tuple[str, str],
) -> go.Figure:
    """Part found against part of false alarms, the first curve strong; `now` is a point on it."""
    figure = go.Figure()
    for number, (name, (alarms, found)) in enumerate(curves.items()):
        figure.add_scatter(
            x=alarms,
            y=found,
            name=name,
            mode="lines",
            line={
                "color": CLASS_COLOURS[number],
                "dash": DASHES[number % len(DASHES)],
                "width": 2 if number else 4,
            },
            hovertemplate="%{x:.1%}, %{y:.1%}",
        )
    if now is not None:
        figure.add_scatter(
            x=[now[0]],
            y=[now[1]],
            mode="markers",
            marker={"size": 13, "color": STRANGE, "line": {"color": "white", "width": 2}},
            showlegend=False,
            hoverinfo="skip",
        )
    figure.add_shape(
        type="line", x0=0, y0=0, x1=1, y1=1, line={"color": QUIET, "dash": "dot", "width": 1}
    )
    figure.update_layout(
        height=420,
        margin=MARGIN,
        legend={"x": 0.99, "y": 0.03, "xanchor": "right", "yanchor": "bottom"},
    )
    figure.update_xaxes(title=titles[0], tickformat=".0%", range=[-0.01, 1])
    figure.update_yaxes(title=titles[1], tickformat=".0%", range=[0, 1.01])
    return figure
