"""The Bottleneck page in a browser: the slider changes images, marks and bars."""

import re

from playwright.sync_api import Page, expect

from tests.browser.looking import pictures, repainted, revision, settled


def marked(page: Page, key: str) -> list[str]:
    """The labels of the rows that stand out."""
    rows = page.locator(f".st-key-{key} .row.marked")
    return [label.strip() for label in rows.locator(".label").all_inner_texts()]


def test_the_slider_and_other_images_change_pictures_marks_and_bars(
    server: str, page: Page
) -> None:
    page.goto(f"{server}/bottleneck")
    settled(page)
    before, at = dict(pictures(page, "at_width")), revision(page, "at_width")
    assert marked(page, "every_dense") == marked(page, "every_pca") == ["dimension 8"]
    slider = page.get_by_role("slider", name="Latent dimension")
    slider.press("ArrowRight")
    repainted(page, "at_width", at)
    after = dict(pictures(page, "at_width"))
    assert (before["Original"] == after["Original"]).all()
    for name in ("Dense autoencoder", "PCA"):
        assert (before[name] != after[name]).any(), name
    assert marked(page, "every_dense") == marked(page, "every_pca") == ["dimension 16"]
    expect(page).to_have_url(re.compile("width=16"))
    expect(page.locator(".st-key-bytes").get_by_text("Latent code, dimension 16")).to_be_visible()

    whole, at = pictures(page, "every_pca"), revision(page, "every_pca")
    field = page.get_by_label("Which images", exact=True).first
    field.fill("3")
    field.press("Enter")
    repainted(page, "every_pca", at)
    for (label, old), (_, new) in zip(whole, pictures(page, "every_pca"), strict=True):
        assert (old != new).any(), label
    expect(page).to_have_url(re.compile("which=3"))
