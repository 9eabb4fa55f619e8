"""What holds on every page: links, manners on a small screen, names of pictures, no outside."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.looking import (
    PATIENCE,
    copied_link,
    draw_a_one,
    pictures,
    repainted,
    revision,
    settled,
)

ADDRESSES = {
    "": "?model=conv&source_number=7",
    "denoise": "?noise=masking&strength=0.3&seed=4&images=3&which=2",
    "compare": "?images=4&which=2&variants=conv&variants=pca-32",
    "latent_space": "?a=5&b=9&d1=1.5",
    "generate": "?labels=31415&seed=8&temperature=0.7",
    "bottleneck": "?width=4&which=2",
    "depth": "?epoch=9&which=2&seed=4",
    "kl_and_beta": "?dimension=3&temperature=0.5&which=2&images=4",
    "sparsity": "?first=5&source_number=7",
    "contraction": "?nudge=turn&size=0.8&seed=3&source_number=7",
    "morph": "?model=conv&to=4&way=fade&frames=9&source_number=7",
}
SHEETS = {
    "": "out",
    "denoise": "denoised",
    "compare": "compared",
    "latent_space": "strip",
    "generate": "generated",
    "bottleneck": "at_width",
    "depth": "copied_random",
    "kl_and_beta": "walked",
    "sparsity": "built",
    "contraction": "nudged",
    "morph": "strips",
}
EVERYWHERE = pytest.mark.parametrize("path", ADDRESSES, ids=lambda path: path or "start")

# Elements inside open shadow roots count too.
NAMELESS = """() => {
  const found = [];
  const walk = (root) => {
    for (const element of root.querySelectorAll("*")) {
      if (element.shadowRoot) walk(element.shadowRoot);
      if (!element.matches("img, canvas, [role=img]")) continue;
      if (element.closest("[aria-hidden=true], [aria-label]:not([aria-label=''])")) continue;
      if (element.matches("img[alt]") || element.closest("[data-testid=stDataFrame]")) continue;
      found.push(element.outerHTML.slice(0, 200));
    }
  };
  walk(document.body);
  return found;
}"""
CHARTS_WITHOUT_NAME = """() => [...document.querySelectorAll("[data-testid=stPlotlyChart]")]
  .filter(chart => !chart.getAttribute("aria-label"))
  .map(chart => chart.outerHTML.slice(0, 200))"""


def opened(page: Page, address: str, path: str) -> None:
    """Opens a page and waits for its pictures."""
    page.goto(address)
    page.locator(f".st-key-{SHEETS[path]} canvas").first.wait_for(timeout=PATIENCE)
    settled(page)


@EVERYWHERE
def test_a_copied_link_restores_the_view_elsewhere(
    server: str, page: Page, chromium: Browser, path: str
) -> None:
    opened(page, f"{server}/{path}{ADDRESSES[path]}", path)
    link = copied_link(page)
    visitor = chromium.new_context()
    try:
        other = visitor.new_page()
        opened(other, link, path)
        ours, theirs = pictures(page, SHEETS[path]), pictures(other, SHEETS[path])
        for (label, one), (same, two) in zip(ours, theirs, strict=True):
            assert label == same and (one == two).all()
    finally:
        visitor.close()


def test_a_link_takes_the_drawn_image_and_moved_controls_along(
    server: str, page: Page, chromium: Browser
) -> None:
    page.goto(f"{server}/denoise?source=Draw")
    draw_a_one(page)
    at = revision(page, "denoised")
    page.get_by_role("slider", name="Strength").press("ArrowRight")
    repainted(page, "denoised", at)
    link = copied_link(page)
    assert "strength=0.55" in link and "img=" in link
    visitor = chromium.new_context()
    try:
        other = visitor.new_page()
        opened(other, link, "denoise")
        for (label, one), (_, two) in zip(
            pictures(page, "denoised"), pictures(other, "denoised"), strict=True
        ):
            assert (one == two).all(), label
        expect(other.get_by_role("slider", name="Strength")).to_have_value("0.55")
    finally:
        visitor.close()


@EVERYWHERE
def test_nothing_scrolls_sideways_on_a_telephone(server: str, chromium: Browser, path: str) -> None:
    visitor = chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    try:
        page = visitor.new_page()
        opened(page, f"{server}/{path}", path)
        for holder in ("html", "body", "[data-testid=stMain]", "[data-testid=stAppViewContainer]"):
            wide, there = page.locator(holder).evaluate("e => [e.scrollWidth, e.clientWidth]")
            assert wide <= there, holder
    finally:
        visitor.close()


@EVERYWHERE
def test_every_picture_has_a_name(server: str, page: Page, path: str) -> None:
    opened(page, f"{server}/{path}", path)
    assert page.evaluate(NAMELESS) == []
    assert page.evaluate(CHARTS_WITHOUT_NAME) == []


def test_nothing_is_asked_of_another_machine(server: str, context: BrowserContext) -> None:
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    page = context.new_page()
    page.on("websocket", lambda line: asked.append(line.url))
    for path in ADDRESSES:
        opened(page, f"{server}/{path}", path)
    page.goto(f"{server}/denoise?source=Draw")
    draw_a_one(page)
    hosts = {urlsplit(url).hostname for url in asked if not re.match("data:|blob:", url)}
    assert hosts == {urlsplit(server).hostname}


def test_nothing_goes_wrong_on_the_console(server: str, page: Page) -> None:
    said: list[str] = []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("console", lambda line: said.append(f"{line.type}: {line.text}"))
    for path in ADDRESSES:
        opened(page, f"{server}/{path}", path)
    # A deep link makes Streamlit look for its own addresses below the page's, in vain.
    expected = "log:|info:|debug:|error: Failed to load resource|warning: .*(GPU stall|WebSocket)"
    assert [line for line in said if not re.match(expected, line)] == []
