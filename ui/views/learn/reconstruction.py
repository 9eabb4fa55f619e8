"""Illustrations that reconstruct images with several networks.

Their controls have keys of their own: a control of the same key on another page would lose its
value when a visitor follows a link from here.
"""

import streamlit as st
from torch import Tensor

from ae_models import datasets, inference, metrics
from ae_models.tasks import compression, depth
from ae_models.tasks.restoration import methods
from ui.base.language import _
from ui.base.model_titles import model_title
from ui.cache import models
from ui.components.picture_sheet import Row, picture_sheet
from ui.views.contraction import view as contraction_view
from ui.views.depth import view as depth_view
from ui.views.learn.neuron_and_loss import slider
from ui.views.sparsity import view
from ui.views.start import view as start_view
from ui.widgets import controls
from ui.widgets.available_models import readable, usable
from ui.widgets.image_selection import SelectedImages, measured_on, several

IMAGES = 8
PERTURBATION = ("random direction", 0.5)


def parts(dataset: str) -> None:
    """One image, its code as bars, and its reconstruction."""
    if usable(dataset, ["undercomplete"]):
        start_view.through(dataset, "undercomplete", several(dataset, 1, which()))


def copying(dataset: str) -> None:
    """Images and random pixels through an overcomplete and an undercomplete autoencoder."""
    nets = usable(dataset, [depth.OVERCOMPLETE, depth.UNDERCOMPLETE])
    depth_view.copying(dataset, nets, key="pixels")


@st.fragment
def widths(dataset: str) -> None:
    """The same images through a dense autoencoder and PCA of one latent dimension."""
    width = int(
        st.select_slider(
            _("Latent dimension"), compression.WIDTHS, 8, key="numbers", bind="query-params"
        )
    )
    sheet(dataset, [compression.dense(width), compression.pca(width)])


@st.fragment
def noise(dataset: str) -> None:
    """Noisy images through a plain and a denoising autoencoder."""
    strength = slider(_("Strength"), "noisiness", 0.0, 1.0, 0.5)
    chosen = several(dataset, IMAGES, which())
    noisy = methods.corrupt(chosen.x, "Gaussian", strength, 0)
    sheet(dataset, ["undercomplete", "denoising"], chosen, noisy, _("Noisy"))


def sparse(dataset: str) -> None:
    """An image reconstructed from its most active units alone."""
    if usable(dataset, [view.SPARSE]):
        view.reconstruction(dataset, several(dataset, 1, which()), key="units")


def contractive(dataset: str) -> None:
    """One perturbed image, and how far the codes of two models move."""
    names = usable(dataset, ["undercomplete", "contractive"])
    if names:
        kind, size = PERTURBATION
        contraction_view.sheet(
            dataset,
            names,
            several(dataset, 1, which()),
            contraction_view.Perturbation(kind, size, 0),
        )


def convolution(dataset: str) -> None:
    """The same images through a dense and a convolutional autoencoder of equal latent dimension."""
    sheet(dataset, ["undercomplete", "conv"])


def sheet(
    dataset: str,
    names: list[str],
    chosen: SelectedImages | None = None,
    shown: Tensor | None = None,
    title: str = "",
) -> None:
    """Images, the models' input where it differs from them, and the reconstructions."""
    chosen = chosen or several(dataset, IMAGES, which())
    x = chosen.x if shown is None else shown
    rows = [Row(_("Original"), chosen.pixels)]
    if shown is not None:
        rows.append(Row(title, datasets.to_pixels(shown), note=decibels(shown, chosen.x)))
    for name in usable(dataset, names):
        x_hat = inference.reconstruct(models.model(dataset, name), x)
        rows.append(
            Row(model_title(name), datasets.to_pixels(x_hat), note=decibels(x_hat, chosen.x))
        )
    picture_sheet(rows, key="redrawn", largest=84)
    st.caption(measured_on(chosen, dataset))


def which() -> int:
    """Seed of the images shown; the same in every step."""
    return controls.seed("which", _("Which images"))


def decibels(x_hat: Tensor, x: Tensor) -> str:
    """The mean PSNR of images, with its unit."""
    return _("{psnr:.1f} dB").format(psnr=metrics.psnr(x_hat, x).mean().item())


def gradients(dataset: str) -> None:
    """The gradient of each layer in one epoch, random against greedily pretrained."""
    cards = readable(dataset, (depth.DEEP, depth.RANDOM))
    if cards:
        depth_view.by_epoch(cards, key="at_epoch")
