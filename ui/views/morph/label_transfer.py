"""The Morph page's other labels: one image as every class, its style kept."""

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
from ui.widgets.image_selection import Subject, verdict


def show(dataset: str, chosen: Subject) -> None:
    """The model and what it keeps; the image under ten labels, and real ones beside."""
    names = models.by_family(dataset, models.available(dataset, "codes")).get("conditional", [])
    if not names:
        st.info(_("There is no model that is told the label for this data set."))
        return
    kept = {"style": _("The style"), "code": _("The code")}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        name = controls.choice(_("Model"), {n: n for n in names}, "teller")
        keep = controls.choice(
            _("What stays"),
            kept,
            "keep",
            help=_(
                "The style: where the code lies among those of its label; under another label "
                "it lies there likewise. The code: the same numbers under every label."
            ),
        )
    if not usable(dataset, [name]):
        return
    model = models.model(dataset, name)
    answers = {way: interpolation.transfer(model, chosen.x, chosen.label, way) for way in kept}
    rows = [
        answer(dataset, kept[way], pictures, marked=way == keep)
        for way, pictures in answers.items()
    ]
    picture_sheet([original(dataset, chosen)], key="original", largest=112)
    picture_sheet([*rows, similar(dataset, chosen)], key="labels", largest=84)
    st.caption(
        _(
            "Under each picture: the class that the judge sees and how sure it is, ≠ where it is "
            "not the one asked for."
        )
    )
    st.subheader(_("The film"))
    with st.container(horizontal=True, gap="large"):
        with st.container(width=300):
            play = animation.choose_play(None, 2)
        with st.container(width=420):
            animation.show_film(
                datasets.to_pixels(answers[keep])[None],
                datasets.to_pixels(answers[keep]),
                play,
                alt=_("The image under ten labels, one after the other"),
                stem=f"labels-{dataset}-{name}-{keep}",
            )


def original(dataset: str, chosen: Subject) -> Row:
    """The image as it is, and as what it was read."""
    return Row(_("The image"), chosen.pixels, note=chosen.given(), captions=chosen.names(dataset))


def answer(dataset: str, label: str, pictures: torch.Tensor, *, marked: bool) -> Row:
    """Ten pictures, and in how many the judge sees what was asked for."""
    opinions = animation.opinions(dataset, pictures)
    agreed = int((opinions.argmax(axis=1) == np.arange(len(opinions))).sum())
    return Row(
        _("{what} stays").format(what=label),
        datasets.to_pixels(pictures),
        note=_("the judge agrees with {count} of {all}").format(count=agreed, all=len(opinions)),
        captions=[verdict(dataset, opinion, asked) for asked, opinion in enumerate(opinions)],
        alt=_("The image under each of the ten labels"),
        marked=marked,
    )


def similar(dataset: str, chosen: Subject) -> Row:
    """The baseline: nothing is drawn, a real image of each class is looked up."""
    images = image_sets.images(dataset)
    found = interpolation.most_similar(chosen.x, datasets.to_tensor(images.pixels), images.labels)
    names = [_(name) for name in datasets.CLASS_NAMES[dataset]]
    return Row(
        _("Most similar in pixels"),
        np.where((found >= 0)[:, None, None], images.pixels[found], 0).astype(np.uint8),
        note=_("decoded pictures") if images.decoded else _("test images"),
        captions=[name if i >= 0 else _("none") for i, name in zip(found, names, strict=True)],
        alt=_("The test image of each class that is closest to the image in pixels"),
    )
