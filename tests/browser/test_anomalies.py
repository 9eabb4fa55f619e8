"""The page on anomalies under a hand: the threshold, the kinds, a drawing."""

import re

import pytest
from playwright.sync_api import Page, expect

from ae_models import card, study
from ae_models.tasks import anomaly
from tests.browser.looking import draw_a_one, pictures, repainted, revision, settled


@pytest.fixture(autouse=True)
def made(lacking) -> None:  # type: ignore[no-untyped-def]
    if not (card.folder("mnist", anomaly.NAME) / study.FILE).exists():
        lacking(f"needs the study {anomaly.NAME}")


def test_the_threshold_is_moved_by_keyboard(server: str, page: Page) -> None:
    page.goto(f"{server}/anomalies")
    settled(page)
    before, at = pictures(page, "pictures"), revision(page, "pictures")
    slider = page.get_by_role("slider", name="Threshold")
    slider.press("PageUp")
    repainted(page, "pictures", at)
    after = pictures(page, "pictures")
    assert (before[0][1] == after[0][1]).all()  # the strangest stay so
    assert before[2][1].shape != after[2][1].shape or (before[2][1] != after[2][1]).any()
    expect(page).to_have_url(re.compile("threshold="))


def test_another_normal_has_other_curves(server: str, page: Page) -> None:
    page.goto(f"{server}/anomalies")
    settled(page)
    at = revision(page, "pictures")
    page.get_by_role("radio", name="0", exact=True).press("Enter")
    repainted(page, "pictures", at)
    expect(page).to_have_url(re.compile("normal=0"))
    expect(page.locator(".st-key-roc .legend")).to_contain_text("mean brightness")


@pytest.mark.parametrize("width", [390, 1400])
def test_nothing_is_wider_than_the_screen(server: str, page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(f"{server}/anomalies")
    settled(page)
    page.locator(".st-key-pictures .sheet").wait_for()
    main = page.locator("[data-testid=stMain]")
    assert main.evaluate("e => e.scrollWidth - e.clientWidth") <= 0


def test_a_drawing_is_scored(server: str, page: Page) -> None:
    page.goto(f"{server}/anomalies?source=Draw&normal=0")
    draw_a_one(page)
    ((label, images),) = pictures(page, "own")
    assert len(images) == 3 and float(label.split()[1]) > 2
