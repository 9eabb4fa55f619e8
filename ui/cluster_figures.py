"""How clusters and classes meet, as a plotly figure; no torch and no streamlit here."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from ui.figures import DARK, MARGIN, PALE


def confusion_map(
    counts: NDArray[np.int64], rows: Sequence[str], columns: Sequence[str]
) -> go.Figure:
    """Numbers of images (R, C) in a field each, the first row on top; nought is left empty.

    A field is as dark as its part of the row.
    """
    parts = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    figure = go.Figure(
        go.Heatmap(
            z=parts,
            text=[[str(n) if n else "" for n in row] for row in counts.tolist()],
            texttemplate="%{text}",
            textfont={"color": DARK, "size": 12},
            colorscale=PALE,
            zmin=0,
            zmax=1,
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
    figure.update_layout(height=70 + 30 * len(rows), margin=MARGIN | {"t": 20})
    return figure
