"""Denoising on the Denoise page: controls, image sheet and charts."""

from collections.abc import Mapping
from contextlib import nullcontext
from typing import NamedTuple

import streamlit as st
from torch import Tensor

from ae_models import datasets, inference
from ae_models.images.filters import FILTERS
from ae_models.images.noise import NOISES
from ae_models.tasks.restoration import methods
from ui.base.language import N_, _
from ui.base.model_titles import model_title
from ui.browser_inference.browser_model import Answer, browser_model
from ui.browser_inference.browser_model import note as note_server
from ui.browser_inference.live_control import Stops, moved
from ui.browser_inference.live_denoising import Method, Noise, live_denoising
from ui.cache import models
from ui.components.picture_sheet import Row, picture_sheet
from ui.plots import basic
from ui.views.denoise import cache
from ui.views.denoise.results import bars, note
from ui.widgets import controls
from ui.widgets.image_selection import SelectedImages, measured_on
from ui.widgets.plotly_chart import chart

SHOWN = ("pca-32", "undercomplete", "conv", "denoising", "unet")
NOISY = N_("noisy")  # the key of the noisy input beside the methods
STRENGTHS = (
    0.05,
    *(tenth / 10 for tenth in range(1, 11)),
)  # without 0, where the PSNR of the input is infinite
STOPS = Stops(least=0.0, limit=1.0, step=0.01, key_step=0.05)
STRENGTH_HELP = N_(
    "Gaussian, speckle: standard deviation of the noise. Salt & pepper, masking: fraction "
    "of the pixels. Block: fraction of the area."
)
SHEET = "denoised"
LIVE = "denoise_live"
FIRST_METHOD = 2  # its row, below the clean and the noisy images
SLIDER_WIDTH = 280
FILTER_TITLES = {
    "median": N_("Median filter"),
    "gaussian": N_("Gaussian filter"),
    "non-local means": N_("Non-local means filter"),
}


class Denoised(NamedTuple):
    """Noisy images, and the denoised images of each method, by name."""

    noisy: Tensor  # (N, 1, 28, 28)
    answers: dict[str, Tensor]
    quality: dict[str, methods.Quality]  # of the noisy images too, under NOISY


def choose_variants(dataset: str) -> list[str]:
    """The names of the models to compare."""
    names = models.available(dataset, "reconstructs")
    return controls.variants(models.by_family(dataset, names), SHOWN)


def choose_noise() -> str:
    """A key of NOISES."""
    return controls.choice(_("Noise"), controls.named(NOISES), "noise")


def choose_strength() -> float:
    """0 to 1, in the unit of each kind of noise."""
    return st.slider(
        _("Strength"),
        STOPS.lowest,
        STOPS.limit,
        0.5,
        STOPS.key_step,
        key="strength",
        bind="query-params",
        help=_(STRENGTH_HELP),
    )


def compute(
    dataset: str, chosen: SelectedImages, noise: str, strength: float, seed: int, names: list[str]
) -> Denoised:
    """Add noise to the chosen images and apply every model and filter."""
    x = chosen.x
    by_name = {name: models.model(dataset, name) for name in names}
    noisy = methods.corrupt(x, noise, strength, seed)
    answers = methods.denoise(noisy, by_name, chosen.label)
    pictures = {NOISY: noisy} | answers
    return Denoised(
        noisy, answers, {name: methods.quality(x_hat, x) for name, x_hat in pictures.items()}
    )


@st.fragment
def show(dataset: str, chosen: SelectedImages, names: list[str]) -> None:
    """The controls and everything that depends on them."""
    answers = {name: browser_model(dataset, name, "reconstruct") for name in names}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        noise = choose_noise()
        # Unseen where the browser shows its own; the address holds its value in any case.
        live = any(answer.model for answer in answers.values())
        slider = st.container(width=SLIDER_WIDTH) if live else None
        with st.container(key="unseen_strength") if live else nullcontext():
            strength = choose_strength()
        seed = controls.seed()
    with inference.noticed() as notices:
        result = compute(dataset, chosen, noise, strength, seed, names)
    sheet(dataset, chosen, result)
    if slider:
        with slider:
            _in_browser(dataset, chosen, noise, strength, seed, list(result.answers), answers)
    for answer in {answer.reason: answer for answer in answers.values()}.values():
        note_server(answer)
    for notice in notices:
        st.caption(_(notice))
    shown = {label(name): result.quality[name] for name in result.answers}
    bars(shown, result.quality[NOISY], _("the noisy images"))
    curve(dataset, chosen, noise, strength, seed, names)
    st.caption(measured_on(chosen, dataset))


def _in_browser(
    dataset: str,
    chosen: SelectedImages,
    noise: str,
    strength: float,
    seed: int,
    names: list[str],
    answers: Mapping[str, Answer],
) -> None:
    """A slider whose moves the browser answers; `names` has the methods as the sheet has them."""
    rows = []
    for row, name in enumerate(names, FIRST_METHOD):
        model = answers[name].model if name in answers else None
        conditional = model is not None and models.needs_label(dataset, name)
        rows.append(Method(row, model, conditional))
    live_denoising(
        LIVE,
        sheet=SHEET,
        pixels=chosen.pixels,
        labels=chosen.labels,
        noise=Noise(noise, seed, _("Strength"), _(STRENGTH_HELP)),
        strength=strength,
        stops=STOPS,
        noisy=FIRST_METHOD - 1,
        methods=rows,
        on_move=_take,
    )


def _take() -> None:
    """Puts what the browser reports into the control that the address holds."""
    found = moved(st.session_state.get(LIVE), 1, STOPS)
    if found and "strength" in st.session_state:
        st.session_state["strength"] = found[0]


def sheet(dataset: str, chosen: SelectedImages, result: Denoised) -> None:
    """Clean and noisy images, then a row per method with its PSNR and SSIM."""
    rows = [
        Row(_("Clean"), chosen.pixels, note=""),
        Row(_("Noisy"), datasets.to_pixels(result.noisy), note=note(result.quality[NOISY])),
    ]
    for name, x_hat in result.answers.items():
        conditional = name not in FILTERS and models.needs_label(dataset, name)
        rows.append(
            Row(
                label(name) + (f" ({chosen.given()})" if conditional else ""),
                datasets.to_pixels(x_hat),
                note=note(result.quality[name]),
            )
        )
    picture_sheet(rows, key=SHEET, largest=84)


def label(name: str) -> str:
    """The displayed name of a method."""
    if name == NOISY:
        return _(NOISY)
    return _(FILTER_TITLES[name]) if name in FILTER_TITLES else model_title(name)


def curve(
    dataset: str, chosen: SelectedImages, noise: str, strength: float, seed: int, names: list[str]
) -> None:
    """PSNR against strength, with the strengths that each model was trained at."""
    lines = cache.psnr_curves(
        dataset, chosen.pixels, chosen.labels, noise, seed, tuple(names), STRENGTHS
    )
    marked = {
        label(name): strengths[noise]
        for name in names
        if noise in (strengths := models.card_of(dataset, name).trained_with)
    }
    figure = basic.curves(
        STRENGTHS,
        {label(name): values for name, values in lines.items()},
        _("Strength of {noise} noise").format(noise=_(noise)),
        _("PSNR in dB"),
        marked=marked,
        now=strength,
    )
    alt = _("PSNR of each method against the strength of {noise} noise").format(noise=_(noise))
    chart(figure, key="psnr_curve", alt=alt)
    st.caption(_("★ and thick lines: strengths used in training. Dotted: the chosen strength."))
