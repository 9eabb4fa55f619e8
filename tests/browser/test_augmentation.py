"""The Augmentation page in both data modes and widths, and export of labelled sets."""

import io
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from ae_models import datasets as ae_models_datasets
from tests.browser.looking import PATIENCE, pictures, repainted, revision, settled

WITHIN = """element => {
  const { left, right } = element.getBoundingClientRect();
  return left >= 0 && right <= innerWidth;
}"""


def download(page: Page, folder: Path) -> bytes:
    with page.expect_download() as waiting:
        page.get_by_role("button", name=re.compile(r"^Download, .* MB")).click()
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path.read_bytes()


@pytest.mark.parametrize("mode", ["original", "gallery"])
def test_synthetic_images_are_shown_beside_real_ones(
    server: str, without_files: str, page: Page, mode: str, lacking
) -> None:
    if mode == "original" and not ae_models_datasets.on_disk("mnist"):
        lacking("needs the original files of mnist")
    page.goto(f"{server if mode == 'original' else without_files}/augmentation")
    settled(page)
    page.get_by_role("button", name="Train the CVAE of these images").click()
    expect(page.locator(".st-key-made .row")).to_have_count(5)  # once its CVAE is trained
    rows = pictures(page, "made")
    assert [len(images) for _, images in rows] == [20, 20, 10, 20, 10]
    note = page.locator(".st-key-made").get_by_text(", decoded")
    expect(note).to_have_count(1 if mode == "gallery" else 0)
    chart = page.locator(".st-key-accuracy .main-svg").first
    expect(chart).to_be_visible()
    expect(page.get_by_text("CVAE of these images").first).to_be_visible()
    for width, height in ((1400, 900), (390, 844)):
        page.set_viewport_size({"width": width, "height": height})
        for element in (chart, page.locator(".st-key-made .sheet")):
            page.wait_for_function(WITHIN, arg=element.element_handle())
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    expect(page.get_by_test_id("stException")).to_have_count(0)


def test_training_on_another_number_of_images_can_be_stopped_and_restarted(
    server: str, page: Page
) -> None:
    page.goto(f"{server}/augmentation")
    settled(page)
    expect(page.get_by_text("With 10 real images per class")).to_be_visible()
    at = revision(page, "made")
    page.get_by_role("radio", name="100", exact=True).click()
    again = page.get_by_role("button", name="Train the CVAE of these images")
    repainted(page, "made", at)
    again.click()
    page.locator(".st-key-stop button").click(timeout=PATIENCE)
    expect(again).to_be_visible()
    expect(page).to_have_url(re.compile("known=100"))
    expect(page.get_by_text("With 100 real images per class")).to_be_visible()
    assert [len(images) for _, images in pictures(page, "made")] == [20, 20, 10]
    at = revision(page, "made")
    again.click()
    repainted(page, "made", at)
    assert len(pictures(page, "made")) == 5


def test_a_set_that_is_made_opens_again(server: str, page: Page, tmp_path: Path) -> None:
    page.goto(f"{server}/augmentation?count=1234")
    settled(page)
    page.get_by_role("button", name="Generate the data set").click()
    with np.load(io.BytesIO(download(page, tmp_path)), allow_pickle=False) as arrays:
        assert arrays["images"].shape == (1_234, 28, 28)
        assert arrays["labels"].tolist() == [number % 10 for number in range(1_234)]


def test_torchvision_reads_a_set_of_clothes(server: str, page: Page, tmp_path: Path) -> None:
    datasets = pytest.importorskip("torchvision.datasets")
    page.goto(f"{server}/generate?data=fashion&count=600&files=torchvision")
    settled(page)
    page.get_by_role("button", name="Generate the data set").click()
    with zipfile.ZipFile(io.BytesIO(download(page, tmp_path))) as archive:
        archive.extractall(tmp_path / "set")
    for train, count in ((True, 600), (False, 100)):
        found = datasets.FashionMNIST(tmp_path / "set", train=train, download=False)
        assert len(found) == count and found.data.float().mean() > 1


def test_making_a_large_set_can_be_stopped(server: str, page: Page) -> None:
    page.goto(f"{server}/generate?count=60000&seed=1")
    settled(page)
    page.get_by_role("button", name="Generate the data set").click()
    expect(page.get_by_text(re.compile(r"of 60,000$"))).to_be_visible()
    page.locator(".st-key-stop_set button").click()  # Streamlit has a button "Stop" of its own
    expect(page.get_by_role("button", name="Generate the data set")).to_be_visible()
    expect(page.get_by_text(re.compile(r"of 60,000$"))).to_have_count(0)
    assert pictures(page, "generated")
