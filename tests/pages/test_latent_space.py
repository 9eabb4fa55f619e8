"""The Latent space page: map, chosen pair, traversal and interpolation."""

import base64
import csv
import io
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from streamlit.testing.v1 import AppTest

from ae_models import datasets
from ae_models.artifacts import checkpoint
from ae_models.datasets import FASHION_MNIST
from ae_models.networks.backbones import BackboneConfig, Dense
from ae_models.tasks import projection
from ae_models.variants.cvae import CvaeConfig
from tests.pages.conftest import Visit, keys, put_untrained, sentences, sheet
from ui.cache import image_sets, latent, models
from ui.components.plot_marks import clicked, placed
from ui.plots import latent_scatter as plots_latent_scatter
from ui.plots.latent_scatter import latent_scatter
from ui.views.latent_space import grid, latent_map, traversal

PAGE = "latent_space"
SMALL = Dense(hidden=(8,))


def rows(at: AppTest, key: str) -> dict[str, tuple[dict[str, Any], np.ndarray]]:
    """The rows of a picture sheet by label: what is written, and its pictures."""
    return {row["label"]: (row, pictures) for row, pictures in sheet(at, key)}


def only(found: dict[str, tuple[dict[str, Any], np.ndarray]]) -> tuple[dict[str, Any], np.ndarray]:
    (one,) = found.values()
    return one


def figure(at: AppTest) -> dict[str, Any]:
    (chart,) = at.main.get("plotly_chart")
    return json.loads(chart.proto.spec)


def axes_offered(at: AppTest) -> list[str]:
    (group,) = (g for g in at.main.get("button_group") if g.key == "axes")
    return list(group.options)


def test_a_link_restores_the_pair_and_its_decoded_codes(visit: Visit, mode: str) -> None:
    at = visit(PAGE, model="pca-32", a="17", b="4021")
    assert (at.number_input(key="a").value, at.number_input(key="b").value) == (17, 4021)
    images = image_sets.images("mnist")
    row, pictures = only(rows(at, "pair"))
    assert (pictures[[0, 2]] == images.pixels[[17, 4021]]).all()
    codes = torch.from_numpy(latent.codes("mnist", "pca-32")[[17, 4021]])
    x_hat = datasets.to_pixels(models.model("mnist", "pca-32").decode(codes.to(_device())))
    assert np.abs(pictures[[1, 3]].astype(int) - x_hat).max() <= 1
    assert ("decoded" in row["note"]) == (mode == "gallery")


def _device() -> torch.device:
    return checkpoint.best_device()


def test_the_strip_leads_from_a_to_b(visit: Visit, decoded: None) -> None:
    at = visit(PAGE, a="3", b="5")
    _row, pair = only(rows(at, "pair"))
    for label, (_row, steps) in rows(at, "interpolation").items():
        assert len(steps) == traversal.STEPS, label
        ends = steps[[0, -1]].astype(int)
        assert np.abs(ends - pair[[1, 3]]).max() <= 1, label


def test_the_traversal_starts_at_the_chosen_code(visit: Visit, decoded: None) -> None:
    at = visit(PAGE, a="3", b="5")
    _row, pair = only(rows(at, "pair"))
    for start, place in (("a", 1), ("b", 3)):
        _row, here = only(rows(visit(PAGE, a="3", b="5", **{"from": start}), "traversal"))
        assert np.abs(here[0].astype(int) - pair[place]).max() <= 1
    at.slider(key="d1").set_value(2.0).run()
    _row, moved = only(rows(at, "traversal"))
    assert np.abs(moved[0].astype(int) - pair[1]).max() > 20
    at.button(key="reset_sliders").click().run()
    assert at.slider(key="d1").value == 0
    assert "d1" not in at.query_params


def test_the_map_shows_the_chosen_classes_only(visit: Visit, decoded: None) -> None:
    at = visit(PAGE, data="fashion", points="500")
    assert [trace["name"] for trace in figure(at)["data"]] == list(FASHION_MNIST.classes)
    assert {trace["type"] for trace in figure(at)["data"]} == {"scattergl"}
    at = visit(PAGE, data="fashion", classes=["coat", "bag"])
    assert [trace["name"] for trace in figure(at)["data"]] == ["coat", "bag"]


def test_every_class_has_a_colour_and_a_marker_of_its_own() -> None:
    labels = np.arange(10)
    chart = latent_scatter(np.zeros((10, 2)), labels, labels, list("0123456789"), ("", ""))
    assert len({trace.marker.color for trace in chart.data}) == 10
    assert len({trace.marker.symbol for trace in chart.data}) == 10


def test_without_webgl_fewer_points_are_drawn_and_said(
    visit: Visit, decoded: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(latent_map, "webgl_missing", lambda: True)
    at = visit(PAGE)
    assert {trace["type"] for trace in figure(at)["data"]} == {"scatter"}
    assert any("no WebGL" in caption.value for caption in at.main.caption)


def test_a_two_dimensional_code_is_its_own_map(visit: Visit, decoded: None, copied: Path) -> None:
    put_untrained("flat", "plain", BackboneConfig(latent_dim=2, backbone=SMALL))
    at = visit(PAGE, model="flat")
    assert axes_offered(at) == ["Latent code", "PCA"]
    assert figure(at)["layout"]["xaxis"]["title"]["text"] == "dimension 1"
    assert len([s for s in at.main.slider if str(s.key).startswith("d")]) == 2
    assert not at.exception


def test_t_sne_is_offered_where_it_ships(visit: Visit, decoded: None, copied: Path) -> None:
    put_untrained("wide", "plain", BackboneConfig(latent_dim=5, backbone=SMALL))
    assert axes_offered(visit(PAGE, model="wide")) == ["PCA"]
    latent.embedding.clear()
    plane = np.random.default_rng(0).normal(size=(10_000, 2)).astype(np.float32)
    checkpoint.write("mnist", "wide", projection.FILE, projection.to_bytes(plane))
    at = visit(PAGE, model="wide")
    assert axes_offered(at) == ["t-SNE", "PCA"]
    marks = next(e for e in at.get("bidi_component") if e.key == latent_map.MARKS)
    assert json.loads(marks.proto.json)["lines"] == []  # between images nothing has a place


def test_a_class_conditional_model_gets_the_true_labels(
    visit: Visit, decoded: None, copied: Path
) -> None:
    put_untrained("told", "cvae", CvaeConfig(latent_dim=4, backbone=SMALL))
    at = visit(PAGE, model="told", a="0", b="1")
    row, pair = only(rows(at, "pair"))
    assert "given the true label" in row["note"]
    for row, steps in rows(at, "interpolation").values():
        assert "given the true label" in row["note"]
        assert np.abs(steps[[0, -1]].astype(int) - pair[[1, 3]]).max() <= 1
    assert not at.exception


def test_a_damaged_checkpoint_is_named_and_others_work(
    visit: Visit, decoded: None, copied: Path, said: None
) -> None:
    put_untrained("broken", "plain", BackboneConfig(latent_dim=4, backbone=SMALL))
    path = copied / "mnist" / "broken" / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-1])
    at = visit(PAGE, model="broken")
    assert not at.exception
    (sentence,) = sentences(at)
    assert "broken/model.safetensors" in sentence
    at.selectbox(key="model").set_value("pca-32").run()
    assert not sentences(at)
    assert "pair" in keys(at)


def test_the_csv_holds_the_chosen_points_and_the_shown_ones(visit: Visit, mode: str) -> None:
    space = latent_map.open_space("mnist", "pca-32", "pca")
    ids = np.array([4, 7, 9])
    first, *lines = traversal.to_csv(space, ids, latent_map.Pair(7, 100)).splitlines()
    kind = "decoded images" if mode == "gallery" else "original images"
    assert first == f"# data set mnist, test split, {kind}; model pca-32; map pca"
    found = list(csv.DictReader(lines))
    assert [(row["id"], row["chosen"]) for row in found] == [
        ("7", "A"),
        ("100", "B"),
        ("4", ""),
        ("9", ""),
    ]
    for row in found:
        number = int(row["id"])
        assert int(row["label"]) == space.images.labels[number]
        code = [float(row[f"z{d}"]) for d in range(1, 33)]
        assert code == pytest.approx(space.codes[number], rel=1e-4, abs=1e-5)
        assert [float(row["x"]), float(row["y"])] == pytest.approx(space.plane[number], rel=1e-4)


@pytest.mark.parametrize(
    "value", [None, True, -1, 10_000, 3.0, "7", "<script>", [7], {"click": 7}, float("nan")]
)
def test_only_a_number_of_an_image_counts_as_a_click(value: object) -> None:
    assert clicked(SimpleNamespace(click=value), 10_000) is None
    assert clicked(SimpleNamespace(click=9_999), 10_000) == 9_999
    assert clicked(None, 10_000) is None


def test_any_position_of_a_two_dimensional_code_is_decoded(
    visit: Visit, decoded: None, copied: Path
) -> None:
    put_untrained("flat", "plain", BackboneConfig(latent_dim=2, backbone=SMALL))
    at = visit(PAGE, model="flat", x="-3.25", y="41.5")
    assert (at.number_input(key="x").value, at.number_input(key="y").value) == (-3.25, 41.5)
    model = models.model("mnist", "flat")
    for x, y in ((-3.25, 41.5), (7.0, -1.0)):
        at.number_input(key="x").set_value(x)
        at.number_input(key="y").set_value(y).run()
        x_hat = datasets.to_pixels(model.decode(torch.tensor([[x, y]], device=_device())))
        _row, here = only(rows(at, "place"))
        assert np.abs(here.astype(int) - x_hat).max() <= 1
        marks = next(e for e in at.get("bidi_component") if e.key == grid.PLACE)
        (mark,) = json.loads(marks.proto.json)["marks"]
        assert (mark["x"], mark["y"]) == (x, y)
    assert not at.exception


def test_a_click_beside_all_points_becomes_the_place(
    visit: Visit, decoded: None, copied: Path
) -> None:
    put_untrained("flat", "plain", BackboneConfig(latent_dim=2, backbone=SMALL))
    at = visit(PAGE, model="flat")
    assert figure(at)["layout"]["clickanywhere"] is True
    marks = {e.key: json.loads(e.proto.json) for e in at.get("bidi_component") if e.proto.json}
    assert [key for key, sent in marks.items() if sent.get("anywhere")] == [grid.PLACE]


def test_only_a_two_dimensional_code_has_positions(
    visit: Visit, decoded: None, copied: Path
) -> None:
    put_untrained("flat", "plain", BackboneConfig(latent_dim=2, backbone=SMALL))
    for at in (visit(PAGE), visit(PAGE, model="flat", axes="PCA")):
        assert "place" not in keys(at)
        assert "grid" not in {toggle.key for toggle in at.main.toggle}
        assert "images" not in figure(at)["layout"]
        assert figure(at)["layout"]["clickanywhere"] is False


def test_the_grid_is_what_its_places_decode_to(visit: Visit, decoded: None, copied: Path) -> None:
    put_untrained("flat", "plain", BackboneConfig(latent_dim=2, backbone=SMALL))
    at = visit(PAGE, model="flat")
    (under,) = figure(at)["layout"]["images"]
    assert under["layer"] == "below"
    places = latent.decoded_places("mnist", "flat").lattice
    assert (under["x"], under["y"]) == (places.left, places.top)
    assert under["sizex"] == pytest.approx(places.side * places.columns)
    assert under["sizey"] == pytest.approx(places.side * places.rows)

    picture = Image.open(io.BytesIO(base64.b64decode(under["source"].partition(",")[2])))
    assert picture.size == (28 * places.columns, 28 * places.rows)
    ink = np.array(picture.convert("RGBA"))[..., 3] / (255 * plots_latent_scatter.STRONGEST)
    for row, column in ((0, 0), (places.rows - 1, places.columns - 1)):
        middle = [
            places.left + (column + 0.5) * places.side,
            places.top - (row + 0.5) * places.side,
        ]
        z = torch.tensor([middle], dtype=torch.float32, device=_device())
        expected = models.model("mnist", "flat").decode(z)[0, 0].cpu().numpy()
        found = ink[28 * row : 28 * row + 28, 28 * column : 28 * column + 28]
        assert np.abs(found - expected).max() < 1.1 / plots_latent_scatter.LEVELS

    at.toggle(key="grid").set_value(False).run()
    assert "images" not in figure(at)["layout"]
    assert "images" not in figure(visit(PAGE, model="flat", grid="false"))["layout"]


def test_a_lattice_covers_nearly_all_points() -> None:
    plane = np.random.default_rng(0).normal(size=(5_000, 2)) * [9, 2] + [100, -3]
    places = plots_latent_scatter.lattice(plane)
    assert max(places.rows, places.columns) == plots_latent_scatter.TILES
    assert 1 <= places.rows < places.columns
    middles = places.places()
    assert middles.shape == (places.rows * places.columns, 2)
    assert np.diff(middles[: places.columns, 0]) == pytest.approx(places.side, rel=1e-3)
    assert middles[0, 1] > middles[-1, 1]  # the first row is the highest
    inside = (np.abs(plane - middles.mean(axis=0)) <= places.side * plots_latent_scatter.TILES).all(
        axis=1
    )
    assert inside.mean() > 0.97
    assert plots_latent_scatter.lattice(np.zeros((10, 2))).side > 0


@pytest.mark.parametrize(
    "value",
    [
        None,
        7,
        "1,2",
        [1],
        [1, 2, 3],
        [1, "2"],
        [True, 1.0],
        [float("nan"), 0.0],
        [0.0, float("inf")],
        [1e6, 0.0],
        [None, 0.0],
        [10**400, 0],
        {"0": 1, "1": 2},
    ],
)
def test_only_two_finite_numbers_within_reach_are_a_place(value: object) -> None:
    assert placed(SimpleNamespace(place=value), 1_000) is None
    assert placed(SimpleNamespace(place=[-1_000, 3.5]), 1_000) == (-1_000, 3.5)
    assert placed(None, 1_000) is None
