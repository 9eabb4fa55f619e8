"""The Bottleneck page: images, errors and bytes, against their sources."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from ae_models import datasets, metrics
from ae_models.artifacts import checkpoint, image_source
from ae_models.artifacts.card import read_card
from ae_models.metric_key import Metric
from ae_models.tasks import compression
from ae_models.tasks.compression import WIDTHS, dense, pca
from tests.pages.conftest import EACH_MODE, Visit, chart, sentences, sheet
from ui.views.bottleneck import cache

KINDS = {"Dense autoencoder": dense, "PCA": pca}


@EACH_MODE
def test_the_images_are_reconstructions_at_each_latent_dimension(
    visit: Visit, dataset: str, mode: str
) -> None:
    at = visit("bottleneck", data=dataset, width="4")
    (original, pixels), *rows = sheet(at, "at_width")
    assert original["label"] == "Original" and [row["label"] for row, _ in rows] == list(KINDS)
    x = datasets.to_tensor(pixels)
    assert any(
        (pixels[0] == picture).all() for picture in image_source.load(dataset, "test").pixels
    )
    for (row, shown), name in zip(rows, KINDS.values(), strict=True):
        model = checkpoint.load(dataset, name(4), torch.device("cpu"))
        x_hat = model(x).x_hat
        assert (np.abs(shown - 255 * x_hat[:, 0].numpy()) <= 0.51).all()
        assert row["note"] == f"{metrics.psnr(x_hat, x).mean():.1f} dB"
    on = " ".join(caption.value for caption in at.main.caption)
    assert "Each reconstructed from a code of 4 numbers." in on
    assert ("decoded" in on) == (mode == "gallery")
    assert ("first 500 decoded test images" in on) == (mode == "gallery")


def test_the_slider_chooses_and_marks_a_latent_dimension(visit: Visit, decoded: None) -> None:
    at = visit("bottleneck", width="2")
    narrow = sheet(at, "at_width"), sheet(at, "every_dense")
    at.select_slider(key="width").set_value(64).run()
    wide = sheet(at, "at_width"), sheet(at, "every_dense")
    assert (narrow[0][0][1] == wide[0][0][1]).all()
    assert (narrow[0][1][1] != wide[0][1][1]).any()
    for rows, width in ((narrow[1], 2), (wide[1], 64)):
        marked = [row["label"] for row, _ in rows if row["marked"]]
        assert marked == [f"dimension {width}"]
    for (_, one), (_, other) in zip(narrow[1], wide[1], strict=True):
        assert (one == other).all()
    (_, at_64) = wide[1][-1]
    assert (wide[0][1][1] == at_64).all()


def test_errors_are_those_of_the_cards(
    visit: Visit, decoded: None, changed_card: Callable[..., None]
) -> None:
    expected = {title: [] for title in KINDS}
    for number, (title, name) in enumerate(KINDS.items()):
        for width in WIDTHS:
            mse = 0.01234 + number / 100 + width / 1000
            changed_card(name(width), ["test", "values", Metric("mse")], mse)
            expected[title].append(mse)
            changed_card(name(width), ["test", "images"], 8_765)
    changed_card(dense(16), ["parameters"], 123_456_789)
    at = visit("bottleneck", width="16")
    for trace, errors in zip(chart(at, "error_by_width"), expected.values(), strict=True):
        assert list(trace["x"]) == list(WIDTHS)
        assert list(trace["y"]) == errors
        assert np.argmax(trace["marker"]["size"]) == WIDTHS.index(16)
    said = " ".join(caption.value for caption in at.main.caption)
    assert "123,456,789 parameters" in said and "8,765 original test images" in said


@pytest.mark.parametrize("width", [2, 32])
def test_bytes_are_those_of_the_first_pictures(visit: Visit, width: int, decoded: None) -> None:
    at = visit("bottleneck", width=str(width))
    pixels = image_source.load("mnist", "test").pixels[: cache.MEASURED]
    training = datasets.to_tensor(image_source.load("mnist", "train").pixels[: cache.CALIBRATED])
    model, linear = (
        checkpoint.load("mnist", name, torch.device("cpu")) for name in (dense(width), pca(64))
    )
    code = compression.as_code(model, datasets.to_tensor(pixels), training)
    few = compression.as_pca(linear, datasets.to_tensor(pixels), training, code.psnr)
    jpeg = compression.as_jpeg(pixels, code.psnr)
    png = compression.as_png(pixels)
    (bars,) = chart(at, "bytes")
    fewest = f"PCA, {few.setting} components"
    if few.psnr < code.psnr:
        fewest = "PCA, more than 64 components"
    assert bars["y"][:2] == [f"Latent code, dimension {width}", fewest]
    expected = [width, few.bytes, jpeg.data_bytes, jpeg.bytes, png.data_bytes, png.bytes, 784]
    np.testing.assert_allclose(bars["x"], expected)
    assert bars["text"][0] == f"{width} · {code.psnr:.1f} dB"
    assert f"quality {jpeg.setting} of 100" in " ".join(c.value for c in at.main.caption)


def test_pca_that_cannot_come_as_close_is_said_to_need_more(
    visit: Visit, decoded: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = cache.encodings("mnist", 8)
    short = kept | {"pca": compression.Encoded(64, 64, kept["code"].psnr - 1, 64)}
    monkeypatch.setattr(cache, "encodings", lambda dataset, width: short)
    (bars,) = chart(visit("bottleneck"), "bytes")
    assert bars["y"][1] == "PCA, more than 64 components"


@pytest.mark.parametrize(
    ("name", "bytes_left"), [(dense(8), False), (dense(2), True), (pca(64), False)]
)
def test_a_missing_model_is_named_once_and_the_rest_stays(
    visit: Visit, name: str, bytes_left: bool, decoded: None, copied: Path
) -> None:
    shutil.rmtree(copied / "mnist" / name)
    at = visit("bottleneck")
    assert not at.exception
    (said,) = sentences(at)
    assert f"checkpoints/mnist/{name}/card.json is missing" in said
    rows = sheet(at, "every_dense") + sheet(at, "every_pca")
    assert len(rows) == 2 * len(WIDTHS) - 1
    assert ("bytes" in [element.key for element in at.get("plotly_chart")]) == bytes_left


def test_shipped_cards_have_the_latent_dimension_of_the_page() -> None:
    for dataset in datasets.DATASETS:
        for width in WIDTHS:
            for name in KINDS.values():
                assert read_card(dataset, name(width)).latent_dim == width
