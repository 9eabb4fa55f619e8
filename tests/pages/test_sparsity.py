"""The page on sparsity."""

import re
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from ae_models import datasets
from ae_models.artifacts import card
from ae_models.artifacts.titles import title
from ae_models.metric_key import Metric
from tests.pages.conftest import EACH_MODE, Visit, keys, result, sentences, sheet


@pytest.fixture(autouse=True)
def trained(lacking) -> None:  # type: ignore[no-untyped-def]
    """The page is about checkpoints that a first version may not have."""
    for dataset in datasets.DATASETS:
        for name in ("sparse", "undercomplete"):
            if not (card.folder(dataset, name) / "card.json").exists():
                lacking(f"needs the checkpoint {name} of {dataset}")


def captions(at: AppTest) -> str:
    return " ".join(caption.value for caption in at.main.caption)


@EACH_MODE
def test_cumulative_reconstructions_add_units(visit: Visit, dataset: str, mode: str) -> None:
    at = visit("sparsity", data=dataset, first="4")
    (atoms, colours), (_, so_far) = sheet(at, "built")
    assert colours.shape == (4, 28, 28, 3) and so_far.shape == (4, 28, 28)
    shares = [int(text.split("·")[1].strip(" %")) for text in atoms["captions"]]
    assert shares == sorted(shares, reverse=True)
    ((row, images),) = sheet(at, "whole")
    assert (images[1] == so_far[-1]).all()
    active = int(row["note"].split()[0])
    assert row["captions"][2].startswith(f"all {active},")
    decibels = [float(text.split(", ")[1].split()[0]) for text in row["captions"][1:]]
    assert decibels[1] > decibels[0]
    more = sheet(visit("sparsity", data=dataset, first="6"), "built")
    assert (more[1][1][:4] == so_far).all()
    assert ("decoded" in captions(at)) == (mode == "gallery")


def test_few_sparse_units_and_all_dense_units_are_active(visit: Visit, decoded: None) -> None:
    at = visit("sparsity", source_number="3")
    titles = [chart.proto.alt for chart in at.main.get("plotly_chart")]
    sparse, dense = (
        re.match(rf"{name}: (\d+) of (\d+) ", " ".join(t for t in titles if t.startswith(name)))
        for name in (title("sparse"), title("undercomplete"))
    )
    assert sparse and dense
    assert 0 < int(sparse[1]) < int(sparse[2]) / 3
    assert dense[1] == dense[2]


@pytest.mark.parametrize(
    ("name", "keys", "value", "shown"),
    [
        ("sparse", ["test", "values", Metric("mse")], 0.4321, "Sparse: MSE 0.4321"),
        ("undercomplete", ["test", "values", Metric("mse")], 0.1234, ", 32: MSE 0.1234"),
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
    assert shown not in captions(visit("sparsity"))
    changed_card(name, keys, value)
    at = visit("sparsity")
    assert not at.exception
    assert shown in captions(at)


def test_active_units_of_the_card_are_not_shown_beside_decoded_images(
    visit: Visit, mode: str, changed_card: Callable[..., None]
) -> None:
    changed_card("sparse", ["test", "values", Metric("active_units")], 123.4)
    at = visit("sparsity")
    assert not at.exception
    assert ("with 123.4 of 256" in captions(at)) == (mode == "original")


@pytest.mark.parametrize(
    ("name", "lost", "kept"),
    [
        ("sparse", ("whole", "built", "top_activating"), ()),
        ("undercomplete", (), ("whole", "built", "top_activating")),
    ],
)
def test_a_missing_model_is_named_and_the_rest_is_shown(
    visit: Visit, name: str, lost: tuple, kept: tuple, decoded: None, copied
) -> None:  # type: ignore[no-untyped-def]
    (copied / "mnist" / name / "card.json").unlink()
    at = visit("sparsity")
    assert not at.exception
    (said,) = sentences(at)
    assert f"checkpoints/mnist/{name}/card.json is missing" in said
    assert not set(lost) & set(keys(at)) and set(kept) <= set(keys(at))
    assert result(at)
