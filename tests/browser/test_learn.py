"""The guided path in a browser: the link of a step opens its state."""

from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looking import settled
from ui.base.learn_steps import steps

PATH = steps("en")


# One whose link sets one value, and one whose link sets several; tests/pages reads them all.
FOLLOWED = [
    PATH[0],
    next(s for s in PATH if any(isinstance(v, list) for v in s.try_.query.values())),
]


@pytest.mark.parametrize("step", FOLLOWED, ids=lambda step: step.id)
def test_the_link_of_a_step_opens_its_state(server: str, page: Page, step) -> None:
    page.goto(f"{server}/learn?step={step.id}&data=fashion")
    page.get_by_role("heading", name=step.title, exact=True).first.wait_for()
    settled(page)
    page.get_by_role("link", name="Open the page").click()
    path = "" if step.try_.page == "start" else step.try_.page
    page.wait_for_url(lambda url: urlsplit(url).path == f"/{path}")
    settled(page)
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Learn")
    settled(page)
    address = parse_qs(urlsplit(page.url).query)
    assert address["data"] == ["fashion"]  # it holds
    for key, value in step.try_.query.items():
        assert address[key] == (value if isinstance(value, list) else [value])


def test_the_steps_can_be_followed_by_keyboard(server: str, page: Page) -> None:
    page.goto(f"{server}/learn")
    page.get_by_role("heading", name=PATH[0].title, exact=True).wait_for()
    settled(page)
    page.get_by_role("button", name="Next", exact=True).press("Enter")
    page.get_by_role("heading", name=PATH[1].title, exact=True).wait_for()
    settled(page)
    answer = page.get_by_text("Answer", exact=True)
    page.locator("summary", has=answer).press("Enter")
    expect(page.get_by_text(PATH[1].answer)).to_be_visible()
