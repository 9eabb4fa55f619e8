"""The Bottleneck page's pieces: the width of the code, the curve, the sheet and the bytes."""

import streamlit as st

from ae_models.card import Card
from ae_models.tasks.compression import WIDTHS, dense, pca
from ui import bottleneck_figures, controls
from ui.language import _

NAMES = [name(width) for name in (dense, pca) for width in WIDTHS]


def choose_width() -> int:
    """How many numbers the code has, one of WIDTHS."""
    controls.settle("width")
    return int(
        st.select_slider(
            _("Width of the code: how many numbers an image is squeezed into"),
            WIDTHS,
            16,
            key="width",
            bind="query-params",
        )
    )


def curve(cards: dict[str, Card], width: int) -> None:
    """Test MSE against the width of the code, as the cards have it."""
    kinds = {_("dense autoencoder"): dense, _("PCA"): pca}
    lines = {
        title: {
            w: card.test.values["mse"]
            for w in WIDTHS
            if (card := cards.get(name(w))) is not None and card.test is not None
        }
        for title, name in kinds.items()
    }
    figure = bottleneck_figures.error_by_width(
        lines, WIDTHS, width, _("width of the code"), _("MSE a pixel")
    )
    alt = _("MSE of dense autoencoders and of PCA against the width of the code")
    st.plotly_chart(figure, key="error_by_width", alt=alt)
    st.caption(_("From the cards: all 10,000 original test images, both axes logarithmic."))
