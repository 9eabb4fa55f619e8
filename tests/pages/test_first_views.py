"""What the server computes in the background is what each page shows first."""

import pytest

import app
from ae_models import datasets, inference
from ae_models.tasks import sparsity
from ae_models.tasks.anomaly import evaluation
from ae_models.tasks.clustering import methods as clustering
from ae_models.tasks.few_labels import methods as few_labels
from tests.pages.conftest import PAGES, Visit, forget, sentences
from ui.shell import warmup

SLOW = (  # what a first visit must find computed
    (evaluation, "score_set"),
    (clustering, "cluster"),
    (few_labels, "features"),
    (sparsity, "activity"),
)


def test_every_page_but_the_light_ones_has_a_first_view() -> None:
    found = [view.__module__.split(".")[-2] for view in app.first_views()]
    assert found == [page for page in PAGES if page in found]  # in the order of the menu
    assert set(PAGES) - set(found) <= {"start", "learn", "compare", "morph"}


@pytest.mark.parametrize("dataset", datasets.DATASETS)
def test_a_first_visit_finds_everything_computed(
    visit: Visit, decoded: None, monkeypatch: pytest.MonkeyPatch, dataset: str
) -> None:
    forget()
    for first_view in app.first_views():
        for _step in first_view(dataset):
            pass
    encoded: list[int] = []
    encode = inference.encode

    def counted(model, x, *more):  # type: ignore[no-untyped-def]
        encoded.append(len(x))
        return encode(model, x, *more)

    monkeypatch.setattr(inference, "encode", counted)
    for module, name in SLOW:
        monkeypatch.setattr(module, name, lambda *_a, **_k: pytest.fail("computed again"))
    for page in ("latent_space", "sparsity", "contraction", "anomalies", "clusters", "few_labels"):
        at = visit(page, data=dataset)
        assert not at.exception and not sentences(at)
    assert max(encoded, default=0) < 100  # images of the page itself, not the test split


def test_a_first_view_that_fails_leaves_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    done = []

    def broken(dataset: str):  # type: ignore[no-untyped-def]
        yield
        raise OSError(dataset)

    def whole(dataset: str):  # type: ignore[no-untyped-def]
        done.append(dataset)
        yield

    warmup.compute([broken, whole])
    assert done == list(datasets.DATASETS)
