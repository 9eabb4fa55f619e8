"""What single pages show."""

import io
import re
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

import ae_models
from ae_models import datasets
from ae_models.artifacts import card, image_source
from ae_models.artifacts.titles import title
from ae_models.base import Reconstructs
from ae_models.images import preparation
from ae_models.images.filters import FILTERS
from ae_models.pipeline import previews
from tests.pages.conftest import Visit, keys, result, sheet
from tests.pages.test_page_faults import draw, stroke
from ui.shell import warmup
from ui.views.denoise import noise

Sheet = list[tuple[dict[str, Any], NDArray[np.uint8]]]


def notes(rows: Sheet) -> dict[str, str]:
    """The quiet line of each labelled row."""
    return {row["label"]: row["note"] for row, _ in rows if row["label"]}


def pixels(rows: Sheet) -> NDArray[np.uint8]:
    """All pictures of rows of equal length."""
    return np.stack([images for _, images in rows])


@pytest.mark.parametrize("dataset", datasets.DATASETS)
def test_start_shows_the_shipped_picture_until_models_are_warm(
    visit: Visit, dataset: str, monkeypatch: pytest.MonkeyPatch, decoded: None
) -> None:
    assert previews.read(dataset) is not None
    live = visit("start", data=dataset)
    monkeypatch.setattr(warmup, "ready", lambda: False)
    at = visit("start", data=dataset)
    assert not at.exception
    assert keys(at) == ["examples"]
    assert (pixels(sheet(at, "examples")) == pixels(sheet(live, "examples"))).all()


def test_start_shows_where_a_missing_preview_was(
    visit: Visit, monkeypatch: pytest.MonkeyPatch, decoded: None
) -> None:
    monkeypatch.setattr(warmup, "ready", lambda: False)
    monkeypatch.setattr(previews, "read", lambda dataset: None)
    at = visit("start")
    assert not at.exception and at.title


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


def test_a_model_that_is_told_the_label_says_so(visit: Visit, decoded: None) -> None:
    at = visit("compare", variants=["conv", "cvae"])
    assert "given the true label" in notes(sheet(at, "compared"))["CVAE"]
    assert "given" not in notes(sheet(at, "compared"))["Convolutional"]
    at = draw(visit("compare", source="Draw", variants=["cvae"]), stroke())
    assert "given the predicted label" in notes(sheet(at, "compared"))["CVAE"]


def test_compare_has_a_line_a_variant(visit: Visit, decoded: None) -> None:
    at = visit("compare", variants=["pca-32", "conv"])
    (table,) = at.dataframe
    assert table.value["variant"].tolist() == ["PCA, 32", "Convolutional"]
    assert {"MSE", "PSNR, dB", "SSIM", "latent dimension", "parameters"} <= set(table.value.columns)
    assert table.value["parameters"].tolist() == [
        card.read_card("mnist", name).parameters for name in ("pca-32", "conv")
    ]


def test_the_ten_worst_come_on_request(visit: Visit, decoded: None) -> None:
    assert "worst_images" not in keys(visit("compare"))
    assert "worst_images" in keys(visit("compare", worst="true"))


def test_generated_labels_are_those_typed(visit: Visit, decoded: None) -> None:
    assert pixels(sheet(visit("generate", labels="7", styles="1"), "generated")).shape[:2] == (1, 1)
    images = pixels(sheet(visit("generate", labels="31415", styles="2"), "generated"))
    assert images.shape[:2] == (2, 5)
    assert (images[:, 1] == images[:, 3]).all()
    assert (images[:, 0] != images[:, 1]).any()
    at = visit("generate", labels="a1b", styles="1")
    assert "Only the classes 0 1 2" in " ".join(caption.value for caption in at.main.caption)
    assert pixels(sheet(at, "generated")).shape[:2] == (1, 1)
    assert not visit("generate", labels="").exception


def test_the_same_seed_gives_two_visitors_the_same_images(visit: Visit, decoded: None) -> None:
    one = visit("generate", seed="5")
    assert result(visit("generate", seed="6")) != result(one)
    other = visit("generate", seed="5")
    ours, theirs = (pixels(sheet(at.run(), "generated")) for at in (one, other))
    assert (ours == theirs).all()


def test_a_style_stays_when_more_are_asked_for(visit: Visit, decoded: None) -> None:
    few, many = (pixels(sheet(visit("generate", styles=n), "generated")) for n in ("2", "5"))
    assert len(many) == 5
    assert (many[:2] == few).all()


def test_an_image_of_the_data_set_uploaded_is_the_image_of_the_data_set(
    visit: Visit, decoded: None
) -> None:
    image = image_source.load("mnist", "test").pixels[3]
    stream = io.BytesIO()
    Image.fromarray(image).save(stream, "PNG")
    at = visit("compare", source="upload")
    at.file_uploader[0].set_value(("3.png", stream.getvalue(), "image/png")).run()
    in_16_greys = preparation.from_text(preparation.to_text(np.array(image)))
    for key in ("source_seen", "compared"):
        (_, shown), *_ = sheet(at, key)
        assert (shown[0] == in_16_greys).all()


def test_the_data_set_changes_everything(visit: Visit, decoded: None) -> None:
    for page, key in (("denoise", "denoised"), ("compare", "compared"), ("start", "examples")):
        digits, clothes = (sheet(visit(page, data=dataset), key) for dataset in datasets.DATASETS)
        for (row, one), (_, other) in zip(digits, clothes, strict=True):
            assert (one != other).any(), row["label"]


@pytest.mark.parametrize("page", ["denoise", "compare"])
def test_the_pad_of_a_link_lies_open(visit: Visit, page: str, decoded: None) -> None:
    assert not visit(page).expander[0].proto.expanded
    assert visit(page, source="Draw").expander[0].proto.expanded
