"""Denoising and the strength matrix on the Denoise page, and inpainting of hidden patches."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

import ae_models
from ae_models import datasets
from ae_models.artifacts import card
from ae_models.artifacts.titles import title
from ae_models.base import Reconstructs
from ae_models.images.filters import FILTERS
from ae_models.images.noise import NOISES
from ae_models.metric_key import Metric, to_records
from ae_models.tasks import inpainting
from ae_models.variants.mae import MaeConfig
from tests.pages.conftest import Visit, chart, keys, put_untrained, sentences, sheet
from tests.pages.sheets import notes, pixels
from ui.cache import models
from ui.views.denoise import cache, noise, strength_matrix
from ui.views.denoise import inpainting as denoise_inpainting

STRENGTHS = (0.1, 0.3, 0.5, 0.7, 0.9)


def noisy(strength: float) -> Metric:
    """PSNR on images with Gaussian noise."""
    return Metric("psnr", corruption="Gaussian", strength=strength)


def cells(at: AppTest) -> dict[str, list[str]]:
    """What is written into the matrix, by row."""
    (trace,) = chart(at, "matrix")
    figure = next(e for e in at.get("plotly_chart") if e.key == "matrix")
    axis = json.loads(figure.proto.spec)["layout"]["yaxis"]
    found = {}
    for label, fields in zip(axis["ticktext"], trace["text"], strict=True):
        title, _, reach = label.rpartition("<br>")  # the noisy images have no reach
        name = (title or reach).replace("<br>", " ").replace("\N{NBSP}", " ")
        found[name] = [str(text) for text in fields]
    return found


def set_figures(changed_card: Callable[..., None], name: str, values: list[float]) -> None:
    """Gives a card these figures at STRENGTHS and no others."""
    figures = to_records({noisy(s): v for s, v in zip(STRENGTHS, values, strict=True)}, "value")
    changed_card(name, ["test", "values"], figures)


@pytest.fixture
def figures(changed_card: Callable[..., None]) -> None:
    """Two models whose figures are known; all others of the matrix are worse."""
    for name in ("denoising-0.3", "denoising-0.9", "denoising-conv", "unet", "article-denoising"):
        set_figures(changed_card, name, [1.0, 1.0, 1.0, 1.0, 1.0])
    set_figures(changed_card, "undercomplete", [20.04, 15.0, 12.0, 11.0, 10.0])
    set_figures(changed_card, "denoising", [19.0, 18.0, 21.06, 16.0, 9.0])


def test_the_matrix_shows_the_figures_of_the_cards(
    visit: Visit, decoded: None, figures: None
) -> None:
    found = cells(visit("denoise"))
    assert found[title("undercomplete")] == ["<b>20.0</b>", "15.0", "12.0", "11.0", "<b>10.0</b>"]
    assert found[title("denoising")] == [
        "19.0",
        "<b>18.0</b>",
        "★ <b>21.1</b>",
        "<b>16.0</b>",
        "9.0",
    ]


def test_a_changed_figure_is_found_in_the_matrix(
    visit: Visit, decoded: None, figures: None, changed_card: Callable[..., None]
) -> None:
    changed_card("undercomplete", ["test", "values", noisy(0.5)], 33.33)
    found = cells(visit("denoise"))
    assert found[title("undercomplete")][2] == "<b>33.3</b>"
    assert found[title("denoising")][2] == "★ 21.1"


def test_a_range_of_strengths_is_shown_in_the_last_row(
    visit: Visit, decoded: None, figures: None, changed_card: Callable[..., None]
) -> None:
    changed_card("conv", ["trained_with"], {"Gaussian": [0.1, 0.9], "salt & pepper": [0.0, 0.4]})
    set_figures(changed_card, "conv", [1.0, 2.0, 3.0, 4.0, 5.0])
    at = visit("denoise")
    assert list(cells(at))[-1] == "Convolutional"
    assert strength_matrix.reach(card.read_card("mnist", "conv")) == "0.1 – 0.9"
    assert strength_matrix.reach(card.read_card("mnist", "denoising")) == "0.5"
    marks = {t["name"]: t for t in chart(at, "psnr_curve") if t.get("showlegend") is False}
    assert marks["Denoising (σ = 0.5)"]["mode"] == "markers" and list(
        marks["Denoising (σ = 0.5)"]["x"]
    ) == [0.5]
    assert marks["Convolutional"]["mode"] == "lines"
    assert (marks["Convolutional"]["x"][0], marks["Convolutional"]["x"][-1]) == (0.1, 0.9)


def test_a_figure_that_no_card_has_leaves_its_field_empty(
    visit: Visit, decoded: None, figures: None, changed_card: Callable[..., None]
) -> None:
    changed_card("denoising", ["test", "values"], to_records({noisy(0.5): 21.0}, "value"))
    assert cells(visit("denoise"))["Denoising (σ = 0.5)"] == ["", "", "★ <b>21.0</b>", "", ""]


def test_decoded_images_are_not_compared_with_the_cards(
    visit: Visit, decoded: None, figures: None
) -> None:
    assert "the noisy images" not in cells(visit("denoise"))


def test_the_noisy_images_have_a_row(
    visit: Visit, figures: None, original: Callable[..., datasets.Images]
) -> None:
    original("mnist", "test")
    seed = card.read_card("mnist", "denoising").test.seed
    expected = cache.noisy_psnr("mnist", "Gaussian", STRENGTHS, seed)
    found = [text.strip("<b>/") for text in cells(visit("denoise"))["the noisy images"]]
    assert found == [f"{psnr:.1f}" for psnr in expected]


def test_psnr_of_the_noisy_images(original: Callable[..., datasets.Images]) -> None:
    x = datasets.to_tensor(original("mnist", "test").pixels)
    seed = 3
    found = cache.noisy_psnr("mnist", "Gaussian", (0.3, 0.9), seed)
    for strength, psnr in zip((0.3, 0.9), found, strict=True):
        noisy = NOISES["Gaussian"](x, strength, torch.Generator().manual_seed(seed))
        expected = (-10 * (noisy - x).square().flatten(1).mean(1).log10()).mean().item()
        assert psnr == pytest.approx(expected, abs=1e-3)
    assert found[0] > found[1]


def put_mae(**about: object) -> None:
    put_untrained("filler", "mae", MaeConfig(), family="restorer", **about)


def test_hidden_patches_are_inpainted_by_every_method(
    visit: Visit, decoded: None, copied: Path
) -> None:
    put_mae()
    at = visit("denoise", damage="missing", part="0.3", seed="4", images="5")
    assert not at.exception and not sentences(at)
    (_, clean), (_, left), *answers = sheet(at, "filled")
    assert (left.min(axis=-1) != left.max(axis=-1)).any()
    hidden = (left == denoise_inpainting.BLUE).all(axis=-1)
    expected = inpainting.hide_patches(
        datasets.to_tensor(clean), 0.3, torch.Generator().manual_seed(4)
    ).squeeze(1)
    assert (hidden == expected.numpy()).all()
    assert (left[~hidden] == clean[~hidden][:, None]).all()
    labels = [row["label"] for row, _ in answers]
    fillers = models.available("mnist", "inpaints")
    assert "filler" in fillers
    assert labels[-3:] == ["U-Net, blind", "PCA, 64, least squares", "biharmonic equation"]
    assert labels[:-3] == [str(title(name)) for name in fillers]
    for row, pictures in answers:
        assert np.abs(pictures.astype(int) - clean)[~hidden].max() <= 1, row["label"]
        error = ((pictures / 255.0 - clean / 255.0) ** 2 * hidden).sum((1, 2)) / hidden.sum((1, 2))
        psnr = float(row["note"].partition(" dB")[0])
        assert psnr == pytest.approx((-10 * np.log10(error)).mean(), abs=0.15), row["label"]


def test_hidden_pixels_are_blue(visit: Visit, decoded: None) -> None:
    shares = []
    for part in ("0.2", "0.8"):
        (_, left) = sheet(visit("denoise", damage="missing", part=part), "filled")[1]
        shares.append((left == denoise_inpainting.BLUE).all(axis=-1).mean())
    assert shares == pytest.approx([0.2, 0.8], abs=0.02)


def test_the_card_gives_the_psnr_of_hidden_patches(
    visit: Visit, decoded: None, copied: Path, changed_card: Callable[..., None]
) -> None:
    values = {inpainting.HIDDEN: 18.0, inpainting.HIDDEN_BASELINE: 14.0}
    put_mae(test=card.Figures(images=10_000, seed=7, values=values))
    changed_card("filler", ["test", "values", inpainting.HIDDEN], 21.75)
    at = visit("denoise", damage="missing")
    (said,) = (text.value for text in at.main.markdown if "filler" in text.value)
    assert re.search(r"PCA, 64[^*]*\*\*14.0 dB\*\*", said) and "**21.8 dB**" in said


def test_each_task_has_its_own_controls(visit: Visit, decoded: None) -> None:
    noise, patches = visit("denoise"), visit("denoise", damage="missing")
    assert "denoised" in keys(noise) and "filled" not in keys(noise)
    assert "filled" in keys(patches) and "denoised" not in keys(patches)
    assert {s.key for s in patches.main.slider} == {"images", "part"}
    assert not any(g.key.startswith("variants") for g in patches.main.get("button_group"))


def test_denoise_has_a_row_a_method_and_figures_beside(visit: Visit, decoded: None) -> None:
    rows = sheet(visit("denoise"), "denoised")
    offered = ae_models.available("mnist", having=Reconstructs)
    models = [str(title(name)) for name in offered if name in noise.SHOWN]
    assert {"PCA, 32", "Denoising (σ = 0.5)", "Convolutional"} <= set(models)
    filters = [noise.FILTER_TITLES[name] for name in FILTERS]
    assert list(notes(rows)) == ["Clean", "Noisy", *models, *filters]
    for label, note in notes(rows).items():
        assert re.fullmatch(r"\d+\.\d dB, SSIM -?\d\.\d\d", note) or label == "Clean", label
    assert pixels(rows).shape == (5 + len(models), 10, 28, 28)


def test_noise_of_strength_0_changes_nothing(visit: Visit, decoded: None) -> None:
    (_, clean), (row, noisy), *_ = sheet(visit("denoise", strength="0"), "denoised")
    assert row["label"] == "Noisy"
    assert (noisy == clean).all()
