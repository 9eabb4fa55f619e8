"""The Compare page with a picture of the visitor's own."""

import io
import re

import numpy as np
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.browser.looking import pictures, settled


def photograph() -> bytes:
    """A dark bar on light paper, with a corner that tells top from bottom."""
    image = Image.new("L", (300, 400), 235)
    image.paste(30, (130, 60, 170, 340))
    image.paste(30, (90, 60, 170, 100))
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()


def upload(page: Page, name: str, content: bytes) -> None:
    page.locator("input[type=file]").set_input_files(
        {"name": name, "mimeType": "image/png", "buffer": content}
    )


def test_an_uploaded_picture_is_prepared_and_reconstructed(server: str, page: Page) -> None:
    page.goto(f"{server}/compare?source=Upload&variants=conv")
    settled(page)
    upload(page, "seven.png", photograph())
    expect(page.get_by_text("Model input")).to_be_visible()
    settled(page)
    seen = dict(pictures(page, "source_seen"))["Model input"][0]
    assert seen[0].max() == 0 and seen.max() > 200  # light on black, away from the border
    top, bottom = ((half > 99).any(axis=0).sum() for half in (seen[:14], seen[14:]))
    assert top > bottom  # the corner is above
    rows = pictures(page, "compared")
    assert (rows[0][1][0] == seen).all()
    (conv,) = (images[0] for label, images in rows if label == "Convolutional")
    assert np.corrcoef(seen.ravel(), conv.ravel())[0, 1] > 0.8


def test_a_file_that_is_no_picture_gets_a_sentence(server: str, page: Page) -> None:
    page.goto(f"{server}/compare?source=Upload")
    settled(page)
    upload(page, "<img src=x onerror=alert(1)>.png", b"<svg/>")
    expect(page.get_by_text("could not be read as an image")).to_be_visible()
    page.get_by_role("button", name="Reset", exact=True).click()
    expect(page.locator(".st-key-compared canvas").first).to_be_visible()


def test_error_maps_and_worst_images_come_and_go(server: str, page: Page) -> None:
    page.goto(f"{server}/compare")
    settled(page)
    rows = page.locator(".st-key-compared .row")
    with_errors = rows.count()
    page.get_by_text("Images and variants").click()
    page.get_by_text("Error maps", exact=True).click()
    expect(rows).not_to_have_count(with_errors)
    expect(page).to_have_url(re.compile("errors=false", re.IGNORECASE))
    page.get_by_text("Show the ten images with the largest error").click()
    page.locator(".st-key-worst_images canvas").first.wait_for()
    settled(page)
    assert all(images.shape[0] == 10 for _, images in pictures(page, "worst_images"))


def test_families_share_one_value_of_the_address(server: str, page: Page) -> None:
    page.goto(f"{server}/compare")
    settled(page)
    page.get_by_text("Images and variants").click()
    rows = page.locator(".st-key-compared .row")
    before = rows.count()
    linear = page.locator(".st-key-variants-linear")
    linear.get_by_role("button", name="PCA, 2", exact=True).click()
    expect(rows).to_have_count(before + 2)  # with its error map
    expect(page).to_have_url(re.compile(r"variants=pca-2&variants=pca-32&.*variants=cvae"))
    linear.get_by_role("button", name="PCA, 2", exact=True).click()
    expect(rows).to_have_count(before)
    expect(page).not_to_have_url(re.compile("variants"))
    for name in (
        "Undercomplete, 32",
        "Convolutional",
    ):  # without a wait between
        page.locator(".st-key-variants-bottleneck").get_by_role(
            "button", name=name, exact=True
        ).click()
    expect(rows).to_have_count(before - 4)
    settled(page)
    assert [label for label, _ in pictures(page, "compared") if label][1:] == [
        "PCA, 32",
        "Denoising (σ = 0.5)",
        "VAE",
        "CVAE",
    ]


def test_the_groups_fit_a_telephone(server: str, chromium: Browser) -> None:
    visitor = chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    try:
        page = visitor.new_page()
        page.goto(f"{server}/compare")
        settled(page)
        page.get_by_text("Images and variants").tap()
        expect(page.locator(".st-key-variants-linear")).to_be_visible()
        pills = page.locator("[class*=st-key-variants-] button")
        assert pills.count() >= 6
        for box in (pill.bounding_box() for pill in pills.all()):
            assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= 390
    finally:
        visitor.close()
