"""The Few labels page under a hand: another draw, fewer labels, and what is told wrong."""

import re

import pytest
from playwright.sync_api import Page, expect

from ae_models import card, data, study
from ae_models.tasks import few_labels
from tests.browser.looking import PATIENCE, pictures, repainted, revision, settled


@pytest.fixture(autouse=True)
def made(lacking) -> None:  # type: ignore[no-untyped-def]
    """Without curves there is no page."""
    for dataset in data.DATASETS:
        if not (card.folder(dataset, few_labels.NAME) / study.FILE).exists():
            lacking(f"needs the study {few_labels.NAME} of {dataset}")


@pytest.fixture(params=["original", "gallery"], scope="module")
def address(request, start_server) -> str:
    """The page in a data mode, with quick learners only."""
    env = {"AE_DATA_DIR": "/nonexistent"} if request.param == "gallery" else {}
    return f"{start_server(env)}/few_labels?heads=RBF+SVM&features=vae"


@pytest.mark.parametrize("width", [1400, 390])
def test_a_visit_shows_curves_and_a_draw_within_the_window(
    address: str, page: Page, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(address)
    settled(page)
    page.locator(".st-key-right .js-plotly-plot").wait_for(timeout=PATIENCE)
    settled(page)
    assert len(pictures(page, "drawn")) == 10
    expect(page.locator(".st-key-curves .js-plotly-plot")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert not page.get_by_test_id("stException").count()


def test_more_labels_are_drawn_by_keyboard(address: str, page: Page) -> None:
    page.goto(address)
    page.locator(".st-key-right .js-plotly-plot").wait_for(timeout=PATIENCE)
    settled(page)
    before, at = pictures(page, "drawn"), revision(page, "drawn")
    assert [len(row) for _, row in before] == 10 * [10]
    page.get_by_role("slider", name="Labels in all").press("ArrowLeft")
    repainted(page, "drawn", at)
    after = pictures(page, "drawn")
    assert [len(row) for _, row in after] == 10 * [5]
    for (_, more), (_, fewer) in zip(before, after, strict=True):
        assert (more[:5] == fewer).all()  # a smaller draw is a part of the larger one
    expect(page).to_have_url(re.compile("total=50"))
