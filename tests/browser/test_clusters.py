"""The Clusters page in a browser: algorithm, colours, a drawing, a phone."""

import re

import pytest
from playwright.sync_api import Page, expect

from ae_models import datasets
from ae_models.artifacts import card, study
from ae_models.tasks.clustering import parametric_umap
from tests.browser.looking import draw_a_one, pictures, repainted, revision, settled


@pytest.fixture(autouse=True)
def made() -> None:
    for dataset in datasets.DATASETS:
        if not (card.folder(dataset, parametric_umap.NAME) / study.FILE).exists():
            pytest.skip(f"needs the clusters of {dataset}")


def test_another_algorithm_shows_other_members(server: str, page: Page) -> None:
    page.goto(f"{server}/clusters?among=500")
    settled(page)
    before = pictures(page, "typical")
    assert len(before) == 10
    at = revision(page, "typical")
    page.get_by_role("radio", name="HDBSCAN").press("Enter")
    repainted(page, "typical", at)
    expect(page).to_have_url(re.compile("algorithm=hdbscan"))
    after = pictures(page, "typical")
    assert [label for label, _ in after] == [f"cluster {n + 1}" for n in range(len(after))]
    assert any(
        (old[1].shape != new[1].shape) or (old[1] != new[1]).any()
        for old, new in zip(before, after, strict=False)
    )


def test_colours_follow_the_labels_and_a_phone_shows_all_of_it(server: str, page: Page) -> None:
    page.goto(f"{server}/clusters?data=fashion")
    settled(page)
    legend = page.locator(".st-key-clusters_map .legendtext")
    expect(legend.first).to_have_text("cluster 1")
    page.get_by_role("radio", name="Label").press("Enter")
    expect(legend.first).to_have_text("T-shirt/top")
    expect(page).to_have_url(re.compile("colour=label"))
    pictures(page, "own_group")
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_function("document.documentElement.scrollWidth <= innerWidth")


def test_a_drawing_is_assigned_to_a_cluster(server: str, page: Page) -> None:
    page.goto(f"{server}/clusters?source=draw&among=500")
    draw_a_one(page)
    rows = pictures(page, "own_group")
    assert [label for label, _ in rows] == ["Input", "Nearest in its cluster"]
    assert rows[0][1].max() > 100 and len(rows[1][1]) == 10
