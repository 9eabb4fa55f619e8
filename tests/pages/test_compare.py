"""The variants on the Compare page: their rows, their table, and images of a visitor."""

import io

import numpy as np
from PIL import Image

from ae_models.artifacts import card, image_source
from ae_models.images import preparation
from tests.pages.conftest import Visit, keys, sheet
from tests.pages.pad import draw, stroke
from tests.pages.sheets import notes


def test_a_class_conditional_model_shows_its_label(visit: Visit, decoded: None) -> None:
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
