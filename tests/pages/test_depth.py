"""The Depth page: records and figures of cards, units, and copied noise."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from ae_models import datasets, metrics
from ae_models.artifacts import checkpoint
from ae_models.artifacts.card import read_card
from ae_models.artifacts.titles import title
from ae_models.metric_key import Metric, to_records
from ae_models.tasks import depth
from ae_models.tasks.depth import DEEP, OVERCOMPLETE, RANDOM, UNDERCOMPLETE
from tests.pages.conftest import EACH_MODE, Visit, chart, forget, keys, sentences, sheet

PRETRAINED, BARE = 0, 1  # the order of the nets in every chart


def cells(at: AppTest, number: int) -> str:
    """The text of all cells of a table."""
    return at.main.table[number].value.to_string()


def test_the_slider_takes_the_norms_of_its_epoch_from_the_records(
    visit: Visit, decoded: None
) -> None:
    at = visit("depth")
    cards = [read_card("mnist", name) for name in (DEEP, RANDOM)]
    greedy = [depth.greedy_epochs(card) for card in cards]
    assert greedy[PRETRAINED] > greedy[BARE] == 0
    slider = at.slider(key="epoch")
    assert slider.value == slider.min == 1
    assert slider.max == min(len(c.history) - g for c, g in zip(cards, greedy, strict=True))
    for epoch in (1, int(slider.max)):
        at.slider(key="epoch").set_value(epoch).run()
        parts = []
        for net, card in enumerate(cards):
            expected = depth.norms(card)[:, greedy[net] + epoch - 1]
            assert np.isfinite(expected).all()
            np.testing.assert_array_equal(chart(at, "layer_norms")[net]["y"], expected)
            point = np.array(chart(at, "errors")[net]["marker"]["size"])
            assert chart(at, "errors")[net]["x"][point.argmax()] == greedy[net] + epoch
            parts.append(f"{expected[0] / expected[-1]:.2g}")
        said = " ".join(caption.value for caption in at.main.caption)
        assert f"greedily pretrained {parts[0]}, from random initial weights {parts[1]}." in said


@pytest.mark.parametrize(("name", "net"), [(DEEP, PRETRAINED), (RANDOM, BARE)])
def test_gradients_are_those_of_the_card(
    visit: Visit, decoded: None, changed_card: Callable[..., None], name: str, net: int
) -> None:
    card = read_card("mnist", name)
    layers = depth.layers(card)
    first = depth.greedy_epochs(card)  # the place of the first epoch of all layers
    for number, layer in enumerate(layers):
        changed_card(name, ["history", first, "gradients", layer], 1.5 + number)
    expected = 1.5 + np.arange(len(layers))
    at = visit("depth")
    np.testing.assert_array_equal(chart(at, "layer_norms")[net]["y"], expected)
    shown = np.array(chart(at, "norm_maps")[net]["customdata"], float)
    np.testing.assert_allclose(shown[:, first], expected)


@pytest.mark.parametrize(("name", "net"), [(DEEP, PRETRAINED), (RANDOM, BARE)])
def test_errors_are_those_of_the_card(
    visit: Visit, decoded: None, changed_card: Callable[..., None], name: str, net: int
) -> None:
    changed_card(name, ["history", -1, "validation", "mse"], 0.1234)
    changed_card(name, ["test", "values", Metric("mse")], 0.2345)
    changed_card(name, ["spread"], to_records({Metric("mse"): [0.3456, 0.4567]}, "values"))
    at = visit("depth")
    trace = chart(at, "errors")[net]
    assert trace["y"][-1] == 0.1234
    assert trace["x"][-1] == len(read_card("mnist", name).history)
    assert trace["x"][0] == 1 + depth.greedy_epochs(read_card("mnist", name))
    said = cells(at, 0)
    assert "0.2345" in said and "0.3456 to 0.4567, 2 seeds" in said


def test_the_baseline_is_the_card_of_pca(
    visit: Visit, decoded: None, changed_card: Callable[..., None]
) -> None:
    changed_card("pca-32", ["test", "values", Metric("mse")], 0.0987)
    changed_card(RANDOM, ["epochs"], 777)
    changed_card(RANDOM, ["test", "images"], 4_321)
    at = visit("depth")
    assert "0.0987" in cells(at, 0) and "777" in cells(at, 0)
    assert "4,321 /" in " ".join(caption.value for caption in at.main.caption)


def test_copying_is_as_the_cards_have_it(
    visit: Visit, decoded: None, changed_card: Callable[..., None]
) -> None:
    for number, name in enumerate((OVERCOMPLETE, UNDERCOMPLETE)):
        changed_card(name, ["test", "values", Metric("mse")], 0.1111 + number)
        changed_card(
            name, ["test", "values", Metric("mse", condition="random_pixels")], 0.2222 + number
        )
        changed_card(name, ["latent_dim"], 12_345 + number)
    said = cells(visit("depth"), 1)
    for figure in ("0.1111", "1.1111", "0.2222", "1.2222", "12,345", "12,346"):
        assert figure in said


@EACH_MODE
def test_both_nets_get_the_same_images_and_the_same_noise(
    visit: Visit, dataset: str, mode: str
) -> None:
    at = visit("depth", data=dataset, seed="5", which="2")
    for key in ("copied_images", "copied_random"):
        (_, pixels), *rows = sheet(at, key)
        x = datasets.to_tensor(pixels)
        if key == "copied_random":
            x = depth.random_pixels(len(pixels), 5)
            assert (np.abs(pixels - 255 * x[:, 0].numpy()) <= 0.51).all()
        for (row, shown), name in zip(rows, (OVERCOMPLETE, UNDERCOMPLETE), strict=True):
            assert row["label"] == title(name)
            x_hat = checkpoint.load(dataset, name, torch.device("cpu"))(x).x_hat
            assert row["note"] == f"{metrics.psnr(x_hat, x).mean():.1f} dB"
            assert (np.abs(shown - 255 * x_hat[:, 0].numpy()) <= 0.51).all()
    on = " ".join(caption.value for caption in at.main.caption)
    assert ("decoded" in on) == (mode == "gallery")
    assert ("2,000 decoded test images" in on) == (mode == "gallery")


def test_a_layer_shows_more_of_its_units(visit: Visit, decoded: None) -> None:
    rows = sheet(visit("depth"), "units")
    assert [row["label"] for row, _ in rows] == [f"Layer {number}" for number in (1, 2, 3, 4)]
    more = sheet(visit("depth", layer="2"), "units")
    assert len(more) == 4 and all(images.shape == (10, 28, 28, 3) for _, images in more)
    assert (more[0][1] == rows[1][1]).all()
    units = [caption for row, _ in more for caption in row["captions"]]
    assert len(set(units)) == 40
    assert len(sheet(visit("depth", layer="4, the code"), "units")) == 3  # thirty units


@pytest.mark.parametrize(
    ("name", "gone"),
    [
        (DEEP, {"units"}),
        (RANDOM, set()),
        (OVERCOMPLETE, set()),
        (UNDERCOMPLETE, set()),
        ("pca-32", set()),
    ],
)
def test_a_missing_model_is_named_once_and_the_rest_stays(
    visit: Visit, at_first: Visit, name: str, gone: set[str], copied: Path
) -> None:
    everything = set(keys(at_first("depth")))
    shutil.rmtree(copied / "mnist" / name)
    forget()
    at = visit("depth")
    assert not at.exception
    (said,) = sentences(at)
    assert f"checkpoints/mnist/{name}/card.json is missing" in said
    assert everything - set(keys(at)) == gone
    assert {"layer_norms", "norm_maps", "errors"} <= set(keys(at, "plotly_chart"))


def test_without_both_deep_nets_the_copying_net_stays(
    visit: Visit, decoded: None, copied: Path
) -> None:
    for name in (DEEP, RANDOM):
        shutil.rmtree(copied / "mnist" / name)
    at = visit("depth")
    assert not at.exception
    assert len(sentences(at)) == 2
    assert "copied_random" in keys(at)
