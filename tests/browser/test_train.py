"""The Train page in a browser: start, watch, stop, and reconnect."""

import re
import time

from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.browser.looking import pictures, settled

LONG = "a_epochs=200&a_images=4000"


def begin(server: str, page: Page, query: str = LONG) -> None:
    page.goto(f"{server}/train?{query}")
    settled(page)
    page.locator(".st-key-live .sheet").wait_for()


def stop_button(page: Page) -> Locator:
    """The page's own, as Streamlit's header has another while a script runs."""
    return page.get_by_test_id("stMain").get_by_role("button", name="Stop", exact=True)


def stop(page: Page) -> None:
    """Leave the server free for the next test."""
    stop_button(page).click()
    expect(page.get_by_text("stopped · batch").first).to_be_visible()


def test_the_first_picture_comes_within_seconds_and_stop_stops(server: str, page: Page) -> None:
    begin(server, page)
    grey = pictures(page, "live")[1][1]
    asked = time.monotonic()
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_text("images a second")).to_be_visible()
    first = time.monotonic() - asked
    while (pictures(page, "live")[1][1] == grey).all():
        assert time.monotonic() - asked < 30
    assert first < 12  # 3 s on two cores that do nothing else
    expect(page.locator(".st-key-losses .scatterlayer .trace")).to_have_count(2)
    expect(page).to_have_url(re.compile("job="))
    stop_button(page).click()
    asked = time.monotonic()
    expect(page.get_by_text("stopped · batch").first).to_be_visible()
    assert time.monotonic() - asked < 10  # 2 s, and the next look of the page
    with page.expect_download() as download:
        page.get_by_role("button", name="PyTorch code").click()
    assert "class Autoencoder" in download.value.path().read_text()


def test_keys_alone_pause_step_and_resume(server: str, page: Page) -> None:
    begin(server, page)
    page.get_by_role("button", name="Start", exact=True).press("Enter")
    expect(page.get_by_text("images a second")).to_be_visible()
    page.get_by_role("button", name="Pause", exact=True).press("Enter")
    place = page.get_by_text(re.compile(r"paused · batch"))
    expect(place).to_be_visible()
    before = place.inner_text()
    page.get_by_role("button", name="Step", exact=True).press("Enter")
    expect(page.get_by_text(before)).to_have_count(0)
    number = int(re.sub(r"\D", "", before.split(" of ")[0]))
    expect(page.get_by_text(f"paused · batch {number + 1:,} of")).to_be_visible()
    page.get_by_role("button", name="Resume", exact=True).press("Enter")
    expect(page.get_by_text("training · batch")).to_be_visible()
    stop(page)


def test_a_lost_connection_finds_its_job_again(
    server: str, page: Page, context: BrowserContext
) -> None:
    begin(server, page)
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page).to_have_url(re.compile("job="))
    address = page.url
    page.wait_for_function("localStorage.getItem('explorer-job-secrets')")
    page.close()
    time.sleep(2)
    again = context.new_page()
    again.goto(address)
    expect(again.get_by_text("training · batch")).to_be_visible()
    again.emulate_media(color_scheme="dark")  # nor does another theme disturb it
    expect(again.get_by_text("training · batch")).to_be_visible()
    again.reload()
    expect(again.get_by_text("training · batch")).to_be_visible()
    stop(again)  # this browser has kept what it takes


def test_another_browser_may_watch_by_the_link_and_not_steer(
    server: str, page: Page, chromium: Browser
) -> None:
    begin(server, page)
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page).to_have_url(re.compile("job="))
    with chromium.new_context() as elsewhere:
        guest = elsewhere.new_page()
        guest.goto(page.url)
        expect(guest.get_by_text("training · batch")).to_be_visible()
        expect(guest.get_by_text("somebody else started")).to_be_visible()
        expect(stop_button(guest)).to_be_disabled()
    stop(page)


def test_two_runs_fit_the_screen(server: str, page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    begin(server, page, "story=collapse")
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_text("A · training")).to_be_visible()
    expect(page.get_by_text("B · training")).to_be_visible()
    assert len(pictures(page, "live")) == 3
    page.get_by_role("button", name="Loss and noise").first.click()
    expect(page.get_by_label("β, the weight of the KL term").first).to_be_visible()
    for width in (390, 1400):
        page.set_viewport_size({"width": width, "height": 844})
        page.wait_for_function("document.scrollingElement.scrollWidth <= innerWidth")
    page.keyboard.press("Escape")
    stop(page)


def test_another_preset_sets_the_settings(server: str, page: Page) -> None:
    begin(server, page, "")
    page.get_by_role("combobox", name="Preset").click()
    page.get_by_role("option", name="A learning rate too high").click()
    expect(page.get_by_text("Adam 0.2, constant")).to_be_visible()
    settled(page)
    expect(page).to_have_url(re.compile("a_learning_rate=0.2"))
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_text("were kept")).to_be_visible()
