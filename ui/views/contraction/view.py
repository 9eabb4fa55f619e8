"""The Contraction page's pieces: an image, a nudge, and how far two codes move."""

from typing import NamedTuple

import numpy as np
import streamlit as st

from ae_models import datasets
from ae_models.metric_key import Metric
from ae_models.tasks import contraction
from ae_models.tasks.contraction import MOST_DEGREES, MOST_PIXELS, NUDGES
from ui.base.language import _
from ui.base.model_titles import model_title
from ui.cache import models
from ui.components.picture_sheet import Row, picture_sheet
from ui.plots import basic, model_bars
from ui.views.contraction import cache
from ui.widgets import controls
from ui.widgets.image_selection import Subject, measured_on_first
from ui.widgets.plotly_chart import chart

NAMES = ("undercomplete", "contractive")  # the same body, without and with the penalty
SIZES = tuple(step / 20 for step in range(21))
SHOWN = 10  # directions that are drawn


class Nudge(NamedTuple):
    """What is done to the image: a key of NUDGES, its size from 0 to 1, and a seed."""

    kind: str
    size: float
    seed: int

    def in_words(self) -> str:
        """The nudge in its own unit."""
        if self.kind == "shift":
            return _("shifted by {pixels:.1f} pixels").format(pixels=self.size * MOST_PIXELS)
        if self.kind == "turn":
            return _("turned by {degrees:.0f}°").format(degrees=self.size * MOST_DEGREES)
        return _("nudged in a random direction")


def choose_nudge() -> Nudge:
    """Kind, size and seed."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        kind = controls.choice(_("Nudge"), controls.named(NUDGES), "nudge")
        size = st.slider(
            _("Size of the nudge"),
            0.05,
            1.0,
            0.5,
            0.05,
            key="size",
            bind="query-params",
            help=_("1 shifts by {pixels:.0f} pixels and turns by {degrees:.0f}°.").format(
                pixels=MOST_PIXELS, degrees=MOST_DEGREES
            ),
        )
        return Nudge(kind, size, controls.seed())


@st.fragment
def nudged(dataset: str, names: list[str], chosen: Subject) -> None:
    """What the sliders change: the pictures, the way of the code, and the gains."""
    nudge = choose_nudge()
    left, right = st.columns([6, 5], gap="large")
    with left:
        sheet(dataset, names, chosen, nudge)
    with right:
        ways(dataset, names, chosen, nudge)
        gains(dataset, names, nudge)


def sheet(dataset: str, names: list[str], chosen: Subject, nudge: Nudge) -> None:
    """The image and its reconstructions before and after, and what has changed."""
    x = chosen.x
    nudged = contraction.nudge(x, nudge.kind, nudge.size, nudge.seed)
    units = {name: cache.spreads(dataset, name) for name in names}
    image = contraction.of_image(x, nudged, units[names[0]].image)
    said = _("{nudged}: moved by {way:.2f} spreads")
    rows = [
        _before_after(_("The image"), image, said.format(nudged=nudge.in_words(), way=image.way))
    ]
    said = _("its code moved by {way:.2f} spreads")
    for name, unit in units.items():
        found = contraction.of_model(models.model(dataset, name), x, nudged, unit.code)
        rows.append(_before_after(model_title(name), found, said.format(way=found.way)))
    picture_sheet(rows, key="nudged", largest=140)


def _before_after(label: str, found: contraction.Response, note: str) -> Row:
    change = basic.signed_colours(found.change[None].numpy(), 1.0)
    grey = [datasets.to_pixels(images)[..., None].repeat(3, axis=3) for images in found[:2]]
    return Row(
        label,
        np.concatenate([*grey, change]),
        note=note,
        captions=[_("before"), _("after"), _("change")],
        alt=_("{label} before and after the nudge, and the change").format(label=label),
    )


def ways(dataset: str, names: list[str], chosen: Subject, nudge: Nudge) -> None:
    """How far the code of this image moves, against the size of the nudge."""
    lines = {
        model_title(name): contraction.ways(
            models.model(dataset, name),
            chosen.x,
            nudge.kind,
            SIZES,
            nudge.seed,
            cache.spreads(dataset, name).code,
        )
        for name in names
    }
    title = _("How far the code of this image moves")
    st.markdown(f"**{title}**")
    titles = (_("size of the nudge"), _("spreads"))
    figure = model_bars.model_lines(SIZES, lines, titles, now=nudge.size)
    chart(figure, key="ways", alt=title)


def gains(dataset: str, names: list[str], nudge: Nudge) -> None:
    """Mean gain of each kind of nudge at this size, over test images."""
    found = {
        model_title(name): {
            _(kind): value
            for kind, value in cache.gains(dataset, name, nudge.size, nudge.seed).items()
        }
        for name in names
    }
    title = _("Gain: the way of the code over the way of the image")
    st.markdown(f"**{title}**")
    figure = model_bars.gain_bars(found, _("gain"))
    chart(figure, key="gains", alt=title)
    st.caption(
        _(
            "A spread is the root mean squared distance of the test images, or of their codes, "
            "from their mean: a code written in smaller numbers gains nothing. At this size, "
            "mean over images. {measured}"
        ).format(measured=measured_on_first(dataset, cache.NUDGED))
    )


def jacobians(dataset: str, names: list[str], chosen: Subject) -> None:
    """The encoder at this image as a linear map: singular values, and the leading directions."""
    values, raw, rows = {}, [], []
    for name in names:
        slopes = contraction.jacobian(models.model(dataset, name), chosen.x)
        raw.append(f"{model_title(name)} {slopes.norm().item():.1f}")
        found = contraction.directions(slopes, cache.spreads(dataset, name))
        label = _("{name}: norm {norm:.1f}").format(
            name=model_title(name), norm=contraction.norm(found.gains)
        )
        values[label] = found.gains.tolist()
        shown = found.pictures.numpy()[:SHOWN]
        rows.append(
            Row(
                model_title(name),
                basic.signed_colours(shown, float(np.quantile(np.abs(shown), 0.995))),
                note=_("its gain below each"),
                captions=[f"{gain:.1f}" for gain in found.gains[:SHOWN].tolist()],
                alt=_("The changes of the image that the code of {name} feels most").format(
                    name=model_title(name)
                ),
            )
        )
    picture_sheet(rows, key="directions", largest=84)
    title = _("Singular values of the encoder's Jacobian at this image")
    st.markdown(f"**{title}**")
    titles = (_("direction, the one felt most first"), _("gain"))
    place = range(1, 1 + max(map(len, values.values())))
    figure = model_bars.model_lines(place, values, titles, logarithmic=True)
    figure.update_layout(height=300)
    chart(figure, key="singular", alt=title)
    st.caption(
        _(
            "Each is a gain: how far the code moves, in spreads of codes, for a small change of "
            "the image in one direction, in spreads of images. The norm is the Frobenius norm, "
            "the root of the sum of their squares. Without the spreads, as the penalty has it: "
            "{norms}."
        ).format(norms=", ".join(raw))
    )


def from_cards(dataset: str, names: list[str]) -> None:
    """What contraction costs, as the cards have it."""
    lines = []
    for name in names:
        card = models.card_of(dataset, name)
        if card.test is not None:
            said = _("{name}: MSE {mse:.4f}, and {noisy:.1f} dB on images with Gaussian noise 0.5")
            values = card.test.values
            noisy = values[Metric("psnr", corruption="Gaussian", strength=0.5)]
            lines.append(
                said.format(name=model_title(name), mse=values[Metric("mse")], noisy=noisy)
            )
    if lines:
        st.caption(
            _("From the cards, all original test images: {all}.").format(all="; ".join(lines))
        )
