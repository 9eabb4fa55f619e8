"""What the Contraction page shows: an image, its perturbation, and how two codes respond."""

from typing import NamedTuple

import numpy as np
import streamlit as st

from ae_models import datasets
from ae_models.metric_key import Metric
from ae_models.tasks import contraction
from ae_models.tasks.contraction import MAX_ROTATION, MAX_SHIFT
from ui.base.language import N_, _
from ui.base.model_titles import model_title
from ui.cache import models
from ui.components.picture_sheet import Row, picture_sheet
from ui.plots import basic, model_bars
from ui.views.contraction import cache
from ui.widgets import controls
from ui.widgets.image_selection import SelectedImages, measured_on_first
from ui.widgets.plotly_chart import chart

FIRST_SIZE = 0.5  # of the perturbation
NAMES = ("undercomplete", "contractive")  # one architecture, without and with the penalty
KINDS = {  # of perturbations, the keys of contraction.PERTURBATIONS
    "random direction": N_("random direction"),
    "shift": N_("shift"),
    "turn": N_("rotation"),
}
SIZES = tuple(step / 20 for step in range(21))
SHOWN = 10  # directions of the highest gain


class Perturbation(NamedTuple):
    """A key of KINDS, a size from 0 to 1, and a seed."""

    kind: str
    size: float
    seed: int

    def in_words(self) -> str:
        """The perturbation in its own unit, for a caption."""
        if self.kind == "shift":
            return _("shifted by {pixels:.1f} pixels").format(pixels=self.size * MAX_SHIFT)
        if self.kind == "turn":
            return _("rotated by {degrees:.0f}°").format(degrees=self.size * MAX_ROTATION)
        return _("perturbed in a random direction")


def choose_perturbation() -> Perturbation:
    """The controls for kind, size and seed."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        kind = controls.choice(
            _("Perturbation"), {kind: _(title) for kind, title in KINDS.items()}, "nudge"
        )
        size = st.slider(
            _("Perturbation size"),
            0.05,
            1.0,
            FIRST_SIZE,
            0.05,
            key="size",
            bind="query-params",
            help=_("1 is a shift by {pixels:.0f} pixels or a rotation by {degrees:.0f}°.").format(
                pixels=MAX_SHIFT, degrees=MAX_ROTATION
            ),
        )
        return Perturbation(kind, size, controls.seed())


@st.fragment
def show(dataset: str, names: list[str], chosen: SelectedImages) -> None:
    """The controls and what depends on them: images, displacement of the code, and gains."""
    perturbation = choose_perturbation()
    left, right = st.columns([6, 5], gap="large")
    with left:
        sheet(dataset, names, chosen, perturbation)
    with right:
        displacements(dataset, names, chosen, perturbation)
        gains(dataset, names, perturbation)


def sheet(
    dataset: str, names: list[str], chosen: SelectedImages, perturbation: Perturbation
) -> None:
    """The image and its reconstructions before and after the perturbation, and the difference."""
    x = chosen.x
    perturbed = contraction.perturb(x, *perturbation)
    scales = {name: cache.scales(dataset, name) for name in names}
    image = contraction.image_response(x, perturbed, scales[names[0]].image)
    note = _("{perturbed}: moved by {distance:.2f} RMS distances").format(
        perturbed=perturbation.in_words(), distance=image.distance
    )
    rows = [_before_after(_("The image"), image, note)]
    for name, scale in scales.items():
        model = models.model(dataset, name)
        found = contraction.model_response(model, x, perturbed, scale.code)
        note = _("code moved by {distance:.2f} RMS distances").format(distance=found.distance)
        rows.append(_before_after(model_title(name), found, note))
    picture_sheet(rows, key="perturbed", largest=140)


def _before_after(label: str, response: contraction.Response, note: str) -> Row:
    change = basic.signed_colours(response.change[None].numpy(), 1.0)
    grey = [datasets.to_pixels(images)[..., None].repeat(3, axis=3) for images in response[:2]]
    return Row(
        label,
        np.concatenate([*grey, change]),
        note=note,
        captions=[_("before"), _("after"), _("difference")],
        alt=_("{label} before and after the perturbation, and the difference").format(label=label),
    )


def displacements(
    dataset: str, names: list[str], chosen: SelectedImages, perturbation: Perturbation
) -> None:
    """Displacement of the code of this image by perturbation size."""
    lines = {
        model_title(name): contraction.displacement_curve(
            models.model(dataset, name),
            chosen.x,
            perturbation.kind,
            SIZES,
            perturbation.seed,
            cache.scales(dataset, name).code,
        )
        for name in names
    }
    title = _("Displacement of the code by perturbation size")
    st.markdown(f"**{title}**")
    titles = (_("perturbation size"), _("RMS distances"))
    figure = model_bars.model_lines(SIZES, lines, titles, now=perturbation.size)
    chart(figure, key="ways", alt=title)


def gains(dataset: str, names: list[str], perturbation: Perturbation) -> None:
    """Mean gain of each kind of perturbation at this size, over test images."""
    found = {
        model_title(name): {
            _(KINDS[kind]): value
            for kind, value in cache.gains(
                dataset, name, perturbation.size, perturbation.seed
            ).items()
        }
        for name in names
    }
    title = _("Gain: displacement of the code over that of the image")
    st.markdown(f"**{title}**")
    figure = model_bars.gain_bars(found, _("gain"))
    chart(figure, key="gains", alt=title)
    st.caption(
        _(
            "Displacements are multiples of the RMS distance from the mean, of the test "
            "images or of their codes, so that rescaling a code does not change its gain. "
            "Gain at this size, mean over images. {measured}"
        ).format(measured=measured_on_first(dataset, cache.PERTURBED))
    )


def jacobians(dataset: str, names: list[str], chosen: SelectedImages) -> None:
    """Singular values and leading right singular vectors of the encoder's Jacobian."""
    values, raw, rows = {}, [], []
    for name in names:
        slopes = contraction.jacobian(models.model(dataset, name), chosen.x)
        raw.append(f"{model_title(name)}: {slopes.norm().item():.1f}")
        found = contraction.directions(slopes, cache.scales(dataset, name))
        label = _("{name}: norm {norm:.1f}").format(
            name=model_title(name), norm=contraction.frobenius_norm(found.gains)
        )
        values[label] = found.gains.tolist()
        shown = found.patterns.numpy()[:SHOWN]
        rows.append(
            Row(
                model_title(name),
                basic.signed_colours(shown, float(np.quantile(np.abs(shown), 0.995))),
                note=_("gain below each direction"),
                captions=[f"{gain:.1f}" for gain in found.gains[:SHOWN].tolist()],
                alt=_("Changes of the image to which the code of {name} is most sensitive").format(
                    name=model_title(name)
                ),
            )
        )
    picture_sheet(rows, key="directions", largest=84)
    title = _("Singular values of the encoder's Jacobian at this image")
    st.markdown(f"**{title}**")
    titles = (_("direction, by decreasing gain"), _("gain"))
    index = range(1, 1 + max(map(len, values.values())))
    figure = model_bars.model_lines(index, values, titles, logarithmic=True)
    figure.update_layout(height=300)
    chart(figure, key="singular", alt=title)
    st.caption(
        _(
            "Each singular value is a gain: the displacement of the code for a small "
            "displacement of the image in one direction, both in RMS distances from the "
            "mean. The norm is the Frobenius norm, the root of the sum of the squared "
            "singular values. Of the Jacobian in raw units, as in the penalty: {norms}."
        ).format(norms="; ".join(raw))
    )


def from_cards(dataset: str, names: list[str]) -> None:
    """Clean and noisy reconstruction error of both models, from their cards."""
    lines = []
    for name in names:
        card = models.card_of(dataset, name)
        if card.test is not None:
            text = _("{name}: MSE {mse:.4f}, and {noisy:.1f} dB on images with Gaussian noise 0.5")
            values = card.test.values
            noisy = values[Metric("psnr", corruption="Gaussian", strength=0.5)]
            lines.append(
                text.format(name=model_title(name), mse=values[Metric("mse")], noisy=noisy)
            )
    if lines:
        st.caption(
            _("From the model cards, all original test images: {all}.").format(all="; ".join(lines))
        )
