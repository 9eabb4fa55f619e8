"""What the Bottleneck page shows: reconstructions, error and size by latent dimension."""

from collections.abc import Callable

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ae_models import datasets, inference, metrics
from ae_models.artifacts.card import Card
from ae_models.metric_key import Metric
from ae_models.tasks.compression import WIDTHS, dense, pca
from ui.base.language import _
from ui.cache import image_sets, models
from ui.components.picture_sheet import Row, picture_sheet
from ui.views.bottleneck import cache, plots
from ui.widgets.available_models import images_of
from ui.widgets.image_selection import SelectedImages, measured_on
from ui.widgets.plotly_chart import chart

FIRST_WIDTH = 8
RAW = 28 * 28  # bytes of an uncompressed image
NAMES = [name(width) for width in WIDTHS for name in (dense, pca)]


def choose_width() -> int:
    """The latent dimension, one of WIDTHS."""
    return int(
        st.select_slider(
            _("Latent dimension"),
            WIDTHS,
            FIRST_WIDTH,
            key="width",
            bind="query-params",
            width=460,
        )
    )


def at_width(dataset: str, chosen: SelectedImages, names: list[str], width: int) -> None:
    """Original images and their reconstructions at one latent dimension, dense beside PCA."""
    rows = [Row(_("Original"), chosen.pixels, captions=chosen.names(dataset))]
    for name, title in ((dense, _("Dense autoencoder")), (pca, _("PCA"))):
        if name(width) in names:
            pixels, psnr = through(dataset, chosen, name(width))
            rows.append(Row(title, pixels, note=psnr))
    picture_sheet(rows, key="at_width", largest=112)
    text = _("Each reconstructed from a code of {width} numbers.").format(width=width)
    st.caption(f"{text} {measured_on(chosen, dataset)}")


def at_every_width(dataset: str, chosen: SelectedImages, names: list[str], width: int) -> None:
    """Reconstructions at every latent dimension, dense beside PCA; the chosen one is marked."""
    kinds = {"dense": (dense, _("Dense autoencoder")), "pca": (pca, _("PCA"))}
    for column, (kind, (name, title)) in zip(st.columns(2), kinds.items(), strict=True):
        rows = []
        for each in WIDTHS:
            if name(each) in names:
                pixels, psnr = through(dataset, chosen, name(each))
                numbers = _("dimension {width}").format(width=each)
                alt = f"{title}, {numbers}"
                rows.append(Row(numbers, pixels, note=psnr, alt=alt, marked=each == width))
        with column:
            st.markdown(f"**{title}**")
            picture_sheet(rows, key=f"every_{kind}", largest=72)


def through(dataset: str, chosen: SelectedImages, name: str) -> tuple[NDArray[np.uint8], str]:
    """Reconstructions (N, 28, 28) by a model, and their mean PSNR as text."""
    x_hat = inference.reconstruct(models.model(dataset, name), chosen.x)
    return datasets.to_pixels(x_hat), decibels(metrics.psnr(x_hat, chosen.x).mean().item())


def decibels(psnr: float) -> str:
    """A PSNR as text."""
    return _("{psnr:.1f} dB").format(psnr=psnr)


def curve(cards: dict[str, Card], width: int) -> None:
    """Test MSE by latent dimension, from the cards."""
    kinds = {_("dense autoencoder"): dense, _("PCA"): pca}
    lines = {title: test_errors(cards, name) for title, name in kinds.items()}
    figure = plots.error_by_width(lines, WIDTHS, width, _("latent dimension"), _("MSE per pixel"))
    alt = _("Test MSE of dense autoencoders and of PCA by latent dimension")
    chart(figure, key="error_by_width", alt=alt)
    st.caption(
        _("From the model cards: {count} original test images. Both axes are logarithmic.").format(
            count=images_of(cards)
        )
    )


def test_errors(cards: dict[str, Card], name: Callable[[int], str]) -> dict[int, float]:
    """Latent dimension -> MSE on the whole test split, where a card has it."""
    measured = {width: cards[name(width)].test for width in WIDTHS if name(width) in cards}
    return {width: test[Metric("mse")] for width, test in measured.items() if test is not None}


def bytes_per_image(dataset: str, names: list[str], cards: dict[str, Card], width: int) -> None:
    """Bytes per image as a latent code, and as PCA and JPEG of at least its PSNR and PNG."""
    if not {dense(width), pca(WIDTHS[-1])} <= set(names):
        return  # `usable` shows what is missing
    encodings = cache.encodings(dataset, width)
    code, linear, jpeg, png = (encodings[way] for way in ("code", "pca", "jpeg", "png"))
    enough = linear.psnr >= code.psnr
    fewest = _("PCA, {count} components") if enough else _("PCA, more than {count} components")
    bars = {
        _("Latent code, dimension {count}").format(count=code.setting): (
            code.bytes,
            decibels(code.psnr),
        ),
        fewest.format(count=linear.setting): (linear.bytes, decibels(linear.psnr)),
        _("JPEG, image data only"): (jpeg.data_bytes, decibels(jpeg.psnr)),
        _("JPEG file"): (jpeg.bytes, decibels(jpeg.psnr)),
        _("PNG, image data only"): (png.data_bytes, _("lossless")),
        _("PNG file"): (png.bytes, _("lossless")),
        _("Raw pixels"): (RAW, _("lossless")),
    }
    title = _("bytes per image")
    alt = _("Bytes per image as a latent code, and as PCA, JPEG and PNG")
    chart(plots.byte_bars(bars, title), key="bytes", alt=alt)
    images = image_sets.images(dataset)
    on, over = _("test images"), _("training images")
    if images.decoded:
        on, over = _("decoded test images"), _("decoded training images")
    st.caption(
        _(
            "Means over the first {count} {on}. Latent code and PCA: 8 bits per number, "
            "quantised over its range on {training:,} {over}. PCA and JPEG (quality "
            "{quality} of 100): the smallest size whose PSNR is at least that of the code. "
            "*Image data only* excludes headers and tables, which are most of so small a "
            "file. The model's {parameters:,} parameters are not counted."
        ).format(
            count=min(cache.MEASURED, len(images.pixels)),
            on=on,
            over=over,
            training=cache.CALIBRATED,
            quality=jpeg.setting,
            parameters=cards[dense(width)].parameters,
        )
    )
