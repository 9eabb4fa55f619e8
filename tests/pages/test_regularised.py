"""The pages on KL and beta, sparsity and contraction."""

import re
from collections.abc import Callable

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from ae_models import datasets
from ae_models.artifacts import card
from ae_models.artifacts.titles import title
from ae_models.metric_key import Metric
from tests.pages.conftest import Visit, keys, result, sentences, sheet
from tests.pages.test_page_contents import notes, pixels
from tests.pages.test_page_faults import draw, stroke
from ui.views.kl_and_beta import view

BETAS = {"vae-beta-0.25": 0.25, "vae": 1, "vae-beta-4": 4}


@pytest.fixture(autouse=True)
def trained(lacking) -> None:  # type: ignore[no-untyped-def]
    """These pages are about checkpoints that a first version may not have."""
    for dataset in datasets.DATASETS:
        for name in (*BETAS, "sparse", "contractive"):
            if not (card.folder(dataset, name) / "card.json").exists():
                lacking(f"needs the checkpoint {name} of {dataset}")


def captions(at: AppTest) -> str:
    return " ".join(caption.value for caption in at.main.caption)


@pytest.mark.parametrize("dataset", datasets.DATASETS)
def test_three_values_of_beta_are_compared(visit: Visit, dataset: str, mode: str) -> None:
    at = visit("kl_and_beta", data=dataset)
    labels = [f"beta {beta:g}" for beta in BETAS.values()]
    for key in ("traversal", "samples"):
        rows = sheet(at, key)
        assert [row["label"] for row, _ in rows] == labels
        for one, other in ((0, 1), (1, 2)):
            assert (rows[one][1] != rows[other][1]).any()
    assert [row["label"] for row, _ in sheet(at, "reconstructed")] == ["Original", *labels]
    assert ("decoded" in captions(at)) == (mode == "gallery")
    titles = [
        re.fullmatch(r"\*\*(beta .+): (\d+) of (\d+) dimensions active\*\*", m.value)
        for m in at.main.markdown
    ]
    found = {match[1]: int(match[2]) for match in titles if match}
    assert list(found) == labels
    assert found["beta 0.25"] >= found["beta 4"] > 0


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
    ("page", "name", "keys", "value", "shown"),
    [
        ("kl_and_beta", "vae", ["config", "beta"], 0.75, "beta 0.75"),
        ("kl_and_beta", "vae", ["test", "values", Metric("frechet")], 321.5, "Fréchet 321.5"),
        (
            "kl_and_beta",
            "vae-beta-0.25",
            ["test", "values", Metric("frechet", condition="real_halves")],
            7.7,
            "it is 7.7",
        ),
        ("sparsity", "sparse", ["test", "values", Metric("mse")], 0.4321, "Sparse: MSE 0.4321"),
        (
            "sparsity",
            "undercomplete",
            ["test", "values", Metric("mse")],
            0.1234,
            ", 32: MSE 0.1234",
        ),
        (
            "contraction",
            "contractive",
            ["test", "values", Metric("mse")],
            0.4321,
            "active: MSE 0.4321",
        ),
        ("contraction", "undercomplete", ["test", "values", Metric("mse")], 0.1234, "MSE 0.1234"),
        (
            "contraction",
            "contractive",
            ["test", "values", Metric("psnr", corruption="Gaussian", strength=0.5)],
            99.5,
            "and 99.5 dB",
        ),
    ],
)
def test_figures_are_those_of_the_card(
    visit: Visit,
    page: str,
    name: str,
    keys: list[str | Metric],
    value: float,
    shown: str,
    decoded: None,
    changed_card: Callable[..., None],
) -> None:
    assert shown not in everything(visit(page))
    changed_card(name, keys, value)
    at = visit(page)
    assert not at.exception
    assert shown in everything(at)


def test_active_units_of_the_card_are_not_shown_beside_decoded_images(
    visit: Visit, mode: str, changed_card: Callable[..., None]
) -> None:
    changed_card("sparse", ["test", "values", Metric("active_units")], 123.4)
    at = visit("sparsity")
    assert not at.exception
    assert ("with 123.4 of 256" in everything(at)) == (mode == "original")


def everything(at: AppTest) -> str:
    """All text on the page, that of the picture sheets too."""
    rows = [row for key in ("samples", "traversal") if key in keys(at) for row, _ in sheet(at, key)]
    return " ".join([captions(at), *(f"{row['label']} {row['note']}" for row in rows)])


@pytest.mark.parametrize("dataset", datasets.DATASETS)
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


@pytest.mark.parametrize("dataset", datasets.DATASETS)
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


@pytest.mark.parametrize(
    ("page", "name", "lost", "kept"),
    [
        ("kl_and_beta", "vae-beta-4", (), ("traversal", "samples", "reconstructed")),
        ("sparsity", "sparse", ("whole", "built", "top_activating"), ()),
        ("sparsity", "undercomplete", (), ("whole", "built", "top_activating")),
        ("contraction", "contractive", (), ("perturbed", "directions")),
    ],
)
def test_a_missing_model_is_named_and_the_rest_is_shown(
    visit: Visit, page: str, name: str, lost: tuple, kept: tuple, decoded: None, copied
) -> None:  # type: ignore[no-untyped-def]
    (copied / "mnist" / name / "card.json").unlink()
    at = visit(page)
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
