"""The page on contraction by keyboard."""

import re

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from ae_models.artifacts import card
from tests.browser.looking import moved, pictures, repainted, revision, settled


@pytest.fixture(autouse=True)
def trained(lacking) -> None:  # type: ignore[no-untyped-def]
    """The page is about checkpoints that a first version may not have."""
    for name in ("contractive", "undercomplete"):
        if not (card.folder("mnist", name) / "card.json").exists():
            lacking(f"needs the checkpoint {name}")


def test_size_and_kind_of_a_perturbation_are_chosen_by_keyboard(server: str, page: Page) -> None:
    page.goto(f"{server}/contraction")
    settled(page)
    moved(page, "Perturbation size", "perturbed", "directions", "size=0.55")
    at = revision(page, "perturbed")
    page.get_by_role("slider", name="Perturbation size").press("ArrowLeft")
    repainted(page, "perturbed", at)
    at = revision(page, "perturbed")
    page.get_by_role("radio", name="shift").press("Enter")
    repainted(page, "perturbed", at)
    _, image = pictures(page, "perturbed")[0]
    before, after = image[0].astype(int), image[1].astype(int)
    assert np.abs(after[:, 1:] - before[:, :-1]).max() <= 1
    expect(page).to_have_url(re.compile("nudge=shift"))
