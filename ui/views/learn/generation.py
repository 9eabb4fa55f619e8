"""Illustrations of generation: posterior samples, styles, samples of the prior, inpainting."""

import streamlit as st
import torch

from ae_models import datasets, inference
from ae_models.tasks import generation, inpainting, kl_and_beta
from ui.base.language import _
from ui.base.model_titles import model_title
from ui.cache import models
from ui.components.picture_sheet import Row, picture_sheet
from ui.views.denoise.inpainting import masked_colours
from ui.views.kl_and_beta import cache
from ui.views.learn.neuron_and_loss import slider
from ui.views.learn.reconstruction import IMAGES, decibels, which
from ui.widgets import controls
from ui.widgets.available_models import usable
from ui.widgets.image_selection import several

INPAINTER = "mae"
SAMPLERS = ("cvae", "gan")


@st.fragment
def cloud(dataset: str) -> None:
    """Mean, standard deviation, sample and KL of one image's code, and its decoded samples."""
    if not usable(dataset, ["vae"]):
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        chosen = several(dataset, 1, which())
        seed = controls.seed("draw", _("Sample seed"))
    found = kl_and_beta.image_posterior(
        cache.vae(dataset, "vae"), chosen.x, samples=IMAGES, seed=seed
    )
    rows = [
        Row(_("The image"), chosen.pixels),
        Row(_("Decoded mean"), datasets.to_pixels(found.decoded_mean)),
        Row(
            _("Decoded samples"),
            datasets.to_pixels(found.decoded_samples),
            note=_("the first one is in the table"),
        ),
    ]
    picture_sheet(rows, key="cloud", largest=84)
    numbers = {
        "μ": found.mean,
        "σ": found.deviation,
        "ε": found.noise,
        "z = μ + σ ε": found.code,
        _("KL in nats"): found.kl,
    }
    table = {_("dimension"): [str(place + 1) for place in found.order]}
    for title, values in numbers.items():
        table[title] = [f"{values[place]:.2f}" for place in found.order]
    st.table(table)
    st.caption(
        _(
            "The {count} of {all} dimensions with the largest KL divergence. Sum over all "
            "dimensions for this image: {kl:.1f} nats."
        ).format(count=len(found.order), all=len(found.kl), kl=float(found.kl.sum()))
    )


@st.fragment
def condition(dataset: str) -> None:
    """Three styles under every label."""
    if not usable(dataset, [generation.SAMPLER]):
        return
    seed = controls.seed("style_seed", _("Style seed"))
    model = models.model(dataset, generation.SAMPLER)
    styles = generation.styles(dataset, 3, seed, model=model)
    rows, count = [], len(names(dataset))
    for number, style in enumerate(styles, start=1):
        images = generation.in_styles(
            dataset, torch.arange(count), style.expand(count, -1), model=model
        )
        title = _("Style {number}").format(number=number)
        rows.append(Row(title, datasets.to_pixels(images), captions=names(dataset)))
    picture_sheet(rows, key="styles", largest=84)


@st.fragment
def samples(dataset: str) -> None:
    """A sample of every class from a VAE's decoder and a GAN's generator, and test images."""
    seed = controls.seed("draw", _("Sample seed"))
    count = len(names(dataset))
    real = several(dataset, count, seed)
    rows = [Row(_("Real"), real.pixels, captions=names(dataset))]
    for name in usable(dataset, SAMPLERS):
        sampled = generation.draw(models.model(dataset, name), torch.arange(count), seed=seed)
        rows.append(Row(model_title(name), datasets.to_pixels(sampled)))
    picture_sheet(rows, key="samples", largest=84)


@st.fragment
def patches(dataset: str) -> None:
    """Images with hidden patches, inpainted by a transformer that was trained to do so."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        part = slider(_("Hidden fraction"), "covered", 0.1, 0.9, 0.5)
        chosen = several(dataset, IMAGES, which())
    hidden = inpainting.hide_patches(chosen.x, part, torch.Generator().manual_seed(0))
    rows = [
        Row(_("Original"), chosen.pixels),
        Row(_("Visible pixels"), masked_colours(chosen.pixels, hidden), note=_("hidden: blue")),
    ]
    with inference.noticed() as notices:
        for name in usable(dataset, [INPAINTER]):
            filled = inpainting.fill(models.model(dataset, name), chosen.x, hidden)
            note = decibels(filled, chosen.x)
            rows.append(Row(model_title(name), datasets.to_pixels(filled), note=note))
    picture_sheet(rows, key="patches", largest=84)
    for notice in notices:
        st.caption(_(notice))


def names(dataset: str) -> list[str]:
    """The class names."""
    return [_(name) for name in datasets.DATASETS[dataset].classes]
