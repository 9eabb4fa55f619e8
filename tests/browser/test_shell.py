"""The frame around the pages, in a real browser."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from ui.base.pages import PAGES

TITLES = [page.title for page in PAGES.values()]


def menu(page: Page) -> list[str]:
    """The titles in the menu, once it is there."""
    links = page.get_by_test_id("stSidebar").get_by_test_id("stPageLink")
    expect(links).to_have_count(len(TITLES))
    return [text.strip().splitlines()[-1] for text in links.all_inner_texts()]


def chosen_dataset(page: Page) -> str:
    group = page.get_by_test_id("stSidebar").get_by_test_id("stButtonGroup").first
    return group.locator("[aria-checked=true]").inner_text()


def settled(page: Page) -> None:
    """Waits until the script of the page has run to its end."""
    page.get_by_role("button", name="Reset", exact=True).wait_for()
    page.wait_for_selector("[data-test-script-state=notRunning]", state="attached")


def test_a_cold_server_answers_a_deep_link_with_the_whole_menu(
    start_server: Callable[..., str], page: Page
) -> None:
    page.goto(f"{start_server()}/compare?data=fashion")
    assert menu(page) == TITLES
    settled(page)
    assert chosen_dataset(page) == "Fashion-MNIST"
    assert "/compare" in page.url


def test_the_data_set_holds_across_pages(server: str, page: Page) -> None:
    page.goto(server)
    menu(page)
    page.get_by_test_id("stSidebar").get_by_text("Fashion-MNIST", exact=True).click()
    expect(page).to_have_url(re.compile("data=fashion"))
    for title, path in (("Denoise", "denoise"), ("Generate", "generate")):
        page.get_by_test_id("stSidebar").get_by_role("link", name=title).click()
        expect(page).to_have_url(re.compile(f"/{path}\\?data=fashion$"))
        assert chosen_dataset(page) == "Fashion-MNIST"
    settled(page)
    link = page.get_by_test_id("stSidebar").get_by_role("link", name="Compare")
    link.hover()
    expect(link).to_have_attribute("href", re.compile("data=fashion$"))


@pytest.mark.parametrize(
    "query",
    [
        "seed=1e999&strength=NaN&images=-1",
        "seed=7&seed=8&data=mnist&data=fashion",
        "data=%3Cscript%3Ealert(1)%3C/script%3E&noise=%3Cscript%3E&lang=xx",
        "seed=" + "9" * 20_000,
        "source=draw&img=AAAA",
    ],
)
def test_a_bad_address_gives_the_defaults(server: str, page: Page, query: str) -> None:
    page.goto(f"{server}/denoise?{query}")
    assert menu(page) == TITLES
    settled(page)
    assert chosen_dataset(page) == "MNIST"
    assert page.get_by_test_id("stException").count() == 0
    assert page.get_by_text("Something went wrong").count() == 0


def test_a_drawn_digit_arrives_and_goes_into_the_copied_link(
    server: str, page: Page, context: BrowserContext
) -> None:
    page.goto(f"{server}/?source=draw&data=fashion")
    pad = page.locator(".pad canvas")
    pad.wait_for()
    settled(page)
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 140, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + 120, box["y"] + 230, steps=12)
    page.mouse.up()
    expect(page.get_by_text("Model input")).to_be_visible()

    page.get_by_role("button", name="Copy link to this view").click()
    expect(page.get_by_role("button", name="Link copied")).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    assert "source=draw" in link and "data=fashion" in link
    image = re.search(r"[?&]img=([\w-]{523})(&|$)", link)
    assert image, link

    other = context.new_page()
    other.goto(link)
    expect(other.get_by_text("Model input")).to_be_visible()
    settled(other)
    other.get_by_role("button", name="Copy link to this view").click()
    expect(other.get_by_role("button", name="Link copied")).to_be_visible()
    assert image.group(1) in other.evaluate("navigator.clipboard.readText()")


def test_reset_leaves_only_data_set_and_language(server: str, page: Page) -> None:
    page.goto(f"{server}/denoise?data=fashion&seed=5")
    menu(page)
    settled(page)
    seed = page.get_by_label("Seed", exact=True).first
    expect(seed).to_have_value("5")
    page.get_by_role("button", name="Reset", exact=True).click()
    expect(page).to_have_url(re.compile(r"/denoise\?data=fashion$"))
    expect(seed).to_have_value("0")


def test_every_answer_carries_the_security_headers(server: str, page: Page) -> None:
    headers = page.request.get(server).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert "default-src 'self'" in headers["content-security-policy"]
    assert "x-frame-options" not in headers  # `?embed=true` stays possible
