"""The Depth page's pieces: gradients and errors by epoch, what units draw, and the copying net."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ae_models import datasets, inference, metrics
from ae_models.artifacts.card import Card
from ae_models.metric_key import Metric
from ae_models.tasks import depth
from ae_models.tasks.depth import COPYING, DEEP, RANDOM, SQUEEZING
from ui.base.language import _
from ui.base.model_titles import model_title
from ui.cache import image_sets, models
from ui.components.picture_sheet import Row, picture_sheet
from ui.plots import basic
from ui.views.depth import cache, plots
from ui.widgets import controls, image_selection
from ui.widgets.available_models import images_of
from ui.widgets.plotly_chart import chart

LINEAR = "pca-32"  # the baseline of every code of some thirty numbers
READ = (DEEP, RANDOM, COPYING, SQUEEZING, LINEAR)  # cards
COPY = (COPYING, SQUEEZING)
ASKED = (DEEP, *COPY)  # models
UNITS = 10  # in a row
COPIED = 6  # images


class Net(NamedTuple):
    """The records of one of the two nets, and where among them the slider points."""

    card: Card
    norms: NDArray[np.float64]  # (layers, epochs), all phases counted
    now: int  # an epoch, from 1, all phases counted


@st.fragment
def by_epoch(cards: Mapping[str, Card], key: str = "epoch") -> None:
    """The slider, which has `key` in the address, and the charts that it moves through."""
    titles = {DEEP: _("greedily pretrained"), RANDOM: _("from random weights")}
    deep = {titles[name]: cards[name] for name in titles if name in cards}
    epoch = choose_epoch(deep, key)
    nets = {
        title: Net(card, depth.norms(card), depth.greedy_epochs(card) + epoch)
        for title, card in deep.items()
    }
    layers = [layer_name(layer) for layer in depth.layers(next(iter(deep.values())))]
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader(_("Gradient of each layer in epoch {epoch}").format(epoch=epoch))
        gradients(layers, nets)
    with right:
        st.subheader(_("Error after each epoch"))
        errors(nets)
    st.subheader(_("Gradient of every layer in every epoch"))
    maps(layers, nets)


def choose_epoch(deep: Mapping[str, Card], key: str) -> int:
    """An epoch in which all layers of both nets move, counted from the first such one."""
    together = min(len(card.history) - depth.greedy_epochs(card) for card in deep.values())
    return st.slider(
        _("Epoch since all layers train together"),
        1,
        together,
        key=key,
        bind="query-params",
        width=460,
    )


def layer_name(layer: str) -> str:
    """`down.0` short enough for an axis."""
    way, number = layer.split(".")
    return f"{'↓' if way == 'down' else '↑'}{int(number) + 1}"


def gradients(layers: list[str], nets: Mapping[str, Net]) -> None:
    """The norm of each layer's gradient in one epoch, both nets on one logarithmic axis."""
    every = np.concatenate([net.norms.ravel() for net in nets.values()])
    now = {title: net.norms[:, net.now - 1] for title, net in nets.items()}
    titles = (_("image ↓ to code ↑ to image"), _("gradient norm"))
    span = (float(np.nanmin(every)), float(np.nanmax(every)))
    figure = plots.layer_norms(layers, now, span, titles)
    alt = _("Gradient norm of each layer, with and without greedy pretraining")
    chart(figure, key="layer_norms", alt=alt)
    parts = [f"{title} {norms[0] / norms[-1]:.2g}" for title, norms in now.items()]
    st.caption(
        _("The gradient of {first} as a part of that of {last}: {parts}.").format(
            first=layers[0], last=layers[-1], parts=", ".join(parts)
        )
    )


def errors(nets: Mapping[str, Net]) -> None:
    """The MSE on validation images after each epoch, the greedy ones counted."""
    figure = plots.error_by_epoch(
        {title: depth.validation_errors(net.card) for title, net in nets.items()},
        {title: net.now for title, net in nets.items()},
        max(depth.greedy_epochs(net.card) for net in nets.values()),
        _("layer by layer"),
        (_("epoch, the greedy ones counted"), _("MSE on validation images")),
    )
    alt = _("MSE on validation images, epoch by epoch, with and without greedy pretraining")
    chart(figure, key="errors", alt=alt)


def maps(layers: list[str], nets: Mapping[str, Net]) -> None:
    """The gradient norms of every epoch as colours."""
    figure = plots.norm_maps(
        layers,
        {title: net.norms for title, net in nets.items()},
        {title: net.now for title, net in nets.items()},
        (_("epoch, the greedy ones counted"), _("gradient norm")),
    )
    alt = _("Gradient norm of every layer in every epoch, as colours")
    chart(figure, key="norm_maps", alt=alt)
    st.caption(
        _(
            "From the cards: root mean square over the batches of an epoch. Empty: the layer "
            "rests, as greedy training moves one pair of layers at a time."
        )
    )


def test_errors(cards: Mapping[str, Card]) -> None:
    """Test MSE of both nets, with their seeds, beside PCA."""
    shown = [name for name in (DEEP, RANDOM, LINEAR) if name in cards and cards[name].test]
    spreads = [cards[name].spread.get(Metric("mse"), []) for name in shown]
    st.table(
        {
            _("model"): [model_title(name) for name in shown],
            _("numbers in the code"): [str(cards[name].latent_dim) for name in shown],
            _("epochs"): [str(cards[name].epochs or "–") for name in shown],
            _("test MSE"): [figure_of(cards[name], Metric("mse")) for name in shown],
            _("smallest to largest"): [
                _("{low:.4f} to {high:.4f}, {count} seeds").format(
                    low=min(spread), high=max(spread), count=len(spread)
                )
                if spread
                else "–"
                for spread in spreads
            ],
        }
    )
    st.caption(
        _("From the cards: MSE a pixel on {count} original test images.").format(
            count=images_of(cards)
        )
    )


def figure_of(card: Card, key: Metric) -> str:
    """A figure of the whole test split as a card has it."""
    return f"{card.test.values[key]:.4f}" if card.test and key in card.test.values else "–"


@st.fragment
def units(dataset: str) -> None:
    """What the units of every layer respond to, or more units of one layer."""
    watched = cache.watched(dataset)
    last = len(watched.varied)
    ways = {"all": _("All"), **{str(number): str(number) for number in range(1, last)}}
    ways[str(last)] = _("{number}, the code").format(number=last)
    chosen = controls.choice(_("Layer"), ways, "layer")
    if chosen == "all":
        wanted = [(layer, order[:UNITS]) for layer, order in enumerate(watched.varied)]
    else:
        order = watched.varied[int(chosen) - 1]
        parts = np.split(order, range(UNITS, len(order), UNITS))
        wanted = [(int(chosen) - 1, part) for part in parts]
    rows = []
    for layer, order in wanted:
        title = _("Layer {number}").format(number=layer + 1)
        model = models.model(dataset, DEEP)
        drawn = depth.drawings(model, layer, order, watched.spread)
        rows.append(
            Row(
                title,
                basic.signed_colours(drawn, 1.0),
                captions=[f"{unit + 1:,}" for unit in order],
                alt=_("{layer}: what units respond to").format(layer=title),
            )
        )
    picture_sheet(rows, key="units", largest=72)
    st.caption(
        _(
            "What makes a unit say more, orange, and less, blue, each scaled alone: its weights, "
            "carried down to the pixels, and each pixel as much as it varies. Of each layer the "
            "units whose activity varies most over {watched:,} {pictures}."
        ).format(watched=cache.WATCHED, pictures=kind_of_pictures(dataset))
    )


def kind_of_pictures(dataset: str) -> str:
    """Which pictures a figure was measured on just now."""
    decoded = image_sets.images(dataset).decoded
    return _("decoded test pictures") if decoded else _("test pictures")


@st.fragment
def copying(dataset: str, names: list[str], key: str = "seed") -> None:
    """Images and random pixels, `key` in the address, through nets that may copy or not."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        which = controls.seed("which", _("Which images"))
        seed = controls.seed(key, _("Random pixels"))
    chosen = image_selection.several(dataset, COPIED, which)
    sources = {
        "images": (_("Images"), chosen.x),
        "random": (_("Random pixels"), depth.random_pixels(COPIED, seed)),
    }
    for column, (key, (title, x)) in zip(st.columns(2), sources.items(), strict=True):
        rows = [Row(title, datasets.to_pixels(x))]
        for name in names:
            x_hat = inference.reconstruct(models.model(dataset, name), x)
            note = _("{psnr:.1f} dB").format(psnr=metrics.psnr(x_hat, x).mean().item())
            shown = model_title(name)
            rows.append(Row(shown, datasets.to_pixels(x_hat), note=note, alt=f"{title}, {shown}"))
        with column:
            picture_sheet(rows, key=f"copied_{key}", largest=72)
    st.caption(image_selection.measured_on(chosen, dataset))


def copying_figures(cards: Mapping[str, Card]) -> None:
    """The same on all test images and as many of random pixels, as the cards have it."""
    shown = [name for name in (COPYING, SQUEEZING) if name in cards]
    st.table(
        {
            _("model"): [model_title(name) for name in shown],
            _("numbers in the code"): [f"{cards[name].latent_dim:,}" for name in shown],
            _("MSE on test images"): [figure_of(cards[name], Metric("mse")) for name in shown],
            _("MSE on random pixels"): [
                figure_of(cards[name], Metric("mse", condition="random_pixels")) for name in shown
            ],
        }
    )
    st.caption(
        _(
            "From the cards: MSE a pixel on {count} original test images, and on as many images "
            "of random pixels."
        ).format(count=images_of(cards))
    )
