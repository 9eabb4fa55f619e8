"""The Morph page's walk from one image to another, and the cross-fade beside it."""

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
from ui.widgets.image_selection import Subject

STEPS = 11  # of the strip
FADE = "fade"


def show(dataset: str, chosen: Subject) -> None:
    """The second image and the model, the strips of every way, and the film of one of them."""
    images = image_sets.images(dataset)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        name = controls.choose_model(models.available(dataset, "codes"))
        last = len(images.pixels) - 1
        to = st.number_input(
            _("To image number"), 0, last, 18, key="to", width=160, bind="query-params"
        )
        if not usable(dataset, [name]):
            return
        offered = interpolation.ways(models.model(dataset, name))
        names = {
            "straight": _("Straight line"),
            "arc": _("Arc"),
            FADE: _("Cross-fade of pixels"),
        }
        way = controls.choice(_("Film of"), {key: names[key] for key in (*offered, FADE)}, "way")
    if (chosen.pixels[0] == images.pixels[to]).all():
        st.info(_("Both images are the same: choose another one to walk to."))
        return
    both = Subject(
        np.stack([chosen.pixels[0], images.pixels[to]]),
        np.array([chosen.labels[0], images.labels[to]]),
        chosen.judged,
    )
    strips = {key: walked(dataset, name, both, key, STEPS) for key in (*offered, FADE)}
    rows = [row(dataset, name, both, key, names[key], x) for key, x in strips.items()]
    picture_sheet(rows, key="strips", largest=84)
    st.caption(_("Under each picture: the class that the judge sees, and how sure it is."))
    st.subheader(_("The film"))
    with st.container(horizontal=True, gap="large"):
        with st.container(width=300):
            play = animation.choose_play(31, 12)
        with st.container(width=420):
            animation.show_film(
                np.stack([datasets.to_pixels(x) for x in strips.values()]),
                datasets.to_pixels(walked(dataset, name, both, way, play.frames)),
                play,
                alt=_("From the first image to the second: {way}").format(way=names[way]),
                stem=f"walk-{dataset}-{name}-{way}",
            )


def walked(dataset: str, name: str, both: Subject, way: str, steps: int) -> torch.Tensor:
    """(steps, 1, 28, 28) from the first image to the second."""
    if way == FADE:
        return interpolation.cross_fade(both.x, steps)
    told = animation.told(dataset, name, both.labels)
    return interpolation.interpolate(models.model(dataset, name), both.x, steps, way, told)


def row(dataset: str, name: str, both: Subject, way: str, label: str, x: torch.Tensor) -> Row:
    """One way, with what the judge sees in every step."""
    opinions = animation.opinions(dataset, x)
    sure = _("the judge is {part:.0%} sure on average").format(part=opinions.max(axis=1).mean())
    asked = way != FADE and models.needs_label(dataset, name)
    given = _("{given}, of the nearer end").format(given=both.given()) if asked else ""
    return Row(
        label,
        datasets.to_pixels(x),
        note=" · ".join(filter(None, (sure, given))),
        captions=[animation.seen(dataset, opinion) for opinion in opinions],
        alt=_("From the first image to the second: {way}").format(way=label),
    )
