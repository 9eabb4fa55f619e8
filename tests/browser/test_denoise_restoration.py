"""Inpainting with a drawn rectangle, and the other restoration tasks of the Denoise page."""

import re

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Page, expect

from tests.browser.looking import copied_link, pictures, repainted, revision, settled
from ui.views.denoise.inpainting import BLUE

BLOCK = "/denoise?damage=missing&hide=block&images=3"


def hidden(page: Page) -> NDArray[np.bool_]:
    """Where the pictures are covered, (N, 28, 28), by the red of the cover."""
    left_over: NDArray[np.bool_] = dict(pictures(page, "filled"))["Masked input"] == BLUE[0]
    return left_over


def block(across: tuple[int, int], down: tuple[int, int]) -> NDArray[np.bool_]:
    expected = np.zeros((28, 28), bool)
    expected[slice(*down), slice(*across)] = True
    return expected


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """From a place to another on the pad, in pixels of the picture."""
    canvas = page.locator(".block-pad canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    scale = box["width"] / 28
    (x, y), (u, v) = (
        (box["x"] + across * scale, box["y"] + down * scale) for across, down in (start, end)
    )
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move((x + u) / 2, (y + v) / 2, steps=4)
    page.mouse.move(u, v, steps=4)
    page.mouse.up()


@pytest.mark.parametrize("width", [1400, 390])
def test_a_block_is_drawn_by_hand_and_kept_in_the_address(
    server: str, page: Page, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(server + BLOCK)
    settled(page)
    at = revision(page, "filled")
    drag(page, (4.5, 20.5), (12.4, 8.5))  # from the lower left to the upper right
    repainted(page, "filled", at)
    expected = block((4, 13), (8, 21))
    assert all((one == expected).all() for one in hidden(page))
    expect(page).to_have_url(re.compile(r"across=4&across=13"))
    expect(page).to_have_url(re.compile(r"down=8&down=21"))
    sliders = page.get_by_role("slider", name="Columns")
    expect(sliders.first).to_have_value("4")
    expect(sliders.last).to_have_value("13")

    at = revision(page, "filled")
    drag(page, (20, 14), (20, 14))  # a tap: the same size around another place
    repainted(page, "filled", at)
    moved = hidden(page)[0]
    assert moved.sum() == expected.sum() and moved[14, 20] and not moved[14, 14]

    other = page.context.new_page()
    other.goto(copied_link(page))
    settled(other)
    assert (hidden(other)[0] == moved).all()


def test_a_block_is_set_by_keys_alone(server: str, page: Page) -> None:
    page.goto(server + BLOCK)
    settled(page)
    before = hidden(page)[0]
    at = revision(page, "filled")
    page.get_by_role("slider", name="Rows").last.press("ArrowRight")
    repainted(page, "filled", at)
    after = hidden(page)[0]
    rows, columns = np.flatnonzero(before.any(1)), np.flatnonzero(before.any(0))
    expected = block((columns[0], columns[-1] + 1), (rows[0], rows[-1] + 2))
    assert (after == expected).all()
    expect(page).to_have_url(re.compile(rf"down={rows[0]}&down={rows[-1] + 2}"))


def test_a_full_mask_gives_a_notice_and_can_be_changed(server: str, page: Page) -> None:
    page.goto(f"{server}{BLOCK}&across=0&across=28&down=0&down=28")
    settled(page)
    expect(page.get_by_text("Everything is hidden")).to_be_visible()
    drag(page, (10.5, 10.5), (15.5, 15.5))
    expect(page.get_by_text("Everything is hidden")).to_be_hidden()
    settled(page)
    assert (hidden(page)[0] == block((10, 16), (10, 16))).all()


def test_each_task_is_chosen_by_keyboard(server: str, page: Page) -> None:
    page.goto(f"{server}/denoise?images=2")
    settled(page)
    for task, value, key, row in (
        ("Super-resolution", "enlarge", "enlarged", "Lanczos"),
        ("Deblurring", "deblur", "deblurred", "unsharp mask"),
        ("Segmentation", "segment", "segmented", "U-Net"),
    ):
        page.get_by_role("radio", name=task, exact=True).press("Enter")
        page.locator(f".st-key-{key} canvas").first.wait_for()
        settled(page)
        expect(page).to_have_url(re.compile(f"damage={value}"))
        rows = dict(pictures(page, key))
        assert rows[row].shape == (2, 28, 28) and rows[row].max() > 100, task


def test_a_blur_is_set_by_keyboard(server: str, page: Page) -> None:
    page.goto(f"{server}/denoise?damage=deblur&images=3")
    settled(page)
    before, at = pictures(page, "deblurred"), revision(page, "deblurred")
    page.get_by_role("slider", name="Blur sigma, in pixels").press("ArrowRight")
    repainted(page, "deblurred", at)
    for (label, old), (_, new) in zip(before, pictures(page, "deblurred"), strict=True):
        assert (old == new).all() == (label == "Original"), label
    expect(page).to_have_url(re.compile("sigma=1.25"))
