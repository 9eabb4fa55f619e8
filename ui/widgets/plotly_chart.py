"""Shows plotly figures: with download buttons, and larger in presentation mode."""

from typing import Any

import plotly.graph_objects as go
import streamlit as st

from ui.base.presentation_mode import presenting

# Streamlit's theme writes ticks and legends in 12 pixels, titles of axes in 14.
TICKS, TITLES = 18, 20
LARGER = 1.4  # factor of text sizes and line widths in presentation mode
TALLER = 1.3
USUAL = 450  # default height of a plotly figure, in pixels
BAR = 28  # height of the bar of buttons, in pixels


def chart(figure: go.Figure, *, key: str, alt: str, **more: Any) -> Any:
    """The figure across its column, with `alt` as its text for screen readers.

    Its camera saves a PNG at twice the size of the screen; ui/components/chart_formats.py
    puts the SVG beside it. `more` goes to Streamlit, whose answer is returned.
    """
    image = {"format": "png", "scale": 2, "filename": key.replace("_", "-")}
    if figure.layout.xaxis.side == "top":  # otherwise the bar would cover the headings
        figure = go.Figure(figure).update_layout(
            margin_t=2 * BAR, height=(figure.layout.height or USUAL) + BAR
        )
    return st.plotly_chart(
        enlarged(figure) if presenting() else figure,
        key=key,
        alt=alt,
        config={"toImageButtonOptions": image},
        **more,
    )


def enlarged(figure: go.Figure) -> go.Figure:
    """A copy with larger text, for presentations."""
    large = go.Figure(figure)
    large.update_layout(
        height=TALLER * (figure.layout.height or USUAL),
        font_size=TICKS,
        legend_font_size=TICKS,
        legend_title_font_size=TICKS,
        hoverlabel_font_size=TICKS,
    )
    large.update_xaxes(tickfont_size=TICKS, title_font_size=TITLES)
    large.update_yaxes(tickfont_size=TICKS, title_font_size=TITLES)
    for part in (*large.data, *large.layout.annotations):
        for size in ("textfont", "font"):
            if size in part and part[size].size:
                part[size].size *= LARGER
        if "line" in part and isinstance(part.line.width, (int, float)):
            part.line.width *= LARGER
    return large
