"""The page on contraction."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from ae_models import datasets
from ae_models.artifacts import card
from ae_models.artifacts.titles import title
from ae_models.metric_key import Metric
from tests.pages.conftest import EACH_MODE, Visit, keys, result, sentences, sheet
from tests.pages.sheets import notes


@pytest.fixture(autouse=True)
def trained(lacking) -> None:  # type: ignore[no-untyped-def]
    """The page is about checkpoints that a first version may not have."""
    for dataset in datasets.DATASETS:
        for name in ("contractive", "undercomplete"):
            if not (card.folder(dataset, name) / "card.json").exists():
                lacking(f"needs the checkpoint {name} of {dataset}")


def captions(at: AppTest) -> str:
    return " ".join(caption.value for caption in at.main.caption)


@EACH_MODE
def test_a_perturbation_is_shown_and_measured(visit: Visit, dataset: str, mode: str) -> None:
    at = visit("contraction", data=dataset, nudge="shift")
    rows = sheet(at, "perturbed")
    assert [row["label"] for row, _ in rows] == [
        "The image",
        title("undercomplete"),
        title("contractive"),
    ]
    before, after, _change = rows[0][1][..., 0]
    assert np.abs(after[:, 1:].astype(int) - before[:, :-1]).max() <= 1
    assert "shifted by 1.0 pixels" in notes(rows)["The image"]
    distances = [float(re.findall(r"[\d.]+", row["note"])[0]) for row, _ in rows[1:]]
    assert all(0 < distance < 3 for distance in distances)
    more = sheet(visit("contraction", data=dataset, nudge="shift", size="1"), "perturbed")
    for (row, _), distance in zip(more[1:], distances, strict=True):
        assert float(re.findall(r"[\d.]+", row["note"])[0]) > distance
    directions = sheet(at, "directions")
    for row, images in directions:
        gains = [float(text) for text in row["captions"]]
        assert gains == sorted(gains, reverse=True) and images.shape == (10, 28, 28, 3)
    assert ("decoded" in captions(at)) == (mode == "gallery")


FIGURES: list[tuple[str, Metric, float, str]] = [
    ("contractive", Metric("mse"), 0.4321, "active: MSE 0.4321"),
    ("undercomplete", Metric("mse"), 0.1234, "MSE 0.1234"),
    ("contractive", Metric("psnr", corruption="Gaussian", strength=0.5), 99.5, "and 99.5 dB"),
]


def test_figures_are_those_of_the_card(
    visit: Visit, decoded: None, changed_card: Callable[..., None]
) -> None:
    """All at once: after a change of a card the page is computed anew, which takes seconds."""
    before = captions(visit("contraction"))
    for name, metric, value, shown in FIGURES:
        assert shown not in before
        changed_card(name, ["test", "values", metric], value)
    at = visit("contraction")
    assert not at.exception
    for *_figure, shown in FIGURES:
        assert shown in captions(at)


def test_a_missing_model_is_named_and_the_rest_is_shown(
    visit: Visit, decoded: None, copied: Path
) -> None:
    (copied / "mnist" / "contractive" / "card.json").unlink()
    at = visit("contraction")
    assert not at.exception
    (said,) = sentences(at)
    assert "checkpoints/mnist/contractive/card.json is missing" in said
    assert {"perturbed", "directions"} <= set(keys(at))
    assert result(at)
