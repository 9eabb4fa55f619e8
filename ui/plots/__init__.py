"""Plotly figures that several pages share."""
