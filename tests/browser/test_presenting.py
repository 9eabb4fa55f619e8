"""Presentation mode, downloads of charts, embedding in slides, and keyboard control."""

import re
import struct
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Download, Page, expect

from tests.browser.looking import PATIENCE, copied_link, settled

CHROME = ("stSidebar", "stHeader")
HOLDERS = ("html", "body", "[data-testid=stMain]")


def listening(page: Page) -> None:
    """Waits until keys step."""
    page.wait_for_selector("html[data-stepping]", state="attached", timeout=PATIENCE)
    settled(page)


def pressed(page: Page, key: str, then: str) -> None:
    """Presses a key and waits for the address and the page that it leads to."""
    page.keyboard.press(key)
    expect(page).to_have_url(re.compile(then))
    settled(page)


def bytes_of(download: Download) -> bytes:
    return Path(download.path()).read_bytes()


def test_a_speaker_steps_with_a_remote_and_leaves_with_escape(server: str, page: Page) -> None:
    page.goto(f"{server}/learn?data=fashion&present=1")
    listening(page)
    for chrome in CHROME:
        expect(page.get_by_test_id(chrome)).to_be_hidden()
    for key, step in {"PageDown": 2, "ArrowRight": 3, "PageUp": 2, "ArrowLeft": 1}.items():
        page.keyboard.press(key)
        expect(page.get_by_text(f"{step} of 16")).to_be_visible()
        settled(page)

    page.goto(f"{server}/denoise?data=fashion&present=1")
    listening(page)
    pressed(page, "PageUp", "/learn")
    expect(page.get_by_text("16 of 16")).to_be_visible()  # where the way on came from
    pressed(page, "PageDown", "/denoise.*present=1")
    expect(page.get_by_text("Applications: denoising of low-dose")).to_be_hidden()
    slider = page.get_by_role("slider", name="Strength")
    slider.focus()
    pressed(page, "ArrowRight", "/denoise.*strength=0.55")
    link = copied_link(page)
    assert "present=1" in link and "data=fashion" in link and "strength=0.55" in link
    slider.focus()
    page.keyboard.press("Escape")  # out of the slider
    expect(slider).not_to_be_focused()
    assert "present=1" in page.url
    page.keyboard.press("Escape")
    expect(page).not_to_have_url(re.compile("present"))
    expect(page.get_by_test_id("stSidebar")).to_be_visible()
    settled(page)
    page.keyboard.press("PageDown")  # scrolls, as it does anywhere
    page.get_by_role("button", name="Present", exact=True).first.click()
    expect(page).to_have_url(re.compile("/denoise.*present=1"))
    expect(page.get_by_test_id("stSidebar")).to_be_hidden()


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1400, "dark")])
def test_presented_pages_fit_the_screen_in_black_and_white(
    server: str, chromium: Browser, width: int, scheme: str
) -> None:
    visitor = chromium.new_context(
        viewport={"width": width, "height": 900}, color_scheme="dark" if scheme == "dark" else None
    )
    try:
        page = visitor.new_page()
        for path in ("", "denoise", "latent_space", "learn"):
            page.goto(f"{server}/{path}?present=1")
            listening(page)
            for holder in HOLDERS:
                wide, there = page.locator(holder).evaluate("e => [e.scrollWidth, e.clientWidth]")
                assert wide <= there, (path, holder)
            ground = page.locator(".stApp").evaluate("e => getComputedStyle(e).backgroundColor")
            assert ground == ("rgb(0, 0, 0)" if scheme == "dark" else "rgb(255, 255, 255)")
        size = page.locator("html").evaluate("e => parseFloat(getComputedStyle(e).fontSize)")
        assert size == (18 if width == 390 else pytest.approx(21.98, abs=0.1))
    finally:
        visitor.close()


def test_every_chart_can_be_downloaded(server: str, page: Page) -> None:
    page.goto(f"{server}/denoise?images=3")
    sheet = page.locator(".st-key-denoised .sheet")
    sheet.wait_for(timeout=PATIENCE)
    settled(page)
    save = sheet.get_by_role("button", name="Save as PNG")
    save.focus()
    with page.expect_download() as saved:
        page.keyboard.press("Enter")
    assert saved.value.suggested_filename == "denoised.png"
    image = Image.open(saved.value.path())
    pixels = np.asarray(image.convert("L"))
    rows = sheet.locator(".row").count()
    assert image.width > 3 * 6 * 28 and image.height > rows * 6 * 28
    assert (pixels[0] == 255).all()  # the ground of a light page
    enlarged = pixels[-5 * 28 * 6 :, -3 * 30 * 6 - 24 :]
    assert 0.2 < (enlarged < 128).mean() < 0.95  # pictures are there, dark with light strokes

    for key in ("psnr_bars", "matrix"):  # the second once had no bar of buttons
        chart = page.locator(f".st-key-{key}")
        chart.scroll_into_view_if_needed()
        chart.hover()
        expect(chart.get_by_role("button", name="Save as SVG")).to_be_visible()
        name = key.replace("_", "-")
        with page.expect_download() as saved:
            chart.get_by_role("button", name="Save as SVG").click()
        assert saved.value.suggested_filename == f"{name}.svg"
        assert bytes_of(saved.value).startswith(b"<svg")
        with page.expect_download() as saved:
            chart.get_by_role("button", name="Save as PNG").click()
        assert saved.value.suggested_filename == f"{name}.png"
        content = bytes_of(saved.value)
        shown = chart.locator(".main-svg").first.bounding_box()
        assert content.startswith(b"\x89PNG") and shown is not None
        assert struct.unpack(">I", content[16:20])[0] == pytest.approx(2 * shown["width"], abs=2)


@pytest.fixture
def slides(tmp_path: Path, server: str) -> Iterator[str]:
    """A page of slides on another machine, as far as a browser can tell, with the app in it."""
    address = server.replace("127.0.0.1", "localhost")
    frame = f'<iframe src="{address}/generate?embed=true" width="1200" height="700"></iframe>'
    (tmp_path / "index.html").write_text(f"<!doctype html><h1>Slide</h1>{frame}")
    handler = partial(SimpleHTTPRequestHandler, directory=tmp_path)
    host = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=host.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{host.server_address[1]}"
    host.shutdown()
    host.server_close()


def test_a_page_can_be_embedded_in_slides(slides: str, page: Page) -> None:
    page.goto(slides)
    frame = page.frame_locator("iframe")
    frame.locator(".st-key-generated canvas").first.wait_for(timeout=PATIENCE)
    for chrome in CHROME:
        expect(frame.get_by_test_id(chrome)).to_be_hidden()
    expect(frame.get_by_role("button", name="Reset")).to_be_hidden()
    sheet = frame.locator(".st-key-generated .sheet")
    before = sheet.get_attribute("data-revision") or ""
    frame.get_by_label("Labels", exact=True).fill("77")
    frame.get_by_label("Labels", exact=True).press("Enter")
    expect(sheet).not_to_have_attribute("data-revision", before)
    expect(sheet.locator(".row").first.locator(".cell")).to_have_count(2)


def test_learn_is_reached_by_the_keyboard_alone(server: str, page: Page) -> None:
    page.goto(f"{server}/learn")
    expect(page.get_by_text("1 of 16")).to_be_visible()
    settled(page)
    expected = ["Step", "Next", "Answer"]
    reached: list[str] = []
    for _ in range(90):
        page.keyboard.press("Tab")
        name = page.evaluate(
            """() => { let e = document.activeElement;
            while (e?.shadowRoot?.activeElement) e = e.shadowRoot.activeElement;
            return (e?.getAttribute("aria-label") || e?.labels?.[0]?.innerText
              || e?.innerText || "").trim(); }"""
        )
        reached += [want for want in expected if re.search(rf"\b{want}$", name)]
        if "Answer" in reached:
            break
    assert list(dict.fromkeys(reached)) == expected
    expect(page.get_by_test_id("stExpanderDetails").first).to_be_hidden()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("stExpanderDetails").first).to_be_visible()

    page.get_by_role("button", name="Next", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("2 of 16")).to_be_visible()
    settled(page)
    page.keyboard.press("Shift+Tab")  # Back is no longer grey
    expect(page.get_by_role("button", name="Back", exact=True)).to_be_focused()
    page.keyboard.press("Space")
    expect(page.get_by_text("1 of 16")).to_be_visible()
