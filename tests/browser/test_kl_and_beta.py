"""The sliders of the page on KL and beta in a browser."""

import pytest
from playwright.sync_api import Page

from ae_models.artifacts import card
from tests.browser.looking import moved, settled


@pytest.fixture(autouse=True)
def trained(lacking) -> None:  # type: ignore[no-untyped-def]
    """The page is about checkpoints that a first version may not have."""
    for name in ("vae-beta-0.25", "vae", "vae-beta-4"):
        if not (card.folder("mnist", name) / "card.json").exists():
            lacking(f"needs the checkpoint {name}")


def test_a_slider_repaints_its_pictures_and_no_others(server: str, page: Page) -> None:
    page.goto(f"{server}/kl_and_beta")
    settled(page)
    moved(page, "Dimension to traverse", "traversal", "samples", "dimension=2")
    moved(page, "Temperature", "samples", "traversal", "temperature=1.05")
