"""The Morph page's interpolation between two images, and the cross-fade as its baseline."""

import numpy as np
import streamlit as st
import torch

from ae_models import datasets
from ae_models.tasks import interpolation
from ui.base.language import _
from ui.cache import image_sets, models
from ui.components.picture_sheet import Row, picture_sheet
from ui.views.morph import animation
from ui.widgets import controls
from ui.widgets.available_models import usable
from ui.widgets.image_selection import SelectedImages

STEPS = 11  # of the strip
FADE = "fade"


def show(dataset: str, chosen: SelectedImages) -> None:
    """The target image and the model, a row for each method, and the animation of one of them."""
    images = image_sets.images(dataset)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        name = controls.choose_model(models.available(dataset, "codes"))
        last = len(images.pixels) - 1
        to = st.number_input(
            _("To image number"), 0, last, 18, key="to", width=150, bind="query-params"
        )
        if not usable(dataset, [name]):
            return
        offered = interpolation.ways(models.model(dataset, name))
        names = {
            "straight": _("Linear (lerp)"),
            "arc": _("Spherical (slerp)"),
            FADE: _("Pixel cross-fade"),
        }
        way = controls.choice(
            _("Animation of"), {key: names[key] for key in (*offered, FADE)}, "way"
        )
    if (chosen.pixels[0] == images.pixels[to]).all():
        st.info(_("Both images are the same: choose another target image."))
        return
    both = SelectedImages(
        np.stack([chosen.pixels[0], images.pixels[to]]),
        np.array([chosen.labels[0], images.labels[to]]),
        chosen.predicted,
    )
    strips = {key: images_along(dataset, name, both, key, STEPS) for key in (*offered, FADE)}
    rows = [row(dataset, name, both, key, names[key], x) for key, x in strips.items()]
    picture_sheet(rows, key="strips", largest=84)
    st.caption(
        _(
            "Below each image: predicted class and probability according to the reference "
            "classifier."
        )
    )
    st.subheader(_("Animation"))
    with st.container(horizontal=True, gap="large"):
        with st.container(width=300):
            playback = animation.choose_playback(31, 12)
        with st.container(width=420):
            animation.show_animation(
                np.stack([datasets.to_pixels(x) for x in strips.values()]),
                datasets.to_pixels(images_along(dataset, name, both, way, playback.frames)),
                playback,
                alt=_("From the first image to the second: {way}").format(way=names[way]),
                stem=f"interpolation-{dataset}-{name}-{way}",
            )


def images_along(
    dataset: str, name: str, both: SelectedImages, way: str, steps: int
) -> torch.Tensor:
    """(steps, 1, 28, 28) from the first image to the second."""
    if way == FADE:
        return interpolation.cross_fade(both.x, steps)
    labels = animation.labels_for(dataset, name, both.labels)
    return interpolation.interpolate(models.model(dataset, name), both.x, steps, way, labels)


def row(
    dataset: str, name: str, both: SelectedImages, way: str, label: str, x: torch.Tensor
) -> Row:
    """One method, with the predicted class of every step."""
    probabilities = animation.class_probabilities(dataset, x)
    probability = _("mean probability {part:.0%}").format(part=probabilities.max(axis=1).mean())
    conditional = way != FADE and models.needs_label(dataset, name)
    given = _("{given} of the nearer image").format(given=both.given()) if conditional else ""
    return Row(
        label,
        datasets.to_pixels(x),
        note=" · ".join(filter(None, (probability, given))),
        captions=[animation.predicted_class(dataset, each) for each in probabilities],
        alt=_("From the first image to the second: {way}").format(way=label),
    )
