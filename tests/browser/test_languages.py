"""Languages in a browser: detected, switched by the control, and in links."""

import re
from urllib.parse import unquote

from playwright.sync_api import Browser, Page, expect

from tests.browser.looking import settled


def shown(page: Page) -> str:
    return unquote(page.url).replace("+", " ")


def test_a_language_is_the_browsers_or_chosen_and_everything_else_stays(
    server: str, chromium: Browser
) -> None:
    visitor = chromium.new_context(locale="ja-JP", viewport={"width": 1400, "height": 900})
    page = visitor.new_page()
    page.goto(f"{server}/generate?data=fashion&classes=coat&seed=4")
    expect(page.get_by_role("heading", name="生成", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="リセット")).to_be_visible()
    page.wait_for_selector("[data-test-script-state=notRunning]", state="attached")
    chips = page.locator("[data-testid=stMultiSelect] [data-baseweb=tag], .stMultiSelect")
    expect(chips.first).to_contain_text("コート")
    assert "lang" not in page.url and "classes=4" in shown(page)

    page.get_by_text("English", exact=True).click()
    expect(page.get_by_role("heading", name="Generate", exact=True)).to_be_visible()
    settled(page)
    expect(page).to_have_url(re.compile("lang=en"))
    expect(chips.first).to_contain_text("coat")
    assert "seed=4" in page.url and "classes=4" in page.url
    page.get_by_role("link", name="Compare").first.click()
    expect(page.get_by_role("heading", name="Compare", exact=True)).to_be_visible()
    expect(page).to_have_url(re.compile("lang=en"))
    assert "data=fashion" in page.url
    visitor.close()
