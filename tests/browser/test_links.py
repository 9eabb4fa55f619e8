"""What holds on every page: links, manners on a small screen, names of pictures, no outside.

A page is opened twice, by its address and by the link that is copied there: a visit takes
seconds, and everything that any visit shows is asked of these two.
"""

import re
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.looking import (
    PATIENCE,
    copied_link,
    draw_a_one,
    pictures,
    settled,
)
from ui.base import pages

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
SHEETS = {path: pages.PAGES[path or "start"].sheet for path in ADDRESSES}
HOLDERS = ("html", "body", "[data-testid=stMain]", "[data-testid=stAppViewContainer]")
# A deep link makes Streamlit look for its own addresses below the page's, in vain.
USUAL = "log:|info:|debug:|error: Failed to load resource|warning: .*(GPU stall|WebSocket)"

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


class Heard(NamedTuple):
    """The console messages and requests of a tab."""

    said: list[str]
    asked: list[str]

    def check(self, server: str) -> None:
        """There were no errors, and no requests to other machines."""
        assert [line for line in self.said if not re.match(USUAL, line)] == []
        hosts = {urlsplit(url).hostname for url in self.asked if not re.match("data:|blob:", url)}
        assert hosts == {urlsplit(server).hostname}


def listening(page: Page) -> Heard:
    """Listens to a tab from now on."""
    heard = Heard([], [])
    page.on("pageerror", lambda error: heard.said.append(f"page error: {error}"))
    page.on("console", lambda line: heard.said.append(f"{line.type}: {line.text}"))
    page.on("request", lambda request: heard.asked.append(request.url))
    page.on("websocket", lambda line: heard.asked.append(line.url))
    return heard


def same_pictures(one: Page, other: Page, path: str) -> None:
    ours, theirs = pictures(one, SHEETS[path]), pictures(other, SHEETS[path])
    for (label, first), (same, second) in zip(ours, theirs, strict=True):
        assert label == same and (first == second).all()


@pytest.mark.parametrize("path", ADDRESSES, ids=lambda path: path or "start")
def test_a_view_fits_and_its_link_shows_it_on_a_phone(
    server: str, page: Page, chromium: Browser, path: str
) -> None:
    heard = listening(page)
    opened(page, f"{server}/{path}{ADDRESSES[path]}", path)
    assert page.evaluate(NAMELESS) == []
    assert page.evaluate(CHARTS_WITHOUT_NAME) == []
    link = copied_link(page)
    visitor = chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    try:
        other = visitor.new_page()
        heard_there = listening(other)
        opened(other, link, path)
        same_pictures(page, other, path)
        for holder in HOLDERS:
            wide, there = other.locator(holder).evaluate("e => [e.scrollWidth, e.clientWidth]")
            assert wide <= there, holder
    finally:
        visitor.close()
    heard.check(server)
    heard_there.check(server)


def test_a_link_holds_the_drawn_image_and_changed_controls(
    server: str, page: Page, chromium: Browser
) -> None:
    heard = listening(page)
    page.goto(f"{server}/denoise?source=draw")
    draw_a_one(page)
    page.get_by_role("slider", name="Strength").press("ArrowRight")
    expect(page).to_have_url(re.compile("strength=0.55"))
    link = copied_link(page)
    assert "strength=0.55" in link and "img=" in link
    visitor = chromium.new_context()
    try:
        other = visitor.new_page()
        opened(other, link, "denoise")
        same_pictures(page, other, "denoise")
        expect(other.get_by_role("slider", name="Strength")).to_have_value("0.55")
    finally:
        visitor.close()
    heard.check(server)
