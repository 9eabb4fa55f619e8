"""What a visitor sees first on every page, whichever pages there are."""

import itertools

import pytest
from streamlit.testing.v1 import AppTest

from ae_models import datasets
from tests.pages.conftest import PAGES, Visit, keys, result, sentences, sheet
from ui.base import pages


def test_there_are_pages() -> None:
    assert {"start", "denoise", "compare", "latent_space", "generate"} <= set(PAGES)


def shows_a_result(at: AppTest, page: str, dataset: str, decoded: bool) -> None:
    assert not at.exception
    assert not sentences(at)
    assert len(at.title) == 1
    assert at.button(key="reset")
    assert result(at)
    about = pages.PAGES[page]
    assert not about.sheet or about.sheet in keys(at)
    assert not about.chart or about.chart in keys(at, "plotly_chart")
    assert at.session_state["data"] == dataset
    quiet = " ".join(caption.value for caption in at.sidebar.caption)
    assert ("decoded" in quiet) == decoded


@pytest.mark.parametrize("dataset", datasets.DATASETS)
@pytest.mark.parametrize("page", PAGES)
def test_a_first_visit_shows_a_result(at_first: Visit, page: str, dataset: str) -> None:
    shows_a_result(at_first(page, dataset), page, dataset, decoded=True)


@pytest.mark.parametrize(("page", "dataset"), [*zip(PAGES, itertools.cycle(datasets.DATASETS))])
def test_a_first_visit_shows_original_images_where_they_are(
    visit: Visit, page: str, dataset: str, on_disk: None
) -> None:
    shows_a_result(visit(page, data=dataset), page, dataset, decoded=False)


@pytest.mark.parametrize("page", PAGES)
def test_a_second_session_sees_the_same_and_ignores_unknown_parameters(
    visit: Visit, at_first: Visit, page: str
) -> None:
    first = at_first(page)
    second = visit(page, nonsense="1", __proto__="x", img="AAAA").run()
    assert not second.exception
    assert result(second) == result(first)
    assert keys(second) == keys(first)


def test_pages_have_titles_of_their_own(at_first: Visit) -> None:
    titles = [at_first(page).title[0].value for page in PAGES]
    for one, other in itertools.combinations(titles, 2):
        assert one != other


def test_the_data_set_changes_everything(at_first: Visit) -> None:
    for page, key in (("denoise", "denoised"), ("compare", "compared"), ("start", "examples")):
        digits, clothes = (sheet(at_first(page, dataset), key) for dataset in datasets.DATASETS)
        for (row, one), (_, other) in zip(digits, clothes, strict=True):
            assert (one != other).any(), row["label"]
