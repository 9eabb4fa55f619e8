"""What the Depth page shows: gradients and errors by epoch, unit weights, overcomplete codes."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ae_models import datasets, inference, metrics
from ae_models.artifacts.card import Card
from ae_models.metric_key import Metric
from ae_models.tasks import depth
from ae_models.tasks.depth import DEEP, OVERCOMPLETE, RANDOM, UNDERCOMPLETE
from ui.base.language import _
from ui.base.model_titles import model_title
from ui.cache import image_sets, models
from ui.components.picture_sheet import Row, picture_sheet
from ui.plots import basic
from ui.views.depth import cache, plots
from ui.widgets import controls, image_selection
from ui.widgets.available_models import images_of
from ui.widgets.plotly_chart import chart

LINEAR = "pca-32"  # the baseline of a latent dimension of 32
CARDS = (DEEP, RANDOM, OVERCOMPLETE, UNDERCOMPLETE, LINEAR)  # whose cards are read
CODES = (OVERCOMPLETE, UNDERCOMPLETE)
MODELS = (DEEP, *CODES)  # whose weights are loaded
UNITS = 10  # in a row
IMAGES = 6  # that are reconstructed


class Net(NamedTuple):
    """The training history of one of the two networks, and the chosen epoch."""

    card: Card
    norms: NDArray[np.float64]  # (layers, epochs), all phases counted
    now: int  # an epoch, from 1, all phases counted


@st.fragment
def by_epoch(cards: Mapping[str, Card], key: str = "epoch") -> None:
    """Gradient norms and errors by epoch; `key` is the slider's query parameter."""
    titles = {DEEP: _("greedily pretrained"), RANDOM: _("from random initial weights")}
    deep = {titles[name]: cards[name] for name in titles if name in cards}
    epoch = choose_epoch(deep, key)
    nets = {
        title: Net(card, depth.norms(card), depth.greedy_epochs(card) + epoch)
        for title, card in deep.items()
    }
    layers = [layer_name(layer) for layer in depth.layers(next(iter(deep.values())))]
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader(_("Gradient norm by layer, epoch {epoch}").format(epoch=epoch))
        gradients(layers, nets)
    with right:
        st.subheader(_("Validation error by epoch"))
        errors(nets)
    st.subheader(_("Gradient norm by layer and epoch"))
    maps(layers, nets)


def choose_epoch(deep: Mapping[str, Card], key: str) -> int:
    """An epoch of the joint training of all layers, from 1."""
    together = min(len(card.history) - depth.greedy_epochs(card) for card in deep.values())
    return st.slider(
        _("Epoch of the joint training of all layers"),
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
    """Gradient norm of each layer in one epoch, both networks on one logarithmic axis."""
    every = np.concatenate([net.norms.ravel() for net in nets.values()])
    now = {title: net.norms[:, net.now - 1] for title, net in nets.items()}
    titles = (_("layer: encoder ↓, decoder ↑"), _("gradient norm"))
    span = (float(np.nanmin(every)), float(np.nanmax(every)))
    figure = plots.layer_norms(layers, now, span, titles)
    alt = _("Gradient norm of each layer, with and without greedy pretraining")
    chart(figure, key="layer_norms", alt=alt)
    parts = [f"{title} {norms[0] / norms[-1]:.2g}" for title, norms in now.items()]
    st.caption(
        _("Ratio of the gradient norm of {first} to that of {last}: {parts}.").format(
            first=layers[0], last=layers[-1], parts=", ".join(parts)
        )
    )


def errors(nets: Mapping[str, Net]) -> None:
    """MSE on validation images by epoch, including greedy pretraining."""
    figure = plots.error_by_epoch(
        {title: depth.validation_errors(net.card) for title, net in nets.items()},
        {title: net.now for title, net in nets.items()},
        max(depth.greedy_epochs(net.card) for net in nets.values()),
        _("layer-wise training"),
        (_("epoch, including greedy pretraining"), _("MSE on validation images")),
    )
    alt = _("MSE on validation images, epoch by epoch, with and without greedy pretraining")
    chart(figure, key="errors", alt=alt)


def maps(layers: list[str], nets: Mapping[str, Net]) -> None:
    """Gradient norms of every layer and epoch, as a heat map."""
    figure = plots.norm_maps(
        layers,
        {title: net.norms for title, net in nets.items()},
        {title: net.now for title, net in nets.items()},
        (_("epoch, including greedy pretraining"), _("gradient norm")),
    )
    alt = _("Gradient norm by layer and epoch, as a heat map")
    chart(figure, key="norm_maps", alt=alt)
    st.caption(
        _(
            "From the model cards: root mean square over the batches of an epoch. Empty: not "
            "trained, as greedy pretraining trains one pair of layers at a time."
        )
    )


def test_errors(cards: Mapping[str, Card]) -> None:
    """Test MSE of both networks over seeds, beside PCA."""
    shown = [name for name in (DEEP, RANDOM, LINEAR) if name in cards and cards[name].test]
    spreads = [cards[name].spread.get(Metric("mse"), []) for name in shown]
    st.table(
        {
            _("model"): [model_title(name) for name in shown],
            _("latent dimension"): [str(cards[name].latent_dim) for name in shown],
            _("epochs"): [str(cards[name].epochs or "–") for name in shown],
            _("test MSE"): [figure_of(cards[name], Metric("mse")) for name in shown],
            _("range over seeds"): [
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
        _("From the model cards: MSE per pixel on {count} original test images.").format(
            count=images_of(cards)
        )
    )


def figure_of(card: Card, key: Metric) -> str:
    """A figure of a card on the whole test split, as text."""
    return f"{card.test.values[key]:.4f}" if card.test and key in card.test.values else "–"


@st.fragment
def units(dataset: str) -> None:
    """Effective input weights of units of every layer, or of more units of one layer."""
    statistics = cache.unit_statistics(dataset)
    last = len(statistics.varied)
    ways = {"all": _("All"), **{str(number): str(number) for number in range(1, last)}}
    ways[str(last)] = _("{number} (the code)").format(number=last)
    chosen = controls.choice(_("Layer"), ways, "layer")
    if chosen == "all":
        shown_units = [(layer, order[:UNITS]) for layer, order in enumerate(statistics.varied)]
    else:
        order = statistics.varied[int(chosen) - 1]
        parts = np.split(order, range(UNITS, len(order), UNITS))
        shown_units = [(int(chosen) - 1, part) for part in parts]
    rows = []
    for layer, order in shown_units:
        title = _("Layer {number}").format(number=layer + 1)
        model = models.model(dataset, DEEP)
        drawn = depth.effective_weights(model, layer, order, statistics.pixel_std)
        rows.append(
            Row(
                title,
                basic.signed_colours(drawn, 1.0),
                captions=[f"{unit + 1:,}" for unit in order],
                alt=_("{layer}: effective input weights of its units").format(layer=title),
            )
        )
    picture_sheet(rows, key="units", largest=72)
    st.caption(
        _(
            "Orange pixels raise the activation of a unit, blue ones lower it; each unit on "
            "its own scale. Product of the weight matrices from the pixels to the unit, "
            "times the standard deviation of each pixel. Shown are the units whose "
            "activation varies most over {watched:,} {pictures}, with their numbers."
        ).format(watched=cache.MEASURED, pictures=kind_of_pictures(dataset))
    )


def kind_of_pictures(dataset: str) -> str:
    """The images that the activations were measured on."""
    decoded = image_sets.images(dataset).decoded
    return _("decoded test images") if decoded else _("test images")


@st.fragment
def copying(dataset: str, names: list[str], key: str = "seed") -> None:
    """Reconstructions of images and of random pixels; `key` is the query parameter of the seed."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        which = controls.seed("which", _("Which images"))
        seed = controls.seed(key, _("Random pixels"))
    chosen = image_selection.several(dataset, IMAGES, which)
    sources = {
        "images": (_("Images"), chosen.x),
        "random": (_("Random pixels"), depth.random_pixels(IMAGES, seed)),
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
    """MSE on all test images and on as many images of random pixels, from the cards."""
    shown = [name for name in (OVERCOMPLETE, UNDERCOMPLETE) if name in cards]
    st.table(
        {
            _("model"): [model_title(name) for name in shown],
            _("latent dimension"): [f"{cards[name].latent_dim:,}" for name in shown],
            _("MSE on test images"): [figure_of(cards[name], Metric("mse")) for name in shown],
            _("MSE on random pixels"): [
                figure_of(cards[name], Metric("mse", condition="random_pixels")) for name in shown
            ],
        }
    )
    st.caption(
        _(
            "From the model cards: MSE per pixel on {count} original test images and on as "
            "many images of random pixels."
        ).format(count=images_of(cards))
    )
