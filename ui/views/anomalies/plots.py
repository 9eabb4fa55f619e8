"""Charts of the Anomalies page; no torch and no streamlit here."""

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from ui.plots.basic import CLASS_COLOURS, DASHES, MARGIN

NORMAL, ANOMALY = CLASS_COLOURS[0], CLASS_COLOURS[6]
GREY = CLASS_COLOURS[8]
LEGEND = {"orientation": "h", "yanchor": "bottom", "y": 1.01}
BINS = 52


def score_histogram(
    groups: Mapping[str, NDArray[np.floating]],
    span: tuple[float, float],
    threshold: float,
    titles: tuple[str, str],
) -> go.Figure:
    """Shares of normal images and of anomalies by score, the threshold as a vertical line.

    Scores outside the span are counted in its first and last bin.
    """
    edges = np.linspace(*span, BINS + 1)
    figure = go.Figure()
    for (name, scores), colour in zip(groups.items(), (NORMAL, ANOMALY), strict=True):
        counts, _ = np.histogram(np.clip(scores, *span), edges)
        figure.add_bar(
            x=(edges[:-1] + edges[1:]) / 2,
            y=counts / max(len(scores), 1),
            name=name,
            marker_color=colour,
            marker_line_width=0,
            opacity=0.65,
            hovertemplate="%{x:.1f}: %{y:.1%}",
        )
    figure.add_vline(x=threshold, line_dash="dash", line_width=2, line_color=GREY)
    figure.update_layout(height=320, margin=MARGIN, barmode="overlay", bargap=0, legend=LEGEND)
    figure.update_xaxes(title=titles[0], range=list(span))
    figure.update_yaxes(title=titles[1], tickformat=".0%", nticks=6)
    return figure


def roc_curves(
    curves: Mapping[str, tuple[NDArray[np.floating], NDArray[np.floating]]],
    point: tuple[float, float] | None,
    titles: tuple[str, str],
) -> go.Figure:
    """One curve (false positive rates, true positive rates) per name, the first one bold.

    `point` is marked: the rates at the chosen threshold.
    """
    figure = go.Figure()
    for number, (name, (false_positive_rate, true_positive_rate)) in enumerate(curves.items()):
        figure.add_scatter(
            x=false_positive_rate,
            y=true_positive_rate,
            name=name,
            mode="lines",
            line={
                "color": CLASS_COLOURS[number],
                "dash": DASHES[number % len(DASHES)],
                "width": 2 if number else 4,
            },
            hovertemplate="%{x:.1%}, %{y:.1%}",
        )
    if point is not None:
        figure.add_scatter(
            x=[point[0]],
            y=[point[1]],
            mode="markers",
            marker={"size": 13, "color": ANOMALY, "line": {"color": "white", "width": 2}},
            showlegend=False,
            hoverinfo="skip",
        )
    figure.add_shape(
        type="line", x0=0, y0=0, x1=1, y1=1, line={"color": GREY, "dash": "dot", "width": 1}
    )
    figure.update_layout(
        height=420,
        margin=MARGIN,
        legend={"x": 0.99, "y": 0.03, "xanchor": "right", "yanchor": "bottom"},
    )
    figure.update_xaxes(title=titles[0], tickformat=".0%", range=[-0.01, 1])
    figure.update_yaxes(title=titles[1], tickformat=".0%", range=[0, 1.01])
    return figure
