"""Charts of a live training; no torch and no streamlit here."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from ui.plots.basic import CLASS_COLOURS, CLASS_SYMBOLS, MARGIN

RUN_COLOURS = (CLASS_COLOURS[0], CLASS_COLOURS[6])
SHADES = (  # of each run's terms of the loss
    (CLASS_COLOURS[0], CLASS_COLOURS[7], CLASS_COLOURS[5]),
    (CLASS_COLOURS[6], CLASS_COLOURS[3], CLASS_COLOURS[1]),
)
LEGEND = {"orientation": "h", "yref": "container", "yanchor": "bottom", "y": 0, "x": 0}
Line = tuple[Sequence[int], Sequence[float]]


def falling_lines(
    lines: Mapping[str, Line],
    colours: Mapping[str, str],
    pale: frozenset[str],
    titles: tuple[str, str],
) -> go.Figure:
    """Lines over batches on a logarithmic axis, by name; those in `pale` are thin and dotted.

    What is 0 or less has no place there and is left out.
    """
    figure = go.Figure()
    for name, (x, y) in lines.items():
        figure.add_scatter(
            x=list(x),
            y=[value if value > 0 else None for value in y],
            name=name,
            mode="lines" if len(x) > 1 else "markers",
            line={
                "color": colours[name],
                "dash": "dot" if name in pale else "solid",
                "width": 1.5 if name in pale else 2.5,
            },
            connectgaps=False,
            hovertemplate="%{y:.3g}",
        )
    figure.update_xaxes(title={"text": titles[0], "standoff": 4}, rangemode="tozero")
    figure.update_yaxes(title=titles[1], type="log", dtick="D2", tickformat="~g")
    figure.update_layout(
        height=380, margin=MARGIN, legend=LEGEND, hovermode="x unified", uirevision="kept"
    )
    return figure


def layer_lines(norms: Mapping[str, Mapping[str, float]], titles: tuple[str, str]) -> go.Figure:
    """The gradient norm of each layer, run -> layer -> norm, from image to code to image."""
    figure = go.Figure()
    for (name, values), colour, symbol in zip(
        norms.items(), RUN_COLOURS, CLASS_SYMBOLS, strict=False
    ):
        figure.add_scatter(
            x=list(values),
            y=[value if value > 0 else None for value in values.values()],
            name=name,
            mode="lines+markers",
            line={"color": colour, "width": 2},
            marker={"symbol": symbol, "size": 9},
            hovertemplate="%{y:.2g}",
        )
    longest = max(norms.values(), key=len, default={})
    figure.update_xaxes(title=titles[0], categoryorder="array", categoryarray=list(longest))
    figure.update_yaxes(title=titles[1], type="log", dtick="D2", tickformat="~g")
    figure.update_layout(
        height=380,
        margin=MARGIN,
        legend=LEGEND,
        hovermode="x unified",
        showlegend=len(norms) > 1,
    )
    return figure


def code_plane(
    codes: NDArray[np.floating], labels: NDArray[np.integer], names: Sequence[str]
) -> go.Figure:
    """Codes (N, 2) of images, each class with a colour and a shape."""
    figure = go.Figure()
    for label, name in enumerate(names):
        own = codes[labels == label]
        figure.add_scatter(
            x=own[:, 0],
            y=own[:, 1],
            name=name,
            mode="markers",
            marker={"color": CLASS_COLOURS[label], "symbol": CLASS_SYMBOLS[label], "size": 6},
            hovertemplate=f"{name}<extra></extra>",
        )
    figure.update_layout(height=360, margin=MARGIN, legend={"itemsizing": "constant"})
    figure.update_xaxes(title="z₁", zeroline=True)
    figure.update_yaxes(title="z₂", zeroline=True)
    return figure
