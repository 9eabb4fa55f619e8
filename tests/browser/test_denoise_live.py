"""The strength of noise on the Denoise page: rows follow it in the browser as it moves."""

import re
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.looking import PATIENCE, copied_link, pictures, settled

VIEW = "denoise?images=4&seed=3&variants=undercomplete&variants=cvae&variants=unet"
FOLLOWING = 4  # rows: noisy, and one of each model
FILTERS = ("Median filter", "Gaussian filter", "Non-local means filter")
pytestmark = pytest.mark.usefixtures("runtime")
ROUNDING = 1  # grey level, between two ways to add up the same numbers


def strength(page: Page) -> Locator:
    """The one slider of the noise strength, the page's or the component's."""
    slider = page.get_by_role("slider", name="Strength")
    expect(slider).to_have_count(1)
    return slider


def opened(page: Page, address: str) -> None:
    """Opens the page and waits until models can run in it."""
    with page.expect_response(re.compile(r"\.wasm$"), timeout=PATIENCE):
        page.goto(address)
    settled(page)


def complete(page: Page, by: str, shown: float) -> None:
    """Waits until every row that the browser follows shows a strength."""
    part = page.locator(f".denoising[data-by={by}][data-shown='{shown:g}'][data-missing='0']")
    part.wait_for(state="attached", timeout=PATIENCE)


def grasp(page: Page) -> tuple[float, float]:
    """Presses the mouse on the thumb of the slider; where that is."""
    slider = strength(page)
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    assert box is not None
    thumb = 16  # pixels
    x = box["x"] + thumb / 2 + (box["width"] - thumb) * float(slider.input_value())
    y = box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    return x, y


def notes(page: Page) -> list[str]:
    """What stands under the label of each row."""
    return page.locator(".st-key-denoised .note").all_inner_texts()


def decibels(note: str) -> str:
    found = re.match(r"-?\d+\.\d dB", note)
    assert found, note
    return found[0]


def seen(page: Page) -> list[NDArray[np.int64]]:
    """The pictures of each row."""
    return [images.astype(np.int64) for _label, images in pictures(page, "denoised")]


def close(found: NDArray[np.int64], wanted: NDArray[np.int64]) -> bool:
    return bool(np.abs(found - wanted).max() <= ROUNDING)


@pytest.mark.parametrize("noise", ["Gaussian", "salt & pepper"])
def test_rows_follow_the_slider_and_are_those_of_the_server(
    server: str, page: Page, context: BrowserContext, counted: list[Any], noise: str
) -> None:
    opened(page, f"{server}/{VIEW}&noise={noise.replace('&', '%26')}")
    first = seen(page)
    x, y = grasp(page)
    before = len(counted)
    page.mouse.move(x - 70, y, steps=20)
    value = float(strength(page).input_value())
    assert value < 0.45
    complete(page, "browser", value)
    moved, said = seen(page), notes(page)
    for old, new in zip(first[1 : FOLLOWING + 1], moved[1 : FOLLOWING + 1], strict=True):
        assert np.abs(new - old).max() > 50
    for row in range(FOLLOWING + 1, len(first)):  # the server alone has filters
        assert (moved[row] == first[row]).all()
        assert said[row] == "follows on release"
    expect(page.locator(".st-key-denoised .stale")).to_have_count(len(FILTERS))
    assert len(counted) == before  # dragging costs the server nothing

    page.mouse.up()
    complete(page, "server", value)
    expect(page).to_have_url(re.compile(f"strength={value:g}"))
    settled(page)
    assert len(counted) == before + 1
    expect(page.locator(".st-key-denoised .stale")).to_have_count(0)
    for ours, servers in zip(moved[: FOLLOWING + 1], seen(page), strict=False):
        assert close(ours, servers)
    after = notes(page)
    assert all("SSIM" in note for note in after[1:])
    assert list(map(decibels, after[1 : FOLLOWING + 1])) == said[1 : FOLLOWING + 1]

    if noise == "Gaussian":
        other = context.new_page()
        opened(other, copied_link(page))
        assert strength(other).input_value() == f"{value:g}"
        assert all(map(close, seen(other), seen(page)))


def test_arrow_keys_move_by_one_step_and_a_way_back_leaves_nothing_stale(
    server: str, page: Page, counted: list[Any]
) -> None:
    opened(page, f"{server}/{VIEW}")
    before, first = len(counted), seen(page)
    for key in ("ArrowRight", "ArrowUp", "ArrowLeft"):
        strength(page).press(key)
    assert strength(page).get_attribute("aria-valuetext") == "0.55"
    complete(page, "server", 0.55)
    expect(page).to_have_url(re.compile("strength=0.55"))
    settled(page)
    assert len(counted) == before + 1  # for a row of keys
    strength(page).press("ArrowLeft")
    expect(page).not_to_have_url(re.compile("strength"))
    complete(page, "server", 0.5)

    x, y = grasp(page)
    page.mouse.move(x - 40, y, steps=5)
    page.mouse.move(x, y, steps=5)
    complete(page, "browser", 0.5)
    page.mouse.up()
    complete(page, "server", 0.5)
    expect(page.locator(".st-key-denoised .stale")).to_have_count(0)
    assert all(map(close, seen(page), first))


@pytest.mark.parametrize(
    ("loses", "aborted"),
    [("delete window.WebAssembly", None), ("", re.compile(r"/unet/.*\.onnx$"))],
    ids=["WebAssembly", "graph"],
)
def test_what_the_browser_cannot_do_the_server_does(
    server: str, page: Page, loses: str, aborted: re.Pattern[str] | None
) -> None:
    if loses:
        page.add_init_script(loses)
    if aborted:
        page.context.route(aborted, lambda route: route.abort())
    page.goto(f"{server}/{VIEW}")
    quiet = "this browser could not run the model"
    expect(page.get_by_text(quiet)).to_be_visible(timeout=PATIENCE)
    settled(page)
    first = seen(page)
    strength(page).press("ArrowRight")
    expect(page).to_have_url(re.compile("strength=0.55"))
    settled(page)
    expect(page.locator(".denoising")).to_have_count(1 if aborted else 0)
    expect(page.locator(".st-key-denoised .stale")).to_have_count(0)
    for old, new in zip(first[1:], seen(page)[1:], strict=True):
        assert (old != new).any()
