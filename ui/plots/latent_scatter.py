"""The map of a latent space as a plotly figure; no torch and no streamlit here.

Under the points of a code of two numbers there may lie what its places decode to.
"""

import base64
import io
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from PIL import Image

from ui.plots.basic import CLASS_COLOURS, CLASS_SYMBOLS, MARGIN

TILES = 20  # along the longer side of the map
LEVELS = 16  # of ink, which keeps the picture small
INK = 128  # a grey that stands out on light and dark ground alike
STRONGEST = 0.85  # opacity of full ink


class Lattice(NamedTuple):
    """Centres of squares on the plane, in R rows from the top and C columns."""

    left: float
    top: float
    side: float  # of a square
    rows: int
    columns: int

    def places(self) -> NDArray[np.float32]:
        """(R * C, 2), row by row."""
        x = self.left + self.side * (np.arange(self.columns) + 0.5)
        y = self.top - self.side * (np.arange(self.rows) + 0.5)
        across, down = np.meshgrid(x, y)
        return np.stack([across.ravel(), down.ravel()], axis=1).astype(np.float32)


class Background(NamedTuple):
    """An image of decoded positions, and its extent on the plane."""

    source: str  # a PNG in a data address
    lattice: Lattice


def lattice(plane: NDArray[np.floating]) -> Lattice:
    """Squares that cover the points (N, 2) without outliers, which would make them coarse."""
    low, high = np.quantile(plane, (0.005, 0.995), axis=0)
    side = max(float((high - low).max()) / TILES, 1e-6)
    columns, rows = np.ceil((high - low) / side).astype(int).clip(1, TILES).tolist()
    middle = (low + high) / 2
    left, top = middle[0] - columns * side / 2, middle[1] + rows * side / 2
    return Lattice(float(left), float(top), side, rows, columns)


def background(pixels: NDArray[np.uint8], places: Lattice) -> Background:
    """Decoded pictures (R * C, 28, 28) as one transparent picture, ink where they are bright."""
    side = pixels.shape[-1]
    tiles = pixels.reshape(places.rows, places.columns, side, side).swapaxes(1, 2)
    ink = tiles.reshape(places.rows * side, places.columns * side)
    image = Image.fromarray(ink // (256 // LEVELS)).convert("P")
    image.putpalette([INK] * 3 * LEVELS)
    opacity = np.linspace(0, 255 * STRONGEST, LEVELS).astype(np.uint8).tobytes()
    stream = io.BytesIO()
    image.save(stream, "PNG", transparency=opacity, bits=4, optimize=True)
    text = base64.b64encode(stream.getvalue()).decode("ascii")
    return Background(f"data:image/png;base64,{text}", places)


def latent_scatter(
    plane: NDArray[np.floating],
    labels: NDArray[np.integer],
    ids: NDArray[np.integer],
    names: Sequence[str],
    titles: tuple[str, str],
    *,
    webgl: bool = True,
    under: Background | None = None,
    anywhere: bool = False,
) -> go.Figure:
    """Points (N, 2) with labels (N,), one trace per class in its own colour and marker.

    `ids` (N,) come back as `customdata` from a click; `names` are the classes in words.
    A step is as long across as it is up. Without titles the axes mean nothing and are bare.
    `under` lies below the points; with `anywhere`, clicks beside them count as well.
    """
    kind = go.Scattergl if webgl else go.Scatter
    size = float(np.interp(len(ids), (500, 10_000), (8, 4.5))) * (0.6 if under else 1)
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
                    "color": CLASS_COLOURS[label % len(CLASS_COLOURS)],
                    "symbol": CLASS_SYMBOLS[(label + label // 10) % 10],  # no pair twice
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
        clickanywhere=anywhere,
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
        update(
            title=title or None,
            zeroline=False,
            showgrid=not bare and under is None,
            showticklabels=not bare,
        )
    figure.update_yaxes(scaleanchor="x")
    if under is not None:
        left, top, side, rows, columns = under.lattice
        figure.add_layout_image(
            source=under.source,
            xref="x",
            yref="y",
            x=left,
            y=top,
            sizex=columns * side,
            sizey=rows * side,
            sizing="stretch",
            layer="below",
        )
    return figure
