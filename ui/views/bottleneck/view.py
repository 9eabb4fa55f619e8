"""The Bottleneck page's pieces: the width of the code, the sheet, the curve and the bytes."""

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
from ui.widgets.image_selection import Subject, measured_on
from ui.widgets.plotly_chart import chart

RAW = 28 * 28  # bytes of a picture as it is
NAMES = [name(width) for width in WIDTHS for name in (dense, pca)]


def choose_width() -> int:
    """How many numbers the code has, one of WIDTHS."""
    return int(
        st.select_slider(
            _("Numbers in the code"), WIDTHS, 8, key="width", bind="query-params", width=460
        )
    )


def at_width(dataset: str, chosen: Subject, names: list[str], width: int) -> None:
    """The originals, and what comes through this code and through as many numbers of PCA."""
    rows = [Row(_("Original"), chosen.pixels, captions=chosen.names(dataset))]
    for name, title in ((dense, _("Dense autoencoder")), (pca, _("PCA"))):
        if name(width) in names:
            pixels, psnr = through(dataset, chosen, name(width))
            rows.append(Row(title, pixels, note=psnr))
    picture_sheet(rows, key="at_width", largest=112)
    numbers = _("Each drawn from {width} numbers.").format(width=width)
    st.caption(f"{numbers} {measured_on(chosen, dataset)}")


def at_every_width(dataset: str, chosen: Subject, names: list[str], width: int) -> None:
    """The same images through every width, dense beside PCA; the chosen width stands out."""
    kinds = {"dense": (dense, _("Dense autoencoder")), "pca": (pca, _("PCA"))}
    for column, (kind, (name, title)) in zip(st.columns(2), kinds.items(), strict=True):
        rows = []
        for each in WIDTHS:
            if name(each) in names:
                pixels, psnr = through(dataset, chosen, name(each))
                numbers = _("{width} numbers").format(width=each)
                alt = f"{title}, {numbers}"
                rows.append(Row(numbers, pixels, note=psnr, alt=alt, marked=each == width))
        with column:
            st.markdown(f"**{title}**")
            picture_sheet(rows, key=f"every_{kind}", largest=72)


def through(dataset: str, chosen: Subject, name: str) -> tuple[NDArray[np.uint8], str]:
    """What a model makes of the images, (N, 28, 28), and their mean PSNR in words."""
    x_hat = inference.reconstruct(models.model(dataset, name), chosen.x)
    return datasets.to_pixels(x_hat), decibels(metrics.psnr(x_hat, chosen.x).mean().item())


def decibels(psnr: float) -> str:
    """A PSNR as it is written on this page."""
    return _("{psnr:.1f} dB").format(psnr=psnr)


def curve(cards: dict[str, Card], width: int) -> None:
    """Test MSE against the width of the code, as the cards have it."""
    kinds = {_("dense autoencoder"): dense, _("PCA"): pca}
    lines = {title: test_errors(cards, name) for title, name in kinds.items()}
    figure = plots.error_by_width(lines, WIDTHS, width, _("numbers in the code"), _("MSE a pixel"))
    alt = _("MSE of dense autoencoders and of PCA against the numbers in the code")
    chart(figure, key="error_by_width", alt=alt)
    st.caption(
        _("From the cards: {count} original test images. Both axes are logarithmic.").format(
            count=images_of(cards)
        )
    )


def test_errors(cards: dict[str, Card], name: Callable[[int], str]) -> dict[int, float]:
    """Width -> MSE on the whole test split, where there is a card that has one."""
    measured = {width: cards[name(width)].test for width in WIDTHS if name(width) in cards}
    return {width: test[Metric("mse")] for width, test in measured.items() if test is not None}


def bytes_a_picture(dataset: str, names: list[str], cards: dict[str, Card], width: int) -> None:
    """Bars: what a picture takes as this code, and as PCA, JPEG and PNG that come as close."""
    if not {dense(width), pca(WIDTHS[-1])} <= set(names):
        return  # that it is missing has been said
    kept = cache.kept(dataset, width)
    code, linear, jpeg, png = (kept[way] for way in ("code", "pca", "jpeg", "png"))
    enough = linear.psnr >= code.psnr
    fewest = _("PCA, {count} numbers") if enough else _("PCA, more than {count} numbers")
    bars = {
        _("Code, {count} numbers").format(count=code.setting): (code.bytes, decibels(code.psnr)),
        fewest.format(count=linear.setting): (linear.bytes, decibels(linear.psnr)),
        _("JPEG, picture alone"): (jpeg.picture_bytes, decibels(jpeg.psnr)),
        _("JPEG file"): (jpeg.bytes, decibels(jpeg.psnr)),
        _("PNG, picture alone"): (png.picture_bytes, _("exact")),
        _("PNG file"): (png.bytes, _("exact")),
        _("Pixels"): (RAW, _("exact")),
    }
    title = _("bytes a picture")
    alt = _("Bytes a picture takes as a code, and as PCA, JPEG and PNG")
    chart(plots.byte_bars(bars, title), key="bytes", alt=alt)
    images = image_sets.images(dataset)
    on, over = _("test pictures"), _("training pictures")
    if images.decoded:
        on, over = _("decoded test pictures"), _("decoded training pictures")
    st.caption(
        _(
            "Means over the first {count} {on}. Code and PCA: 8 bits a number, scaled to the "
            "range it has over {training:,} {over}; PCA and JPEG (quality {quality} of "
            "100) are the smallest that come as close as the code. *Picture alone* leaves out "
            "headers and tables, most of so small a file. The model's {parameters:,} "
            "parameters are not counted."
        ).format(
            count=min(cache.MEASURED, len(images.pixels)),
            on=on,
            over=over,
            training=cache.RANGED,
            quality=jpeg.setting,
            parameters=cards[dense(width)].parameters,
        )
    )
