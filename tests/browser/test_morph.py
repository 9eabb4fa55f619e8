"""The Morph page in a browser: animation, groups on the map, downloads."""

import io
import re
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.browser.looking import (
    PATIENCE,
    draw_a_one,
    pictures,
    repainted,
    revision,
    settled,
)

FRAME = "canvas => [...canvas.getContext('2d').getImageData(0, 0, 28, 28).data].join()"


def shown_frame(page: Page) -> str:
    """The current frame of the animation."""
    return str(page.locator(".st-key-animation canvas").evaluate(FRAME))


def download(page: Page, kind: str, folder: Path) -> Image.Image:
    with page.expect_download() as waiting:
        page.get_by_role("button", name=kind, exact=True).click()
    path = folder / waiting.value.suggested_filename
    assert path.suffix == f".{kind.lower()}"
    waiting.value.save_as(path)
    return Image.open(io.BytesIO(path.read_bytes()))


def test_an_interpolation_is_exported_as_an_animation(
    server: str, page: Page, tmp_path: Path
) -> None:
    page.goto(f"{server}/morph?frames=7")
    settled(page)
    expect(page.locator(".st-key-animation .animation")).to_have_attribute("data-frames", "12")
    (_, strip), *_rest = pictures(page, "strips")
    for kind in ("GIF", "WebP"):
        film = download(page, kind, tmp_path)
        assert film.format == kind.upper() and film.n_frames == 12 and film.info["loop"] == 0
        assert film.size == (280, 280)
        for number, picture in ((0, strip[0]), (6, strip[-1])):
            film.seek(number)
            shown = np.asarray(film.convert("L"))[::10, ::10].astype(int)
            assert np.abs(shown - picture).max() <= 1


def test_the_rows_are_exported_as_they_are_shown(server: str, page: Page, tmp_path: Path) -> None:
    page.goto(f"{server}/morph?change=label&data=fashion&source_number=4")
    settled(page)
    (_, shown), *_rest = pictures(page, "labels")
    sheet = np.asarray(download(page, "PNG", tmp_path))[::4, ::4]
    assert sheet.shape == (28, 10 * 29 - 1)
    for number, picture in enumerate(shown):
        assert (sheet[:, 29 * number : 29 * number + 28] == picture).all()


def test_the_animation_plays_pauses_and_seeks(server: str, page: Page) -> None:
    page.goto(f"{server}/morph?rate_12=25")
    settled(page)
    before = shown_frame(page)
    canvas = page.locator(".st-key-animation canvas").element_handle()
    page.wait_for_function(f"([canvas, old]) => ({FRAME})(canvas) !== old", arg=[canvas, before])
    page.get_by_role("button", name="Pause").click()
    paused = shown_frame(page)
    page.wait_for_timeout(500)
    assert shown_frame(page) == paused
    seek = page.get_by_role("slider", name="Frame", exact=True)
    seek.fill("0")
    first = shown_frame(page)
    seek.press("ArrowRight")
    seek.press("End")
    assert shown_frame(page) != first
    expect(page.get_by_role("button", name="Play")).to_be_visible()


def test_with_reduced_motion_the_animation_does_not_start_by_itself(
    server: str, chromium: Browser
) -> None:
    visitor = chromium.new_context(reduced_motion="reduce")
    try:
        page = visitor.new_page()
        page.goto(f"{server}/morph")
        settled(page)
        still = shown_frame(page)
        page.wait_for_timeout(500)
        assert shown_frame(page) == still
        page.get_by_role("button", name="Play").click()
        expect(page.get_by_role("button", name="Pause")).to_be_visible()
    finally:
        visitor.close()


def test_the_step_size_moves_the_image(server: str, page: Page) -> None:
    page.goto(f"{server}/morph?change=direction")
    settled(page)
    at, members = revision(page, "moved"), revision(page, "members")
    page.get_by_role("slider", name="Step size").press("ArrowRight")
    repainted(page, "moved", at)
    expect(page).to_have_url(re.compile("far=1.1"))
    assert revision(page, "members") == members


def test_a_group_is_outlined_on_the_map(server: str, page: Page) -> None:
    page.goto(f"{server}/morph?change=direction&groups=map")
    page.locator(".plot-marks circle").first.wait_for(state="attached", timeout=PATIENCE)
    settled(page)
    at = revision(page, "members")
    box = page.locator(".st-key-morph_map .nsewdrag").bounding_box()
    assert box is not None
    corners = ((0.45, 0.1), (0.6, 0.1), (0.6, 0.5), (0.45, 0.5), (0.45, 0.12))
    for number, (across, down) in enumerate(corners):
        page.mouse.move(box["x"] + across * box["width"], box["y"] + down * box["height"], steps=6)
        if not number:
            page.mouse.down()
    page.mouse.up()
    repainted(page, "members", at)
    expect(page).to_have_url(re.compile("group1="))
    expect(page).not_to_have_url(re.compile("group2="))
    one = pictures(page, "members")
    page.goto(page.url)  # a link leads to the same groups
    settled(page)
    for (label, images), (_, again) in zip(one, pictures(page, "members"), strict=True):
        assert (images == again).all(), label


def test_a_drawn_digit_takes_other_labels(server: str, page: Page) -> None:
    page.goto(f"{server}/morph?change=label&source=draw")
    draw_a_one(page)
    expect(page.get_by_text("predicted by the reference classifier.")).to_be_visible()
    assert [images.shape[0] for _, images in pictures(page, "labels")] == [10, 10, 10]
