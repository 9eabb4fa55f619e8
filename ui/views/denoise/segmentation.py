"""Segmentation on the Denoise page: which pixels of a digit over clothes are the digit?"""

import numpy as np
import streamlit as st
import torch
from numpy.typing import NDArray
from torch import Tensor

from ae_models import datasets
from ae_models.artifacts.card import CheckpointError
from ae_models.images.overlay import CONTRASTS, Overlay, composite
from ae_models.metric_key import Metric
from ae_models.tasks import segmentation
from ui.base.language import N_, _, said
from ui.components.picture_sheet import Row, picture_sheet
from ui.plots import basic
from ui.views.denoise import cache
from ui.widgets import controls
from ui.widgets.image_selection import SelectedImages, measured_on, several
from ui.widgets.plotly_chart import chart

# RGB of true positives, false negatives and false positives
FOUND, MISSED, WRONG = (240, 240, 240), (68, 119, 170), (238, 119, 51)
NAMES = {
    "U-Net": "U-Net",
    "Otsu": N_("Otsu"),
    "top-hat": N_("top-hat, then Otsu"),
    "best threshold": N_("best threshold, given the ground truth"),
}


@st.fragment
def show(dataset: str, chosen: SelectedImages) -> None:
    """The controls for the contrast, then a row per method."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        contrast = st.slider(
            _("Contrast of the digit"),
            0.05,
            0.8,
            0.3,
            0.05,
            key="contrast",
            bind="query-params",
            help=_(
                "Difference in brightness between the digit and the mean of the cloth below it, "
                "from 0 to 1."
            ),
        )
        seed = controls.seed()
    overlay = overlaid(dataset, chosen, contrast, seed)
    found = methods(dataset, overlay)
    overlap = {
        name: segmentation.iou(marked, overlay.ink).mean().item() for name, marked in found.items()
    }
    rows = [
        Row(_("Digit over clothes"), datasets.to_pixels(overlay.images)),
        Row(_("Ground truth"), marks(overlay.ink, overlay.ink)),
    ]
    for name, marked in found.items():
        note = _("IoU {overlap:.2f}").format(overlap=overlap[name])
        rows.append(Row(_(NAMES[name]), marks(marked, overlay.ink), note=note))
    picture_sheet(rows, key="segmented", largest=84)
    st.caption(
        _(
            "White: true positives; blue: false negatives; orange: false positives. IoU, mean "
            "over the images:"
        )
        + " "
        + _("intersection of the marked pixels and the ground truth over their union.")
    )
    title = _("IoU, from 0 to 1; dotted: Otsu")
    names = [_(NAMES[name]) for name in found]
    figure = basic.quality_bars(names, list(overlap.values()), overlap["Otsu"], title)
    chart(figure, key="iou_bars", alt=title)
    st.caption(measured_on(chosen, *segmentation.pair(dataset)))
    of_test_split(dataset)


def overlaid(dataset: str, chosen: SelectedImages, contrast: float, seed: int) -> Overlay:
    """The chosen images composited with those of the counterpart data set."""
    other = datasets.DATASETS[dataset].out_of_distribution
    beside = several(other, len(chosen.pixels), seed).x
    order = torch.randperm(len(beside), generator=torch.Generator().manual_seed(seed))
    digits, garments = (chosen.x, beside[order])
    if segmentation.pair(dataset)[0] == other:
        digits, garments = garments, digits
    return composite(digits, garments, torch.Generator().manual_seed(seed), contrast)


def methods(dataset: str, overlay: Overlay) -> dict[str, Tensor]:
    """The mask of each method; without the U-Net, with a notice, where it cannot be loaded."""
    try:
        net = cache.segmenter(segmentation.pair(dataset)[0])
    except CheckpointError as error:
        st.warning(said(error))
        return segmentation.thresholds(overlay)
    return {"U-Net": segmentation.segment(net, overlay.images)} | segmentation.thresholds(overlay)


def marks(found: Tensor, truth: Tensor) -> NDArray[np.uint8]:
    """Masks (N, 1, 28, 28) of bool as RGB (N, 28, 28, 3), coloured by correctness."""
    marked, ink = found.squeeze(1).numpy(), truth.squeeze(1).numpy()
    colours = np.zeros((*marked.shape, 3), np.uint8)
    for where, colour in ((marked & ink, FOUND), (~marked & ink, MISSED), (marked & ~ink, WRONG)):
        colours[where] = colour
    return colours


def of_test_split(dataset: str) -> None:
    """Figures of the study over its range of contrasts; nothing where there are none."""
    upper, lower = segmentation.pair(dataset)
    test = cache.figures(upper, segmentation.NAME)
    if test is None or segmentation.pair(upper) != (upper, lower):
        return
    found = {name: test.get(Metric("iou", method=method)) for method, name in NAMES.items()}
    shown_iou = {_(name): value for name, value in found.items() if value is not None}
    low, high = CONTRASTS
    st.markdown(
        _("{count:,} original test digits on test clothes, contrast {low} to {high}, IoU: ").format(
            count=test.images, low=low, high=high
        )
        + ", ".join(f"{name} **{value:.2f}**" for name, value in shown_iou.items())
        + "."
    )
