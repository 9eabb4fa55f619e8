"""The Bottleneck page's charts; no torch and no streamlit here."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from ui.plots.basic import CLASS_COLOURS, DASHES, MARGIN

MARKERS = ("circle", "square")
RULE = CLASS_COLOURS[8]


def error_by_width(
    lines: Mapping[str, Mapping[int, float]],
    widths: Sequence[int],
    chosen: int,
    x_title: str,
    y_title: str,
) -> go.Figure:
    """One line per model family over the latent dimension, both axes logarithmic.

    `lines` maps latent dimension to error for each family; the chosen dimension is marked by a
    vertical line and larger points.
    """
    figure = go.Figure()
    for number, (name, errors) in enumerate(lines.items()):
        known = [width for width in widths if width in errors]
        figure.add_scatter(
            x=known,
            y=[errors[width] for width in known],
            name=name,
            mode="lines+markers",
            line={"color": CLASS_COLOURS[number], "dash": DASHES[number], "width": 2},
            marker={
                "symbol": MARKERS[number],
                "opacity": 1,
                "size": [15 if width == chosen else 7 for width in known],
            },
            hovertemplate="%{y:.4f}",
        )
    figure.add_vline(x=chosen, line_dash="dot", line_width=1, line_color=RULE)
    figure.update_xaxes(
        type="log", tickvals=list(widths), ticktext=[str(width) for width in widths], title=x_title
    )
    low, high = error_range(lines)
    figure.update_yaxes(
        type="log", title=y_title, tickvals=[t for t in TICKS if low <= t <= high], tickformat="~g"
    )
    figure.update_layout(
        height=330,
        margin=MARGIN,
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.01},
        hovermode="x unified",
    )
    return figure


TICKS = tuple(factor * 10.0**power for power in (-4, -3, -2, -1) for factor in (1, 2, 5))


def error_range(lines: Mapping[str, Mapping[int, float]]) -> tuple[float, float]:
    """The smallest and the largest error of all lines, with a margin."""
    errors = [error for line in lines.values() for error in line.values()] or [1.0]
    return float(np.min(errors)) / 1.3, float(np.max(errors)) * 1.3


def byte_bars(bars: Mapping[str, tuple[float, str]], title: str) -> go.Figure:
    """One horizontal bar per encoding, the first, highlighted one on top.

    Each bar is (bytes, text beside it).
    """
    values = [value for value, _ in bars.values()]
    figure = go.Figure(
        go.Bar(
            x=values,
            y=list(bars),
            orientation="h",
            marker_color=[CLASS_COLOURS[6], *(len(bars) - 1) * [CLASS_COLOURS[0]]],
            text=[f"{value:.0f} · {text}" for value, text in bars.values()],
            textposition="outside",
            cliponaxis=False,
            hovertemplate="%{y}: %{x:.1f}<extra></extra>",
        )
    )
    figure.update_yaxes(autorange="reversed", automargin=True)
    figure.update_xaxes(title=title, range=[0, max(values) * 1.4])
    figure.update_layout(height=330, margin=MARGIN, bargap=0.3)
    return figure
