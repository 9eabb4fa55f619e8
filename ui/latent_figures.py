"""The map of a latent space as a plotly figure; no torch and no streamlit here."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from ui.figures import CLASS_COLOURS, CLASS_SYMBOLS, MARGIN


def latent_scatter(
    plane: NDArray[np.floating],
    labels: NDArray[np.integer],
    ids: NDArray[np.integer],
    names: Sequence[str],
    titles: tuple[str, str],
    *,
    webgl: bool = True,
) -> go.Figure:
    """Points (N, 2) with labels (N,), one trace a class in its own colour and marker.

    `ids` (N,) come back as `customdata` from a click; `names` are the classes in words.
    A step is as long across as it is up. Without titles the axes mean nothing and are bare.
    """
    kind = go.Scattergl if webgl else go.Scatter
    size = float(np.interp(len(ids), (500, 10_000), (8, 4.5)))
    figure = go.Figure()
    for label in np.unique(labels).tolist():
        of_class = labels == label
        figure.add_trace(
            kind(
                x=plane[of_class, 0].astype(np.float32),
                y=plane[of_class, 1].astype(np.float32),
                customdata=ids[of_class].astype(np.int32),
                name=names[label],
                mode="markers",
                marker={
                    "color": CLASS_COLOURS[label],
                    "symbol": CLASS_SYMBOLS[label],
                    "size": size,
                    "opacity": 0.8,
                },
                hoverinfo="none",  # the event goes out, the label stays away
            )
        )
    figure.update_layout(
        height=550,
        margin=MARGIN,
        dragmode="zoom",
        hovermode="closest",
        hoverdistance=12,
        legend={
            "orientation": "h",
            "itemsizing": "constant",
            "indentation": -10,
            "entrywidth": 2 + 8 * max(map(len, names)),
            "yanchor": "bottom",
            "y": 1.01,
        },
        modebar={"orientation": "v"},
    )
    for update, title in zip((figure.update_xaxes, figure.update_yaxes), titles, strict=True):
        bare = not title
        update(title=title or None, zeroline=False, showgrid=not bare, showticklabels=not bare)
    figure.update_yaxes(scaleanchor="x")
    return figure
