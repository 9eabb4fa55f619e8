"""The page on KL and beta."""

import re
from collections.abc import Callable

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from ae_models import datasets
from ae_models.artifacts import card
from ae_models.metric_key import Metric
from tests.pages.conftest import EACH_MODE, Visit, keys, result, sentences, sheet
from tests.pages.pad import draw, stroke
from tests.pages.sheets import pixels
from ui.views.kl_and_beta import view

BETAS = {"vae-beta-0.25": 0.25, "vae": 1, "vae-beta-4": 4}


@pytest.fixture(autouse=True)
def trained(lacking) -> None:  # type: ignore[no-untyped-def]
    """The page is about checkpoints that a first version may not have."""
    for dataset in datasets.DATASETS:
        for name in BETAS:
            if not (card.folder(dataset, name) / "card.json").exists():
                lacking(f"needs the checkpoint {name} of {dataset}")


def captions(at: AppTest) -> str:
    return " ".join(caption.value for caption in at.main.caption)


@EACH_MODE
def test_three_values_of_beta_are_compared(visit: Visit, dataset: str, mode: str) -> None:
    at = visit("kl_and_beta", data=dataset)
    labels = [f"β = {beta:g}" for beta in BETAS.values()]
    for key in ("traversal", "samples"):
        rows = sheet(at, key)
        assert [row["label"] for row, _ in rows] == labels
        for one, other in ((0, 1), (1, 2)):
            assert (rows[one][1] != rows[other][1]).any()
    assert [row["label"] for row, _ in sheet(at, "reconstructed")] == ["Original", *labels]
    assert ("decoded" in captions(at)) == (mode == "gallery")
    titles = [
        re.fullmatch(r"\*\*(β .+): (\d+) of (\d+) dimensions active\*\*", m.value)
        for m in at.main.markdown
    ]
    found = {match[1]: int(match[2]) for match in titles if match}
    assert list(found) == labels
    assert found["β = 0.25"] >= found["β = 4"] > 0


def test_traversing_a_collapsed_dimension_changes_little(visit: Visit, decoded: None) -> None:
    first, last = (
        sheet(visit("kl_and_beta", dimension=number), "traversal")[2] for number in ("1", "16")
    )
    moved = [np.abs(images[0].astype(int) - images[-1]).mean() for _, images in (first, last)]
    assert moved[1] < moved[0]
    assert float(last[0]["note"].split()[0]) < float(first[0]["note"].split()[0])


def test_an_own_drawing_is_traversed(visit: Visit, decoded: None) -> None:
    at = visit("kl_and_beta", source="Draw")
    assert "traversal" not in keys(at)
    draw(at, stroke())
    assert not at.exception
    assert pixels(sheet(at, "traversal")).shape[0] == 3


def test_samples_at_temperature_0_are_equal(visit: Visit, decoded: None) -> None:
    for _row, images in sheet(visit("kl_and_beta", temperature="0"), "samples"):
        assert (images == images[0]).all()


@pytest.mark.parametrize(
    ("name", "keys", "value", "shown"),
    [
        ("vae", ["config", "beta"], 0.75, "β = 0.75"),
        ("vae", ["test", "values", Metric("frechet")], 321.5, "Fréchet 321.5"),
        (
            "vae-beta-0.25",
            ["test", "values", Metric("frechet", condition="real_halves")],
            7.7,
            "it is 7.7",
        ),
    ],
)
def test_figures_are_those_of_the_card(
    visit: Visit,
    name: str,
    keys: list[str | Metric],
    value: float,
    shown: str,
    decoded: None,
    changed_card: Callable[..., None],
) -> None:
    assert shown not in everything(visit("kl_and_beta"))
    changed_card(name, keys, value)
    at = visit("kl_and_beta")
    assert not at.exception
    assert shown in everything(at)


def everything(at: AppTest) -> str:
    """All text on the page, that of the picture sheets too."""
    rows = [row for key in ("samples", "traversal") if key in keys(at) for row, _ in sheet(at, key)]
    return " ".join([captions(at), *(f"{row['label']} {row['note']}" for row in rows)])


@pytest.mark.parametrize(
    ("name", "lost", "kept"),
    [
        ("vae-beta-4", (), ("traversal", "samples", "reconstructed")),
    ],
)
def test_a_missing_model_is_named_and_the_rest_is_shown(
    visit: Visit, name: str, lost: tuple, kept: tuple, decoded: None, copied
) -> None:  # type: ignore[no-untyped-def]
    (copied / "mnist" / name / "card.json").unlink()
    at = visit("kl_and_beta")
    assert not at.exception
    (said,) = sentences(at)
    assert f"checkpoints/mnist/{name}/card.json is missing" in said
    assert not set(lost) & set(keys(at)) and set(kept) <= set(keys(at))
    assert result(at)


def test_the_page_opens_without_any_vae(visit: Visit, decoded: None, copied) -> None:  # type: ignore[no-untyped-def]
    for name in view.NAMES:
        (copied / "mnist" / name / "model.safetensors").unlink()
    at = visit("kl_and_beta")
    assert not at.exception
    assert len(sentences(at)) == len(view.NAMES)
