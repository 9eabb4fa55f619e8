"""The sliders of the pages on KL and beta, sparsity and contraction, under a hand."""

import re

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from ae_models.artifacts import card
from tests.browser.looking import draw_a_one, pictures, repainted, revision, settled


@pytest.fixture(autouse=True)
def trained(lacking) -> None:  # type: ignore[no-untyped-def]
    """These pages are about checkpoints that a first version may not have."""
    for name in ("vae-beta-0.25", "vae", "vae-beta-4", "sparse", "contractive"):
        if not (card.folder("mnist", name) / "card.json").exists():
            lacking(f"needs the checkpoint {name}")


def test_a_slider_repaints_its_pictures_and_no_others(server: str, page: Page) -> None:
    page.goto(f"{server}/kl_and_beta")
    settled(page)
    moved(page, "Dimension to traverse", "traversal", "samples", "dimension=2")
    moved(page, "Temperature", "samples", "traversal", "temperature=1.05")
    page.goto(f"{server}/sparsity")
    settled(page)
    moved(page, "Number of units, strongest first", "built", None, "first=11")


def moved(page: Page, slider: str, key: str, still: str | None, address: str) -> None:
    """A step of a slider changes the pictures of one sheet, and not those that stand still."""
    before, at = pictures(page, key), revision(page, key)
    others = pictures(page, still) if still else []
    page.get_by_role("slider", name=slider).press("ArrowRight")
    repainted(page, key, at)
    after = pictures(page, key)
    changed = [
        old.shape != new.shape or (old != new).any()
        for (_, old), (_, new) in zip(before, after, strict=True)
    ]
    assert any(changed)
    for (_, old), (_, new) in zip(others, pictures(page, still) if still else [], strict=True):
        assert (old == new).all()
    expect(page).to_have_url(re.compile(re.escape(address)))


def test_size_and_kind_of_a_nudge_are_chosen_by_keyboard(server: str, page: Page) -> None:
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


def test_a_drawn_digit_is_built_of_units(server: str, page: Page) -> None:
    page.goto(f"{server}/sparsity?source=draw&first=40")
    draw_a_one(page)
    (_, images), *_rest = pictures(page, "whole")
    drawn, _first, whole = images.astype(float)
    assert np.corrcoef(drawn.ravel(), whole.ravel())[0, 1] > 0.7
