"""The Start page before and after the models are loaded."""

import pytest

from ae_models import datasets
from ae_models.pipeline import previews
from tests.pages.conftest import Visit, keys, sheet
from tests.pages.sheets import pixels
from ui.shell import warmup


@pytest.mark.parametrize("dataset", datasets.DATASETS)
def test_start_shows_the_shipped_picture_until_models_are_warm(
    visit: Visit, dataset: str, monkeypatch: pytest.MonkeyPatch, decoded: None
) -> None:
    assert previews.read(dataset) is not None
    live = visit("start", data=dataset)
    monkeypatch.setattr(warmup, "ready", lambda: False)
    at = visit("start", data=dataset)
    assert not at.exception
    assert keys(at) == ["examples"]
    assert (pixels(sheet(at, "examples")) == pixels(sheet(live, "examples"))).all()


def test_start_shows_where_a_missing_preview_was(
    visit: Visit, monkeypatch: pytest.MonkeyPatch, decoded: None
) -> None:
    monkeypatch.setattr(warmup, "ready", lambda: False)
    monkeypatch.setattr(previews, "read", lambda dataset: None)
    at = visit("start")
    assert not at.exception and at.title
