"""Inpainting on the Denoise page: models beside PCA and the biharmonic equation."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from torch import Tensor

from ae_models import datasets, metrics
from ae_models.artifacts.titles import title
from ae_models.tasks import inpainting
from ae_models.tasks.restoration.methods import BLIND
from ui.base.language import _, said
from ui.base.model_titles import model_title
from ui.cache import models
from ui.components.picture_sheet import Row, picture_sheet
from ui.views.denoise import mask_controls
from ui.views.denoise.results import of_test_split
from ui.widgets.available_models import usable
from ui.widgets.image_selection import SelectedImages, measured_on

PCA = "pca-64"
BIHARMONIC = "biharmonic"
BLUE = (68, 119, 170)  # hidden pixels, distinct from black and white


@st.fragment
def show(dataset: str, chosen: SelectedImages) -> None:
    """The controls for the hidden region, then a row per method."""
    hidden = mask_controls.choose(chosen)
    if hidden is None:
        return
    fillers = usable(dataset, models.available(dataset, "inpaints"))
    sheet(chosen, hidden.pixels, compute(dataset, chosen, hidden.pixels, fillers))
    st.caption(measured_on(chosen, dataset))
    if hidden.single and fillers:
        st.caption(
            _(
                "A masked autoencoder works on patches of 4×4 pixels: a patch with one hidden "
                "pixel is hidden as a whole."
            )
        )
    of_test_split(dataset, hidden.case)
    for name in fillers:
        st.markdown(card_figures(dataset, name))


def compute(
    dataset: str, chosen: SelectedImages, hidden: Tensor, fillers: list[str]
) -> dict[str, Tensor]:
    """Images (N, 1, 28, 28) with hidden pixels inpainted, by method."""
    x = chosen.x
    answers = {name: inpainting.fill(models.model(dataset, name), x, hidden) for name in fillers}
    others = [name for name in (BLIND, PCA) if name in models.available(dataset, "reconstructs")]
    for name in usable(dataset, others):
        model = models.model(dataset, name)
        fill = inpainting.pca_fill if name == PCA else inpainting.blind_fill
        answers[name] = fill(model, x, hidden)
    return answers | {BIHARMONIC: inpainting.biharmonic(x, hidden)}


def sheet(chosen: SelectedImages, hidden: Tensor, answers: dict[str, Tensor]) -> None:
    """Original and masked images, then a row per method with its PSNR and SSIM."""
    black = chosen.x.masked_fill(hidden, 0.0)
    rows = [
        Row(_("Original"), chosen.pixels),
        Row(
            _("Masked input"),
            masked_colours(chosen.pixels, hidden),
            note=_("hidden pixels in blue; set to 0: {figures}").format(
                figures=note(chosen, hidden, black)
            ),
            alt=_("The same images with the hidden pixels in blue"),
        ),
    ]
    names = {
        BLIND: _("{name}, blind").format(name=model_title(BLIND)),
        PCA: _("{name}, least squares").format(name=model_title(PCA)),
        BIHARMONIC: _("biharmonic equation"),
    }
    for name, x_hat in answers.items():
        label = names.get(name, model_title(name))
        rows.append(Row(label, datasets.to_pixels(x_hat), note=note(chosen, hidden, x_hat)))
    picture_sheet(rows, key="filled", largest=84)


def note(chosen: SelectedImages, hidden: Tensor, x_hat: Tensor) -> str:
    """PSNR of the hidden pixels and SSIM of the whole, mean over images."""
    return _("{psnr:.1f} dB on hidden pixels, SSIM {ssim:.2f}").format(
        psnr=inpainting.hidden_psnr(x_hat, chosen.x, hidden).mean().item(),
        ssim=metrics.ssim(x_hat, chosen.x).mean().item(),
    )


def masked_colours(pixels: NDArray[np.uint8], hidden: Tensor) -> NDArray[np.uint8]:
    """(N, 28, 28) -> (N, 28, 28, 3) with the hidden pixels in one colour."""
    colours = pixels[..., None].repeat(3, axis=3)
    colours[hidden.squeeze(1).numpy()] = BLUE
    return colours


def card_figures(dataset: str, name: str) -> str:
    """A card's figures on hidden patches: the model's and the baseline's."""
    test = models.card_of(dataset, name).test
    keys = (inpainting.HIDDEN, inpainting.HIDDEN_BASELINE)
    shown = [
        f"{said(key.title(title))} **{said(key.shown(test[key]))}**"
        for key in keys
        if test and key in test.values
    ]
    return _("Card of {name}, all 10,000 original test images: {figures}.").format(
        name=model_title(name), figures=", ".join(shown)
    )
