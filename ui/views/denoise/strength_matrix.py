"""PSNR by noise strength in training and in test, from the model cards, as a matrix."""

import re
import textwrap
import unicodedata
from typing import NamedTuple

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ae_models.artifacts.card import Card
from ae_models.metric_key import Metric
from ui.base.language import _
from ui.base.model_titles import model_title
from ui.cache import image_sets, models
from ui.plots import basic
from ui.views.denoise import cache
from ui.widgets.plotly_chart import chart

NOISE = "Gaussian"
CLEAN = "undercomplete"  # the same architecture, trained on clean images

WIDEST, WIDEST_JAPANESE = 19, 9  # characters in a line beside the matrix


class Matrix(NamedTuple):
    """R models by S strengths."""

    cards: list[Card]  # R, from weak noise in training to strong, then those of many strengths
    strengths: list[float]
    psnr: NDArray[np.float64]  # (R, S) in dB; nan where it was not measured


def matrix(dataset: str) -> Matrix:
    """All models that were trained on Gaussian noise, and one that was not."""
    cards = [models.card_of(dataset, name) for name in models.available(dataset, "reconstructs")]
    cards = [card for card in cards if NOISE in card.trained_with or card.name == CLEAN]
    cards.sort(key=lambda card: (trained_on(card)[0] < trained_on(card)[1], trained_on(card)))
    curves = [psnr_by_strength(card) for card in cards]
    strengths = sorted({strength for one in curves for strength in one})
    psnr = [[one.get(strength, np.nan) for strength in strengths] for one in curves]
    return Matrix(cards, strengths, np.array(psnr, float).reshape(len(cards), len(strengths)))


def trained_on(card: Card) -> tuple[float, float]:
    """Weakest and strongest Gaussian noise in training; 0 where there was none."""
    return card.trained_with.get(NOISE, (0.0, 0.0))


def psnr_by_strength(card: Card) -> dict[float, float]:
    """PSNR in dB on the test images, by the strength of the noise on them."""
    return {
        key.strength: value
        for key, value in (card.test.values if card.test else {}).items()
        if key.strength is not None
        and key == Metric("psnr", corruption=NOISE, strength=key.strength)
    }


def show(dataset: str) -> None:
    """The matrix under its heading; nothing where no card has such figures."""
    found = matrix(dataset)
    if not found.strengths:
        return
    st.subheader(_("PSNR by noise strength in training and test"))
    rows = [f"{in_lines(model_title(card.name))}<br>({reach(card)})" for card in found.cards]
    psnr = found.psnr
    starred = np.array(
        [[trained_on(card) == (s, s) for s in found.strengths] for card in found.cards]
    )
    noisy = of_noisy_images(dataset, found)
    if noisy is not None:
        rows.append(_("the noisy images"))
        psnr = np.vstack([psnr, noisy])
        starred = np.vstack([starred, np.zeros(len(found.strengths), bool)])
    st.caption(
        _(
            "PSNR in dB on the test images. Columns: strength of the {noise} noise. In "
            "brackets: the strength used in training, ★ where both agree. Framed: the best "
            "of a column."
        ).format(noise=_(NOISE))
    )
    figure = basic.heat_map(psnr, [f"{s:g}" for s in found.strengths], rows, starred)
    lines = max(row.count("<br>") + 1 for row in rows)
    figure.update_layout(height=40 + (8 + 16 * lines) * len(rows))
    alt = _("PSNR of each model at each strength of {noise} noise").format(noise=_(NOISE))
    chart(figure, key="matrix", alt=alt)
    st.caption(_("From the model cards: measured on all 10,000 original test images."))


def in_lines(title: str) -> str:
    """A title broken into short lines, to leave room for the matrix on a phone.

    What stands in brackets stays together. Japanese characters are twice as wide as others.
    """
    words = re.sub(r"[(（].*[)）]", lambda found: " " + found[0].replace(" ", "\N{NBSP}"), title)
    wide = any(unicodedata.east_asian_width(character) == "W" for character in title)
    return "<br>".join(textwrap.wrap(words, WIDEST_JAPANESE if wide else WIDEST))


def reach(card: Card) -> str:
    """The strength in training, or its range, as text."""
    low, high = trained_on(card)
    if not high:
        return _("clean")
    return f"{low:g}" if low == high else f"{low:g} – {high:g}"


def of_noisy_images(dataset: str, found: Matrix) -> NDArray[np.float64] | None:
    """PSNR of the noisy images themselves (S,), on the images and with the seed of the cards.

    None where the original images are not there, or the cards do not agree on a seed.
    """
    seeds = {card.test.seed for card in found.cards if card.test}
    if image_sets.images(dataset).decoded or len(seeds) != 1:
        return None
    return cache.noisy_psnr(dataset, NOISE, tuple(found.strengths), seeds.pop())
