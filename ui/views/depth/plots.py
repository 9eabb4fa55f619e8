"""The Depth page's charts; no torch and no streamlit here."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from ui.plots.basic import CLASS_COLOURS, DASHES, MARGIN

COLOURS = (CLASS_COLOURS[0], CLASS_COLOURS[6])
MARKERS = ("circle", "square")
LEGEND = {"orientation": "h", "yanchor": "bottom", "y": 1.01}


def layer_norms(
    layers: Sequence[str],
    norms: Mapping[str, NDArray[np.floating]],
    span: tuple[float, float],
    titles: tuple[str, str],
) -> go.Figure:
    """One line per net over its layers, (L,), nan where a layer is not trained.

    `span` is from the least to the largest norm of all epochs.
    """
    figure = go.Figure()
    for number, (name, values) in enumerate(norms.items()):
        figure.add_scatter(
            x=list(layers),
            y=values,
            name=name,
            mode="lines+markers",
            line={"color": COLOURS[number], "dash": DASHES[number], "width": 2},
            marker={"symbol": MARKERS[number], "size": 9},
            hovertemplate="%{y:.2g}",
        )
    low, high = np.log10(span)
    figure.update_xaxes(title=titles[0], categoryorder="array", categoryarray=list(layers))
    figure.update_yaxes(
        title=titles[1], type="log", range=[low - 0.15, high + 0.15], dtick=1, tickformat="~g"
    )
    figure.update_layout(height=340, margin=MARGIN, legend=LEGEND, hovermode="x unified")
    return figure


def norm_maps(
    layers: Sequence[str],
    norms: Mapping[str, NDArray[np.floating]],
    now: Mapping[str, int],
    titles: tuple[str, str],
) -> go.Figure:
    """Heat maps of layers by epochs, (L, epochs), one per net on a common colour scale.

    The scale is logarithmic; `now` is each net's ruled epoch, from 1.
    """
    powers = {name: np.log10(values) for name, values in norms.items()}
    known = np.concatenate([power[np.isfinite(power)] for power in powers.values()])
    low, high = np.floor(known.min()), np.ceil(known.max())
    ticks = np.arange(low, high + 1)
    figure = make_subplots(
        len(norms), 1, shared_xaxes=True, vertical_spacing=0.16, subplot_titles=list(norms)
    )
    for row, (name, power) in enumerate(powers.items(), start=1):
        figure.add_trace(
            go.Heatmap(
                z=power,
                x=np.arange(1, power.shape[1] + 1),
                y=list(layers),
                name=name,
                coloraxis="coloraxis",
                customdata=10**power,
                hovertemplate="%{y}, %{x}: %{customdata:.2g}<extra></extra>",
                hoverongaps=False,
            ),
            row=row,
            col=1,
        )
        figure.add_vline(
            x=now[name], line_dash="dot", line_width=2, line_color="white", row=row, col=1
        )
    figure.update_yaxes(autorange="reversed", showgrid=False)
    figure.update_xaxes(showgrid=False)
    figure.update_xaxes(title=titles[0], row=len(norms), col=1)
    figure.update_layout(
        height=90 + 190 * len(norms),
        margin=MARGIN | {"t": 28},
        coloraxis={
            "colorscale": "Cividis",
            "cmin": low,
            "cmax": high,
            "colorbar": {
                "title": {"text": titles[1], "side": "top"},
                "orientation": "h",
                "y": -0.4 / len(norms),  # below the axis title, however many panels there are
                "yanchor": "top",
                "tickvals": ticks,
                "ticktext": [f"{10**tick:g}" for tick in ticks],
                "thickness": 10,
            },
        },
    )
    return figure


def error_by_epoch(
    lines: Mapping[str, tuple[Sequence[int], Sequence[float]]],
    now: Mapping[str, int],
    before: int,
    said: str,
    titles: tuple[str, str],
) -> go.Figure:
    """Epochs and errors of each net, and a point at the epoch that is `now`.

    The `before` epochs in which the first net has no error are shaded, and `said` in words.
    """
    figure = go.Figure()
    for number, (name, (epochs, errors)) in enumerate(lines.items()):
        figure.add_scatter(
            x=list(epochs),
            y=list(errors),
            name=name,
            mode="lines+markers",
            line={"color": COLOURS[number], "dash": DASHES[number], "width": 2},
            marker={
                "symbol": MARKERS[number],
                "size": [11 if epoch == now[name] else 0 for epoch in epochs],
                "opacity": 1,
                "line_width": 0,
            },
            hovertemplate="%{y:.4f}",
        )
    if before:
        figure.add_vrect(
            x0=0.5,
            x1=before + 0.5,
            fillcolor=COLOURS[0],
            opacity=0.12,
            line_width=0,
            annotation={"text": said, "font_size": 12},
            annotation_position="bottom left",
        )
    figure.update_xaxes(title=titles[0], rangemode="tozero")
    figure.update_yaxes(title=titles[1], type="log", tickformat="~g", dtick="D2")
    figure.update_layout(height=340, margin=MARGIN, legend=LEGEND, hovermode="x unified")
    return figure
