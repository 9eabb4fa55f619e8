"""The Denoise page's pieces where the damage is missing patches: who draws them again?"""

from typing import NamedTuple

import numpy as np
import streamlit as st
import torch
from numpy.typing import NDArray
from torch import Tensor

from ae_models import data, inference
from ae_models.tasks import inpainting
from ae_models.variants.pca import Pca
from ui import cached, controls
from ui.components.picture_sheet import Row, picture_sheet
from ui.denoising import measured_on
from ui.language import _
from ui.subject import Subject
from ui.usable import usable

PCA = "pca-64"
BIHARMONIC = "biharmonic"
BLUE = (68, 119, 170)  # what is hidden, told from black and white


class Filled(NamedTuple):
    """Images with hidden patches, and what each method draws there, by name."""

    hidden: Tensor  # (N, 1, 28, 28) of bool
    answers: dict[str, Tensor]  # (N, 1, 28, 28)


@st.fragment
def show(dataset: str, chosen: Subject) -> None:
    """The two controls, and a row a method."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        part = st.slider(_("Part hidden"), 0.1, 0.9, 0.5, 0.05, key="part", bind="query-params")
        seed = controls.seed()
    fillers = usable(dataset, cached.names(dataset, "fills in"))
    sheet(chosen, compute(dataset, chosen, part, seed, fillers))
    st.caption(measured_on(chosen, dataset))
    for name in fillers:
        st.markdown(card_figures(dataset, name))


def compute(dataset: str, chosen: Subject, part: float, seed: int, fillers: list[str]) -> Filled:
    """Hide patches of the chosen images and ask everybody who can fill them."""
    x = chosen.x
    hidden = inpainting.hide_patches(x, part, torch.Generator().manual_seed(seed))
    answers = {name: inpainting.fill(cached.model(dataset, name), x, hidden) for name in fillers}
    if PCA in cached.names(dataset, "reconstructs") and usable(dataset, [PCA]):
        pca = cached.model(dataset, PCA)
        assert isinstance(pca, Pca)
        answers[PCA] = inpainting.pca_fill(pca, x, hidden)
    return Filled(hidden, answers | {BIHARMONIC: inpainting.biharmonic(x, hidden)})


def sheet(chosen: Subject, result: Filled) -> None:
    """The originals, what is left of them, then a row a method with its PSNR."""
    rows = [
        Row(_("Original"), chosen.pixels),
        Row(
            _("Left over"),
            covered(chosen.pixels, result.hidden),
            note=_("hidden: blue"),
            alt=_("The same images with their hidden patches in blue"),
        ),
    ]
    names = {
        PCA: _("{name}, least squares").format(name=PCA),
        BIHARMONIC: _("biharmonic equation"),
    }
    for name, x_hat in result.answers.items():
        decibels = inpainting.hidden_psnr(x_hat, chosen.x, result.hidden).mean().item()
        note = _("{psnr:.1f} dB where hidden").format(psnr=decibels)
        rows.append(Row(names.get(name, name), data.to_pixels(x_hat), note=note))
    picture_sheet(rows, key="filled", largest=84)
    if inference.notice:
        st.caption(_(inference.notice))


def covered(pixels: NDArray[np.uint8], hidden: Tensor) -> NDArray[np.uint8]:
    """(N, 28, 28) -> (N, 28, 28, 3) with the hidden pixels in one colour."""
    colours = pixels[..., None].repeat(3, axis=3)
    colours[hidden.squeeze(1).numpy()] = BLUE
    return colours


def card_figures(dataset: str, name: str) -> str:
    """What a card says of hidden patches, its own figure and the baseline's."""
    test = cached.card_of(dataset, name).test
    told = {k: v for k, v in test.values.items() if "hidden" in k} if test else {}
    shown = [f"{key.replace('psnr', 'PSNR')} **{value:.1f} dB**" for key, value in told.items()]
    return _("Card of {name}, all 10,000 original test images: {figures}.").format(
        name=name, figures=", ".join(shown)
    )
