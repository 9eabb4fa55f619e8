"""The Clusters page's confusion matrix; no torch and no streamlit here."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from ui.plots.basic import MARGIN, fields


def confusion_map(
    counts: NDArray[np.int64], rows: Sequence[str], columns: Sequence[str]
) -> go.Figure:
    """Counts (R, C) of images, the first row on top; zeros are left empty.

    The shade of a cell is its share of the row.
    """
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    text = np.array([[str(n) if n else "" for n in row] for row in counts.tolist()], object)
    figure = fields(shares, text, columns, rows, span=(0, 1))
    figure.update_layout(height=70 + 30 * len(rows), margin=MARGIN | {"t": 20})
    return figure
