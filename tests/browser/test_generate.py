"""The Generate page in a browser: labels, downloads, and reproducible samples."""

import io
import re
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.browser.looking import pictures, repainted, revision, settled


def test_typed_labels_change_the_sheet(server: str, page: Page) -> None:
    page.goto(f"{server}/generate")
    settled(page)
    assert [images.shape[0] for _, images in pictures(page, "generated")] == [4, 4, 4]
    at = revision(page, "generated")
    field = page.get_by_role("textbox", name="Labels")
    field.fill("31415")
    field.press("Enter")
    repainted(page, "generated", at)
    rows = pictures(page, "generated")
    assert [images.shape[0] for _, images in rows] == [5, 5, 5]
    for _, images in rows:
        assert (images[1] == images[3]).all()  # the same label in the same style
        assert (images[0] != images[1]).any()
    expect(page).to_have_url(re.compile("labels=31415"))


def download(page: Page, kind: str, folder: Path) -> bytes:
    with page.expect_download() as waiting:
        page.get_by_role("button", name=kind, exact=True).click()
    path = folder / waiting.value.suggested_filename
    assert path.suffix == f".{kind.lower()}"
    waiting.value.save_as(path)
    return path.read_bytes()


def test_downloads_hold_what_is_shown(server: str, page: Page, tmp_path: Path) -> None:
    page.goto(f"{server}/generate?labels=2026&styles=2&seed=4")
    settled(page)
    shown = np.concatenate([images for _, images in pictures(page, "generated")])

    with zipfile.ZipFile(io.BytesIO(download(page, "ZIP", tmp_path))) as archive:
        assert archive.testzip() is None
        names = [name for name in archive.namelist() if name.endswith(".png")]
        assert len(names) == 8
        inside = [np.array(Image.open(io.BytesIO(archive.read(name)))) for name in names]
        table = archive.read("labels.csv").decode().splitlines()
    assert (np.stack(inside) == shown).all()
    assert [line.split(",")[1] for line in table[1:]] == list("20262026")

    with np.load(io.BytesIO(download(page, "NPZ", tmp_path)), allow_pickle=False) as arrays:
        assert (arrays["images"] == shown).all()
        assert arrays["labels"].tolist() == [2, 0, 2, 6, 2, 0, 2, 6]

    sheet = Image.open(io.BytesIO(download(page, "PNG", tmp_path)))
    assert sheet.width > 2 * sheet.height > 0


def test_two_visitors_at_once_get_the_same_images_for_a_seed(
    server: str, chromium: Browser
) -> None:
    visitors = [chromium.new_context() for _ in range(2)]
    try:
        pages = [visitor.new_page() for visitor in visitors]
        for page in pages:  # both runs are under way before either is looked at
            page.goto(f"{server}/generate?seed=12&labels=07", wait_until="commit")
        first, second = (pictures(page, "generated") for page in pages)
        for (label, one), (_, other) in zip(first, second, strict=True):
            assert (one == other).all(), label
    finally:
        for visitor in visitors:
            visitor.close()


def test_clothes_are_picked_by_name(server: str, page: Page) -> None:
    page.goto(f"{server}/generate?data=fashion&classes=bag&styles=1")
    settled(page)
    assert [images.shape[0] for _, images in pictures(page, "generated")] == [1]
    page.get_by_text("Show test images").click()
    expect(page.locator(".st-key-generated .row")).to_have_count(2)


def test_an_unconditional_sampler_has_no_labels(server: str, page: Page) -> None:
    page.goto(f"{server}/generate")
    settled(page)
    at = revision(page, "generated")
    page.get_by_role("radio", name="VAE", exact=True).click()
    repainted(page, "generated", at)
    expect(page).to_have_url(re.compile("sampler=vae"))
    expect(page.get_by_role("textbox", name="Labels")).to_have_count(0)
    ((_, images),) = pictures(page, "generated")
    assert len(images) == 30
    page.get_by_role("radio", name="CVAE", exact=True).click()
    expect(page.get_by_role("textbox", name="Labels")).to_be_visible()
    expect(page).not_to_have_url(re.compile("sampler"))


def test_the_card_of_a_sampler_can_be_read(server: str, page: Page) -> None:
    page.goto(f"{server}/generate?sampler=vae")
    settled(page)
    page.get_by_text("Show the model card").click()
    expect(page).to_have_url(re.compile("read=true", re.IGNORECASE))
    expect(page.get_by_role("cell", name="Training", exact=True)).to_be_visible()
