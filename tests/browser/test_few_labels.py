"""The Few labels page in a browser: another split, fewer labels, misclassified images."""

import re

import pytest
from playwright.sync_api import Page, expect

from ae_models import datasets
from ae_models.artifacts import card, study
from ae_models.tasks.few_labels import methods
from tests.browser.looking import PATIENCE, pictures, repainted, revision, settled

QUICK = "fit=true&heads=RBF+SVM&features=vae"


@pytest.fixture(autouse=True)
def made(lacking) -> None:  # type: ignore[no-untyped-def]
    """Without curves there is no page."""
    for dataset in datasets.DATASETS:
        if not (card.folder(dataset, methods.NAME) / study.FILE).exists():
            lacking(f"needs the study {methods.NAME} of {dataset}")


@pytest.mark.parametrize("mode", ["server", "without_files"], ids=["original", "gallery"])
def test_a_split_fits_the_window_and_another_is_chosen_by_keyboard(
    request: pytest.FixtureRequest, page: Page, mode: str
) -> None:
    page.set_viewport_size({"width": 390, "height": 900})
    page.goto(f"{request.getfixturevalue(mode)}/few_labels?{QUICK}")
    settled(page)
    page.locator(".st-key-right .js-plotly-plot").wait_for(timeout=PATIENCE)
    expect(page.locator(".st-key-curves .js-plotly-plot")).to_be_visible()
    assert not page.get_by_test_id("stException").count()
    for width in (390, 1400):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_function("document.documentElement.scrollWidth <= innerWidth")

    before, at = pictures(page, "drawn"), revision(page, "drawn")
    assert [len(row) for _, row in before] == 10 * [10]
    page.get_by_role("slider", name="Labels in total").press("ArrowLeft")
    repainted(page, "drawn", at)
    after = pictures(page, "drawn")
    assert [len(row) for _, row in after] == 10 * [5]
    for (_, more), (_, fewer) in zip(before, after, strict=True):
        assert (more[:5] == fewer).all()  # a smaller draw is a part of the larger one
    expect(page).to_have_url(re.compile("total=50"))
