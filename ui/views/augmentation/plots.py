"""The chart of the Augmentation page; no torch, no streamlit here."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from ui.plots.basic import CLASS_COLOURS, CLASS_SYMBOLS, DASHES, MARGIN

COLOURS = (CLASS_COLOURS[0], CLASS_COLOURS[6], CLASS_COLOURS[7])
APART = 0.06  # offset of the markers of two lines, so that error bars do not overlap


def accuracy_curves(
    multiples: Sequence[int],
    lines: Mapping[str, Sequence[Sequence[float]]],
    nothing: Sequence[float],
    texts: tuple[str, str, str],
) -> go.Figure:
    """Accuracy in % by number of added images, one line per name: mean, deviation of the splits.

    A line has the accuracies of all splits for each multiple; `nothing` those without added
    images, where all lines start and a horizontal line is drawn. `texts`: the titles of both
    axes, and the name of the horizontal line.
    """
    base = 100 * float(np.mean(nothing))
    figure = go.Figure()
    figure.add_scatter(
        x=[-0.2, len(multiples) + 0.2],
        y=[base, base],
        mode="lines",
        name=texts[2],
        line={"color": CLASS_COLOURS[8], "dash": "dot", "width": 2},
        hovertemplate="%{y:.1f}%<extra></extra>",
    )
    for number, (name, accuracies) in enumerate(lines.items()):
        whole = [nothing, *accuracies]
        offset = APART * (number - (len(lines) - 1) / 2)
        figure.add_scatter(
            x=np.arange(len(whole)) + offset,
            y=[100 * float(np.mean(draws)) for draws in whole],
            error_y={
                "type": "data",
                "array": [100 * float(np.std(draws, ddof=1)) for draws in whole],
                "width": 4,
                "thickness": 1.2,
            },
            name=name,
            mode="lines+markers",
            line={"color": COLOURS[number], "dash": DASHES[number], "width": 2},
            marker={"symbol": CLASS_SYMBOLS[number], "size": 9},
            customdata=[0, *multiples],
            hovertemplate="%{customdata} ×: %{y:.1f}% ± %{error_y.array:.1f}<extra></extra>",
        )
    figure.update_xaxes(
        title=texts[0],
        tickvals=list(range(len(multiples) + 1)),
        ticktext=["0", *(f"{multiple} ×" for multiple in multiples)],
        range=[-0.25, len(multiples) + 0.25],
        fixedrange=True,
    )
    figure.update_yaxes(title=texts[1], ticksuffix="%", fixedrange=True)
    figure.update_layout(
        height=380,
        margin=MARGIN,
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.02, "x": 0},
    )
    return figure
