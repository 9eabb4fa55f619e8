"""The Start page in a browser: the preview, and a choice by a click."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.looking import pictures, repainted, revision, settled
from tests.browser.test_shell import TITLES


def test_a_cold_server_shows_a_preview_and_then_the_live_page(
    start_server: Callable[..., str], page: Page
) -> None:
    page.goto(start_server())
    first = pictures(page, "examples")
    assert [label for label, _ in first] == ["Input", "Reconstruction"]
    assert all(images.shape == (10, 28, 28) for _, images in first)
    expect(page.locator(".st-key-out canvas")).to_be_visible()
    (label, out), *_ = pictures(page, "out")
    assert label == "Reconstruction" and out.max() > 100


def test_a_clicked_example_goes_through(server: str, page: Page) -> None:
    page.goto(server)
    expect(page.locator(".st-key-out canvas")).to_be_visible()
    settled(page)
    at = revision(page, "out")
    goes_in = dict(pictures(page, "examples"))["Input"]
    page.get_by_role("button", name="Input · 3", exact=True).click()
    repainted(page, "out", at)
    assert (dict(pictures(page, "in"))["Input, 784 pixels"][0] == goes_in[2]).all()


def test_cards_lead_to_every_page(server: str, page: Page) -> None:
    page.goto(f"{server}/?data=fashion")
    settled(page)
    cards = page.get_by_test_id("stMain").get_by_test_id("stPageLink")
    expect(cards).to_have_count(len(TITLES) - 1)
    titles = [text.split("\n")[-1] for text in cards.all_inner_texts()]  # after the icon
    assert sorted(titles) == sorted(TITLES[1:])
    menu = page.get_by_test_id("stSidebar")
    for title in TITLES[1:]:  # where the menu leads under the same name
        card = cards.get_by_role("link", name=title)
        there = menu.get_by_role("link", name=title).get_attribute("href")
        assert there and card.get_attribute("href") == there
    cards.get_by_role("link", name=TITLES[-1]).click()
    expect(page.get_by_role("heading", level=1, name=TITLES[-1], exact=True)).to_be_visible()
    assert "data=fashion" in page.url
