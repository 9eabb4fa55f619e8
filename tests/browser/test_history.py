"""Back and Forward, another language and another page: the address and the view stay together."""

import re

from playwright.sync_api import Page, expect

from tests.browser.looking import settled

NOISE = ".st-key-noise"


def choose(page: Page, option: str) -> None:
    page.locator(NOISE).get_by_text(option, exact=True).click()
    settled(page)


def shows(page: Page, option: str, query: str, path: str = "denoise") -> None:
    """The control has an option, and the address has its key."""
    expect(page).to_have_url(re.compile(rf"/{path}{query}$"))
    expect(page.locator(f"{NOISE} [aria-checked=true]")).to_have_text(option)
    page.wait_for_selector("[data-test-script-state=notRunning]", state="attached")


def test_back_and_forward_bring_back_what_was_left(server: str, page: Page) -> None:
    page.goto(f"{server}/denoise")
    settled(page)
    shows(page, "Gaussian", "")
    choose(page, "masking")
    shows(page, "masking", r"\?noise=masking")
    choose(page, "speckle")
    shows(page, "speckle", r"\?noise=speckle")

    page.get_by_test_id("stSidebar").get_by_role("link", name="Compare").click()
    page.locator(".st-key-compared canvas").first.wait_for()
    settled(page)
    expect(page).to_have_url(re.compile("/compare$"))  # nothing came along

    page.go_back()
    shows(page, "speckle", r"\?noise=speckle")
    page.go_back()
    shows(page, "masking", r"\?noise=masking")
    page.go_back()
    shows(page, "Gaussian", "")
    page.go_forward()
    shows(page, "masking", r"\?noise=masking")


def test_another_language_shows_the_same_view_under_another_name(server: str, page: Page) -> None:
    page.goto(f"{server}/denoise?noise=masking")
    settled(page)
    page.get_by_test_id("stSidebar").get_by_text("日本語", exact=True).click()
    shows(page, "マスク", r"\?.*lang=ja.*")
    assert "noise=masking" in page.url
    page.locator(NOISE).get_by_text("スペックル", exact=True).click()
    expect(page).to_have_url(re.compile("noise=speckle"))
    page.get_by_test_id("stSidebar").get_by_text("English", exact=True).click()
    shows(page, "speckle", r"\?.*noise=speckle.*")


def test_an_old_link_opens_under_its_key(server: str, page: Page) -> None:
    page.goto(f"{server}/learn?step=A+code+to+draw+from&data=Fashion-MNIST")
    settled(page)
    expect(page).to_have_url(re.compile("step=vae"))
    assert "data=fashion" in page.url
