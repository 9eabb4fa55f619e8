"""The Denoise page's pieces where digits lie on cloth: which pixels are the digit?"""

import numpy as np
import streamlit as st
import torch
from numpy.typing import NDArray
from torch import Tensor

from ae_models import datasets
from ae_models.artifacts.card import CheckpointError
from ae_models.images.overlay import CONTRASTS, Overlay, lay
from ae_models.metric_key import Metric
from ae_models.tasks import segmentation
from ui.base.language import N_, _, said
from ui.components.picture_sheet import Row, picture_sheet
from ui.plots import basic
from ui.views.denoise import cache
from ui.widgets import controls
from ui.widgets.image_selection import Subject, measured_on, several
from ui.widgets.plotly_chart import chart

FOUND, MISSED, WRONG = (240, 240, 240), (68, 119, 170), (238, 119, 51)
NAMES = {
    "U-Net": "U-Net",
    "Otsu": N_("Otsu"),
    "top-hat": N_("top-hat, then Otsu"),
    "best threshold": N_("best threshold, told the truth"),
}


@st.fragment
def show(dataset: str, chosen: Subject) -> None:
    """How faint the ink is, and a row a method."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        contrast = st.slider(
            _("Contrast of the ink"),
            0.05,
            0.8,
            0.3,
            0.05,
            key="contrast",
            bind="query-params",
            help=_("Brightness between the ink and the mean of the cloth below it; 1 is all."),
        )
        seed = controls.seed()
    laid = overlaid(dataset, chosen, contrast, seed)
    found = methods(dataset, laid)
    overlap = {
        name: segmentation.iou(marked, laid.ink).mean().item() for name, marked in found.items()
    }
    rows = [
        Row(_("Digit on cloth"), datasets.to_pixels(laid.images)),
        Row(_("The digit"), marks(laid.ink, laid.ink)),
    ]
    for name, marked in found.items():
        note = _("IoU {overlap:.2f}").format(overlap=overlap[name])
        rows.append(Row(_(NAMES[name]), marks(marked, laid.ink), note=note))
    picture_sheet(rows, key="segmented", largest=84)
    st.caption(
        _("White: found; blue: missed; orange: cloth taken for ink. IoU, mean over the images:")
        + " "
        + _("pixels marked rightly, of all that are marked or are ink.")
    )
    title = _("IoU, at most 1; dotted: Otsu")
    names = [_(NAMES[name]) for name in found]
    figure = basic.quality_bars(names, list(overlap.values()), overlap["Otsu"], title)
    chart(figure, key="iou_bars", alt=title)
    st.caption(measured_on(chosen, *segmentation.pair(dataset)))
    of_test_split(dataset)


def overlaid(dataset: str, chosen: Subject, contrast: float, seed: int) -> Overlay:
    """The chosen images over those of another data set, or below its strokes."""
    other = datasets.DATASETS[dataset].out_of_distribution
    beside = several(other, len(chosen.pixels), seed).x
    order = torch.randperm(len(beside), generator=torch.Generator().manual_seed(seed))
    digits, garments = (chosen.x, beside[order])
    if segmentation.pair(dataset)[0] == other:
        digits, garments = garments, digits
    return lay(digits, garments, torch.Generator().manual_seed(seed), contrast)


def methods(dataset: str, laid: Overlay) -> dict[str, Tensor]:
    """What each method marks; without the net, which says why, where its file is broken."""
    try:
        net = cache.segmenter(segmentation.pair(dataset)[0])
    except CheckpointError as error:
        st.warning(said(error))
        return segmentation.thresholds(laid)
    return {"U-Net": segmentation.segment(net, laid.images)} | segmentation.thresholds(laid)


def marks(found: Tensor, truth: Tensor) -> NDArray[np.uint8]:
    """Marked pixels (N, 1, 28, 28) of bool as RGB (N, 28, 28, 3), right ones and wrong ones."""
    marked, ink = found.squeeze(1).numpy(), truth.squeeze(1).numpy()
    colours = np.zeros((*marked.shape, 3), np.uint8)
    for where, colour in ((marked & ink, FOUND), (~marked & ink, MISSED), (marked & ~ink, WRONG)):
        colours[where] = colour
    return colours


def of_test_split(dataset: str) -> None:
    """What the study says of contrasts from its whole range; nothing where there is none."""
    upper, lower = segmentation.pair(dataset)
    test = cache.figures(upper, segmentation.NAME)
    if test is None or segmentation.pair(upper) != (upper, lower):
        return
    found = {name: test.get(Metric("iou", method=method)) for method, name in NAMES.items()}
    told = {_(name): value for name, value in found.items() if value is not None}
    low, high = CONTRASTS
    st.markdown(
        _("{count:,} original test digits on test clothes, contrast {low} to {high}, IoU: ").format(
            count=test.images, low=low, high=high
        )
        + ", ".join(f"{name} **{value:.2f}**" for name, value in told.items())
        + "."
    )
