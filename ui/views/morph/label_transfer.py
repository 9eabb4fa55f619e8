"""The Morph page's label transfer: one image under every label, its style kept."""

import numpy as np
import streamlit as st
import torch

from ae_models import datasets
from ae_models.tasks import interpolation
from ui.base.language import _
from ui.base.model_titles import model_titles
from ui.cache import image_sets, models
from ui.components.picture_sheet import Row, picture_sheet
from ui.views.morph import animation
from ui.widgets import controls
from ui.widgets.available_models import usable
from ui.widgets.image_selection import SelectedImages, predicted_class


def show(dataset: str, chosen: SelectedImages) -> None:
    """The model and what is kept; the image under every label, and test images as a baseline."""
    names = models.by_family(dataset, models.available(dataset, "codes")).get("conditional", [])
    if not names:
        st.info(_("No class-conditional model has been trained for this data set."))
        return
    kept = {"style": _("Style"), "code": _("Code")}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        name = controls.choice(_("Model"), model_titles(names), "teller")
        keep = controls.choice(
            _("Kept"),
            kept,
            "keep",
            help=_(
                "Style: the position of the code relative to the prior of its label, "
                "transferred to the prior of each other label. Code: the same latent code "
                "under every label."
            ),
        )
    if not usable(dataset, [name]):
        return
    model = models.model(dataset, name)
    transferred = {way: interpolation.transfer(model, chosen.x, chosen.label, way) for way in kept}
    rows = [
        transfer_row(dataset, kept[way], pictures, marked=way == keep)
        for way, pictures in transferred.items()
    ]
    picture_sheet([original(dataset, chosen)], key="original", largest=112)
    picture_sheet([*rows, similar(dataset, chosen)], key="labels", largest=84)
    st.caption(
        _(
            "Below each image: predicted class and probability according to the reference "
            "classifier; ≠ where it is not the requested class."
        )
    )
    st.subheader(_("Animation"))
    with st.container(horizontal=True, gap="large"):
        with st.container(width=300):
            playback = animation.choose_playback(None, 2)
        with st.container(width=420):
            animation.show_animation(
                datasets.to_pixels(transferred[keep])[None],
                datasets.to_pixels(transferred[keep]),
                playback,
                alt=_("The image under each label in turn"),
                stem=f"labels-{dataset}-{name}-{keep}",
            )


def original(dataset: str, chosen: SelectedImages) -> Row:
    """The image itself with its label."""
    return Row(_("The image"), chosen.pixels, note=chosen.given(), captions=chosen.names(dataset))


def transfer_row(dataset: str, label: str, pictures: torch.Tensor, *, marked: bool) -> Row:
    """One image per label, and how many are classified as that label."""
    probabilities = animation.class_probabilities(dataset, pictures)
    agreed = int((probabilities.argmax(axis=1) == np.arange(len(probabilities))).sum())
    return Row(
        _("{what} kept").format(what=label),
        datasets.to_pixels(pictures),
        note=_("requested class predicted for {count} of {all}").format(
            count=agreed, all=len(probabilities)
        ),
        captions=[
            predicted_class(dataset, each, label) for label, each in enumerate(probabilities)
        ],
        alt=_("The image under each label"),
        marked=marked,
    )


def similar(dataset: str, chosen: SelectedImages) -> Row:
    """The baseline without a decoder: the nearest test image of each class."""
    images = image_sets.images(dataset)
    names = [_(name) for name in datasets.DATASETS[dataset].classes]
    x = datasets.to_tensor(images.pixels)
    found = interpolation.most_similar(chosen.x, x, images.labels, len(names))
    return Row(
        _("Most similar test image"),
        np.where((found >= 0)[:, None, None], images.pixels[found], 0).astype(np.uint8),
        note=_("decoded images") if images.decoded else _("test images"),
        captions=[name if i >= 0 else _("none") for i, name in zip(found, names, strict=True)],
        alt=_("The test image of each class with the smallest pixel distance to the image"),
    )
