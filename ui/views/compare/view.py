"""What the Compare page shows: the image sheet, the table, and the images of largest error."""

import time
from typing import NamedTuple

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ae_models import datasets, inference, metrics
from ae_models.artifacts.card import FAMILIES, Card
from ae_models.metric_key import Metric
from ui.base.language import _
from ui.base.model_titles import model_title
from ui.cache import image_sets, models
from ui.components.picture_sheet import Row, picture_sheet
from ui.plots import basic
from ui.views.compare import cache
from ui.widgets import image_selection


class Compared(NamedTuple):
    """Reconstructions of the chosen images by one variant, and their measures."""

    pixels: NDArray[np.uint8]  # (N, 28, 28)
    error: NDArray[np.float32]  # (N, 28, 28), absolute
    mse: float
    psnr: float
    ssim: float
    milliseconds: float  # per image, measured in this run


def compute(
    dataset: str, chosen: image_selection.SelectedImages, names: list[str]
) -> dict[str, Compared]:
    """Reconstructions and measures of every variant, by name."""
    x = chosen.x
    result = {}
    for name in names:
        model = models.model(dataset, name)
        label = chosen.label if models.needs_label(dataset, name) else None
        started = time.perf_counter()
        x_hat = inference.reconstruct(model, x, label)
        seconds = time.perf_counter() - started
        result[name] = Compared(
            datasets.to_pixels(x_hat),
            (x_hat - x).abs().squeeze(1).numpy(),
            metrics.mse(x_hat, x).mean().item(),
            metrics.psnr(x_hat, x).mean().item(),
            metrics.ssim(x_hat, x).mean().item(),
            1000 * seconds / len(x),
        )
    return result


def sheet(
    dataset: str,
    chosen: image_selection.SelectedImages,
    result: dict[str, Compared],
    with_errors: bool,
) -> None:
    """Original images, then each variant's reconstructions and error maps on one scale."""
    largest = max(float(one.error.max()) for one in result.values())
    rows = [Row(_("Original"), chosen.pixels, captions=chosen.names(dataset))]
    for name, one in result.items():
        given = f"{chosen.given()} · " if models.needs_label(dataset, name) else ""
        note = _("{psnr:.1f} dB").format(psnr=one.psnr)
        rows.append(Row(model_title(name), one.pixels, note=given + note))
        if with_errors:
            colours = basic.error_colours(one.error, largest)
            rows.append(
                Row("", colours, alt=_("Absolute error of {name}").format(name=model_title(name)))
            )
    picture_sheet(rows, key="compared", largest=96)
    if with_errors:
        st.caption(
            _(
                "Error maps: absolute error per pixel, from 0 (black) to {largest:.2f} (white), "
                "on one scale for all variants."
            ).format(largest=largest)
        )


def table(
    dataset: str, chosen: image_selection.SelectedImages, result: dict[str, Compared]
) -> None:
    """Measures of each variant; a click on a heading sorts."""
    cards = {name: models.card_of(dataset, name) for name in result}
    columns = {
        _("variant"): [model_title(name) for name in result],
        _("family"): [_(FAMILIES[cards[name].family]) for name in result],
        _("MSE"): [one.mse for one in result.values()],
        _("PSNR, dB"): [one.psnr for one in result.values()],
        _("SSIM"): [one.ssim for one in result.values()],
        _("latent dimension"): [cards[name].latent_dim for name in result],
        _("parameters"): [cards[name].parameters for name in result],
        _("ms per image"): [one.milliseconds for one in result.values()],
    }
    if not image_sets.images(dataset).decoded:  # a card's figures are of the original images
        columns[_("test MSE")] = [test_mse(cards[name]) for name in result]
    st.dataframe(
        columns,
        column_config={
            _("MSE"): st.column_config.NumberColumn(format="%.4f"),
            _("PSNR, dB"): st.column_config.NumberColumn(format="%.1f"),
            _("SSIM"): st.column_config.NumberColumn(format="%.3f"),
            _("parameters"): st.column_config.NumberColumn(format="localized"),
            _("ms per image"): st.column_config.NumberColumn(format="%.2f"),
            _("test MSE"): st.column_config.NumberColumn(
                format="%.4f", help=_("Measured on all 10,000 original test images.")
            ),
        },
        hide_index=True,
        placeholder="",  # a model may have no code
        key="figures",
    )
    st.caption(image_selection.measured_on(chosen, dataset))


def test_mse(card: Card) -> float | None:
    """The MSE on the whole test split, where the card has one."""
    return card.test.get(Metric("mse")) if card.test else None


def worst(dataset: str, name: str) -> None:
    """The ten test images of the largest reconstruction error, on request."""
    if not st.toggle(
        _("Show the ten images with the largest error"), key="worst", bind="query-params"
    ):
        return
    images = image_sets.images(dataset)
    error = cache.errors(dataset, name)
    index = np.argsort(error)[::-1][:10]
    chosen = image_selection.SelectedImages(
        images.pixels[index], images.labels[index], predicted=False
    )
    label = chosen.label if models.needs_label(dataset, name) else None
    x_hat = inference.reconstruct(models.model(dataset, name), chosen.x, label)
    captions = [f"{error[i]:.3f}" for i in index]
    picture_sheet(
        [
            Row(_("Original"), chosen.pixels, captions=chosen.names(dataset)),
            Row(
                model_title(name),
                datasets.to_pixels(x_hat),
                note=_("MSE below each image"),
                captions=captions,
            ),
        ],
        key="worst_images",
        largest=96,
    )
    if images.decoded:
        st.caption(_("The 10 of all 10,000 test images with the largest MSE, on decoded images."))
    else:
        st.caption(_("The 10 of all 10,000 test images with the largest MSE."))
