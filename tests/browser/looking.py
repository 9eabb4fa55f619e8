"""Actions that browser tests share: wait, read pixels, draw, copy a link."""

import re

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Page, expect

PATIENCE = 120_000  # ms; a build machine may be busy, and a first visit imports torch
expect.set_options(timeout=PATIENCE)

ROWS = """sheet => [...sheet.querySelectorAll(".row")].map(row => ({
  label: row.getAttribute("aria-label"),
  lines: [...row.querySelectorAll("canvas")].map(canvas => ({
    width: canvas.width,
    count: canvas.parentElement.querySelectorAll(".cell").length,
    pixels: [...canvas.getContext("2d").getImageData(0, 0, canvas.width, 28).data]
      .filter((_, i) => i % 4 === 0),
  })),
}))"""


def settled(page: Page) -> None:
    """Waits until the script of the page has run to its end."""
    page.get_by_role("button", name="Reset", exact=True).wait_for(timeout=PATIENCE)
    ended = "[data-test-script-state=notRunning]"
    page.wait_for_selector(ended, state="attached", timeout=PATIENCE)


def revision(page: Page, key: str) -> int:
    """How often a picture sheet has got other pixels."""
    found = page.locator(f".st-key-{key} .sheet")
    found.wait_for(timeout=PATIENCE)
    return int(found.get_attribute("data-revision") or 0)


def repainted(page: Page, key: str, before: int) -> None:
    """Waits until a picture sheet has other pixels than at a revision, and the script has ended."""
    expect(page.locator(f".st-key-{key} .sheet")).not_to_have_attribute(
        "data-revision", str(before)
    )
    settled(page)


def pictures(page: Page, key: str) -> list[tuple[str, NDArray[np.uint8]]]:
    """The rows of a picture sheet as its canvases show them: label, red (N, 28, 28)."""
    sheet = page.locator(f".st-key-{key} .sheet")
    sheet.wait_for(timeout=PATIENCE)
    rows = []
    for row in sheet.evaluate(ROWS):
        images = []
        for line in row["lines"]:
            strip = np.array(line["pixels"], np.uint8).reshape(28, line["width"])
            images += [strip[:, 30 * c : 30 * c + 28] for c in range(line["count"])]
        rows.append((row["label"], np.stack(images)))
    return rows


def draw_a_one(page: Page) -> None:
    """Draws a slanted stroke on the pad."""
    pad = page.locator(".pad canvas")
    pad.wait_for(timeout=PATIENCE)
    settled(page)
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 0.15 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.4 * box["width"], box["y"] + 0.85 * box["height"], steps=12)
    page.mouse.up()
    expect(page.get_by_text("Model input")).to_be_visible()
    settled(page)


def copied_link(page: Page) -> str:
    """Presses the button and reads the clipboard."""
    settled(page)
    page.get_by_role("button", name=re.compile("Copy link to this view")).click()
    expect(page.get_by_role("button", name="Link copied")).to_be_visible()
    link: str = page.evaluate("navigator.clipboard.readText()")
    return link


def moved(page: Page, slider: str, key: str, still: str | None, address: str) -> None:
    """A step of a slider changes the pictures of one sheet, and not those that stand still."""
    before, at = pictures(page, key), revision(page, key)
    others = pictures(page, still) if still else []
    page.get_by_role("slider", name=slider).press("ArrowRight")
    repainted(page, key, at)
    after = pictures(page, key)
    changed = [
        old.shape != new.shape or (old != new).any()
        for (_, old), (_, new) in zip(before, after, strict=True)
    ]
    assert any(changed)
    for (_, old), (_, new) in zip(others, pictures(page, still) if still else [], strict=True):
        assert (old == new).all()
    expect(page).to_have_url(re.compile(re.escape(address)))
