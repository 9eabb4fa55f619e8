"""The Morph page's attribute directions: the difference of two group means, applied to an image."""

import numpy as np
import streamlit as st
import torch

from ae_models import datasets
from ae_models.images import attributes
from ae_models.tasks import interpolation
from ae_models.tasks.interpolation import Floats
from ui.base.language import _, said
from ui.cache import image_sets, latent, models
from ui.components.picture_sheet import Row, picture_sheet
from ui.plots import basic
from ui.views.morph import animation, groups
from ui.views.morph.groups import Found
from ui.widgets import controls
from ui.widgets.available_models import usable
from ui.widgets.image_selection import SelectedImages
from ui.widgets.plotly_chart import chart

STEPS = 9  # of the strip
EXAMPLES = 9  # of each group
FURTHEST = 3.0
PLACES = np.linspace(-FURTHEST, FURTHEST, 25, dtype=np.float32)  # of the chart


def show(dataset: str, chosen: SelectedImages) -> None:
    """The model and the groups, then the image moved from one towards the other."""
    name = controls.choose_model(models.available(dataset, "codes"))
    if not usable(dataset, [name]):
        return
    with st.spinner(_("Encoding the test images…")):
        codes = latent.codes(dataset, name)
    found = groups.choose(dataset, name, chosen)
    try:
        along = interpolation.direction(codes, found.groups)
    except ValueError as error:
        st.info(said(error))
        return
    pixels = image_sets.images(dataset).pixels
    flat = pixels.reshape(len(pixels), -1)
    in_pixels = interpolation.direction(flat, found.groups) / np.float32(255)
    members(dataset, found)
    moved(dataset, name, chosen, found, (along, in_pixels))


def members(dataset: str, found: Found) -> None:
    """Some of each group."""
    pixels = image_sets.images(dataset).pixels
    rows = []
    for number, (group, name) in enumerate(zip(found.groups, found.names, strict=True), 1):
        some = group[np.linspace(0, len(group) - 1, min(EXAMPLES, len(group))).astype(int)]
        rows.append(
            Row(
                _("Group {number}: {name}").format(number=number, name=name),
                pixels[some],
                note=_("examples of {count:,}").format(count=len(group)),
            )
        )
    picture_sheet(rows, key="members", largest=56)


@st.fragment
def moved(
    dataset: str, name: str, chosen: SelectedImages, found: Found, ways: tuple[Floats, Floats]
) -> None:
    """The step size, the rows in latent and pixel space, their measured values, the animation."""
    far = st.slider(
        _("Step size"),
        -FURTHEST,
        FURTHEST,
        1.0,
        0.1,
        key="far",
        bind="query-params",
        width=460,
        help=_("Unit: the difference between the mean of group 2 and the mean of group 1."),
    )
    names = (_("In latent space"), _("In pixel space"))
    rows_of_images = pictures(
        dataset, name, chosen, ways, np.linspace(0, far, STEPS, dtype=np.float32)
    )
    rows = [
        row(
            dataset,
            label,
            x,
            chosen,
            found,
            conditional=number == 0 and models.needs_label(dataset, name),
        )
        for number, (label, x) in enumerate(zip(names, rows_of_images, strict=True))
    ]
    picture_sheet(rows, key="moved", largest=84)
    what = measure_title(dataset, chosen, found)
    st.caption(_("Below each image: {what}.").format(what=what))
    left, right = st.columns([3, 2], gap="large")
    with left:
        wide = pictures(dataset, name, chosen, ways, PLACES)
        lines = {
            label: measure(dataset, x, chosen, found).tolist()
            for label, x in zip(names, wide, strict=True)
        }
        title = _("Measured on the moved image: {what}").format(what=what)
        st.markdown(f"**{title}**")
        figure = basic.curves(PLACES.tolist(), lines, _("step size"), what, now=far)
        chart(figure, key="along", alt=title)
    with right:
        playback = animation.choose_playback(31, 12)
        steps = np.linspace(0, far, playback.frames, dtype=np.float32)
        animation.show_animation(
            np.stack([datasets.to_pixels(x) for x in rows_of_images]),
            datasets.to_pixels(pictures(dataset, name, chosen, ways, steps)[0]),
            playback,
            alt=_("The image moved along the direction"),
            stem=f"direction-{dataset}-{name}",
        )


def pictures(
    dataset: str, name: str, chosen: SelectedImages, ways: tuple[Floats, Floats], steps: Floats
) -> tuple[torch.Tensor, torch.Tensor]:
    """The image moved by steps (S,) in the code and in pixels, (S, 1, 28, 28) each."""
    label = animation.labels_for(dataset, name, chosen.labels)
    return (
        interpolation.moved(models.model(dataset, name), chosen.x, ways[0], steps, label),
        interpolation.moved_pixels(chosen.x, ways[1], steps),
    )


def measure(dataset: str, x: torch.Tensor, chosen: SelectedImages, found: Found) -> Floats:
    """The measured value of images (N, 1, 28, 28): the attribute, or a class probability."""
    if found.attribute:
        values: Floats = attributes.measure([found.attribute], x)[:, 0].numpy()
        return values
    label = found.classes[1] if found.classes else int(chosen.labels[0])
    return animation.class_probabilities(dataset, x)[:, label]


def measure_title(dataset: str, chosen: SelectedImages, found: Found) -> str:
    """The name of the measured value, with its unit."""
    if found.attribute:
        unit = attributes.MEASURES[found.attribute].unit
        return f"{_(found.attribute)}, {_(unit)}" if unit else _(found.attribute)
    label = found.classes[1] if found.classes else int(chosen.labels[0])
    name = _(datasets.DATASETS[dataset].classes[label])
    return _("probability of {name}, reference classifier").format(name=name)


def row(
    dataset: str,
    label: str,
    x: torch.Tensor,
    chosen: SelectedImages,
    found: Found,
    *,
    conditional: bool,
) -> Row:
    """One row, with the measured value below every image."""
    values = measure(dataset, x, chosen, found)
    short = "{:.2f}" if np.abs(values).max() < 2 else "{:.1f}"
    return Row(
        label,
        datasets.to_pixels(x),
        note=chosen.given() if conditional else "",
        captions=[short.format(value) for value in values],
        alt=_("{label}: the image moved along the direction").format(label=label),
    )
