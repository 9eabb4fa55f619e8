"""The Anomalies page in a browser: threshold, normal class, a drawing."""

import re

import pytest
from playwright.sync_api import Page, expect

from ae_models.artifacts import card, study
from ae_models.tasks.anomaly import detector
from tests.browser.looking import draw_a_one, pictures, repainted, revision, settled


@pytest.fixture(autouse=True)
def made(lacking) -> None:  # type: ignore[no-untyped-def]
    if not (card.folder("mnist", detector.NAME) / study.FILE).exists():
        lacking(f"needs the study {detector.NAME}")


def test_threshold_and_normal_are_changed_by_keyboard_within_the_window(
    server: str, page: Page
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{server}/anomalies")
    settled(page)
    before, at = pictures(page, "pictures"), revision(page, "pictures")
    for width in (390, 1400):
        page.set_viewport_size({"width": width, "height": 844})
        page.wait_for_function(
            "e => e.scrollWidth <= e.clientWidth",
            arg=page.locator("[data-testid=stMain]").element_handle(),
        )

    slider = page.get_by_role("slider", name="Threshold")
    slider.press("PageUp")
    repainted(page, "pictures", at)
    after, at = pictures(page, "pictures"), revision(page, "pictures")
    assert (before[0][1] == after[0][1]).all()  # the highest scores stay
    assert before[2][1].shape != after[2][1].shape or (before[2][1] != after[2][1]).any()
    expect(page).to_have_url(re.compile("threshold="))

    page.get_by_role("radio", name="0", exact=True).press("Enter")
    repainted(page, "pictures", at)
    expect(page).to_have_url(re.compile("normal=0"))
    expect(page.locator(".st-key-roc .legend")).to_contain_text("mean brightness")


def test_a_drawing_is_scored(server: str, page: Page) -> None:
    page.goto(f"{server}/anomalies?source=draw&normal=0")
    draw_a_one(page)
    ((label, images),) = pictures(page, "own")
    assert len(images) == 3 and float(label.split()[1]) > 2
