"""The Depth page in a browser: epoch, layer and noise."""

import re

from playwright.sync_api import Page, expect

from tests.browser.looking import pictures, repainted, revision, settled

POINTS = """chart => [...chart.querySelectorAll(".scatterlayer .trace")]
  .map(trace => [...trace.querySelectorAll(".point")].map(p => p.getAttribute("transform")))"""


def test_each_control_changes_what_it_is_about(server: str, page: Page) -> None:
    page.goto(f"{server}/depth")
    settled(page)
    the_epoch_moves_the_gradients(page)
    a_layer_shows_more_of_its_units(page)
    another_seed_gives_other_noise_and_the_same_images(page)


def the_epoch_moves_the_gradients(page: Page) -> None:
    chart = page.locator(".st-key-layer_norms")
    expect(chart.locator(".scatterlayer .point")).to_have_count(16)  # two nets, eight layers
    before = chart.evaluate(POINTS)
    slider = page.get_by_role("slider", name="Epoch")
    slider.press("ArrowRight")
    expect(page.get_by_role("heading", name="epoch 2")).to_be_visible()
    settled(page)
    after = chart.evaluate(POINTS)
    assert all(old != new for old, new in zip(before, after, strict=True))
    expect(page).to_have_url(re.compile(r"epoch=2\b"))


def a_layer_shows_more_of_its_units(page: Page) -> None:
    labels = [label for label, _ in pictures(page, "units")]
    assert labels == ["Layer 1", "Layer 2", "Layer 3", "Layer 4"]
    at = revision(page, "units")
    page.get_by_role("radio", name="3", exact=True).press("Enter")
    repainted(page, "units", at)
    assert [label for label, _ in pictures(page, "units")] == 4 * ["Layer 3"]
    expect(page).to_have_url(re.compile("layer=3"))


def another_seed_gives_other_noise_and_the_same_images(page: Page) -> None:
    images, noise = pictures(page, "copied_images"), pictures(page, "copied_random")
    at = revision(page, "copied_random")
    field = page.get_by_label("Random pixels", exact=True).first
    field.fill("9")
    field.press("Enter")
    repainted(page, "copied_random", at)
    for (label, old), (_, new) in zip(noise, pictures(page, "copied_random"), strict=True):
        assert (old != new).any(), label
    for (_, old), (_, new) in zip(images, pictures(page, "copied_images"), strict=True):
        assert (old == new).all()
