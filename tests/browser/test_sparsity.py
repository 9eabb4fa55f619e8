"""The page on sparsity in a browser."""

import numpy as np
import pytest
from playwright.sync_api import Page

from ae_models.artifacts import card
from tests.browser.looking import draw_a_one, moved, pictures, settled


@pytest.fixture(autouse=True)
def trained(lacking) -> None:  # type: ignore[no-untyped-def]
    """The page is about checkpoints that a first version may not have."""
    for name in ("sparse", "undercomplete"):
        if not (card.folder("mnist", name) / "card.json").exists():
            lacking(f"needs the checkpoint {name}")


def test_a_slider_repaints_its_pictures(server: str, page: Page) -> None:
    page.goto(f"{server}/sparsity")
    settled(page)
    moved(page, "Number of units, strongest first", "built", None, "first=11")


def test_a_drawn_digit_is_reconstructed_from_active_units(server: str, page: Page) -> None:
    page.goto(f"{server}/sparsity?source=draw&first=40")
    draw_a_one(page)
    (_, images), *_rest = pictures(page, "whole")
    drawn, _first, whole = images.astype(float)
    assert np.corrcoef(drawn.ravel(), whole.ravel())[0, 1] > 0.7
