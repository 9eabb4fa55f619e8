"""The shipped clustering: made without labels, used without UMAP, and its figures."""

import math
import sys
from typing import NoReturn

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from sklearn.neighbors import NearestNeighbors

from ae_models import datasets
from ae_models.artifacts import checkpoint, image_source, study
from ae_models.artifacts.card import CheckpointError, read_card
from ae_models.pipeline import studies
from ae_models.tasks.clustering import methods, parametric_umap
from ae_models.tasks.clustering import study as clustering_study
from ae_models.training.phases import GradientPhase
from tests.tolerance import moved

TARGETS = {"mnist": 0.95, "fashion": 0.65}  # accuracy on the whole test split


class Sealed:
    """Labels that raise an error on every access."""

    def __getattribute__(self, name: str) -> NoReturn:
        raise AssertionError(f"a label was looked at, by {name}")

    def __array__(self, *_args: object, **_kwargs: object) -> NoReturn:
        raise AssertionError("labels were made an array")

    def __len__(self) -> NoReturn:
        raise AssertionError("labels were counted")

    def __getitem__(self, _key: object) -> NoReturn:
        raise AssertionError("a label was looked up")

    def __iter__(self) -> NoReturn:
        raise AssertionError("labels were gone through")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch, put, digits) -> NDArray[np.uint8]:
    """A making that takes a second: few images, a random code, principal axes for UMAP."""

    def flat(codes: torch.Tensor, widths: tuple[int, ...]) -> list[torch.Tensor]:
        parts, sizes, _ = torch.linalg.svd(codes - codes.mean(0), full_matrices=False)
        found = (parts * sizes)[:, : max(widths)]
        found = torch.nn.functional.pad(found, (0, max(widths) - found.shape[1]))
        return [found[:, :width] for width in widths]

    put("conv")
    monkeypatch.setattr(clustering_study, "umap", flat)
    monkeypatch.setattr(clustering_study, "PHASE", GradientPhase(2, 2e-3, part="whole"))
    monkeypatch.setattr(clustering_study, "STARTS", 1)
    monkeypatch.setattr(datasets, "VALIDATION", 200)
    return datasets.to_pixels(digits[0][:900])


def offered(monkeypatch: pytest.MonkeyPatch, pixels: NDArray[np.uint8], labels: object) -> None:
    """Provide training images with such labels; reading the test split fails."""

    def read(dataset: str, split: datasets.Split) -> datasets.Images:
        assert split == "train", "the test split was asked for"
        return datasets.Images(pixels, labels, decoded=False)  # type: ignore[arg-type]

    monkeypatch.setattr(datasets, "original", read)
    monkeypatch.setattr(image_source, "load", read)


def made(dataset: str = "mnist") -> dict[str, bytes]:
    def report(done: int, total: int, _what: str, left: float) -> None:
        assert 0 < done <= total and math.isfinite(left)

    return clustering_study.make(dataset, report)


def shipped(files: dict[str, bytes]) -> None:
    """Puts the files of a study in place, with an account that vouches for them."""
    about = {"method": "", "seconds": 0, "device": "CPU", "files": {}}
    origin = study.origin("mnist", ("conv",))
    study.write(
        study.Study(name=parametric_umap.NAME, dataset="mnist", origin=origin, **about), files
    )


def test_reading_forbidden_data_is_detected() -> None:
    for look in (np.asarray, len, list, torch.as_tensor, lambda labels: labels.max()):
        with pytest.raises((AssertionError, RuntimeError, TypeError)):
            look(Sealed())


def test_no_label_and_no_test_image_reaches_the_making(
    quick: NDArray[np.uint8], monkeypatch: pytest.MonkeyPatch
) -> None:
    offered(monkeypatch, quick, Sealed())
    blind = made()
    rng = np.random.default_rng(0)
    for labels in (np.zeros(len(quick), np.int64), rng.integers(0, 10, len(quick))):
        offered(monkeypatch, quick, labels)
        assert made() == blind
    offered(monkeypatch, 255 - quick, Sealed())
    assert made() != blind  # it does look at the pictures


def test_it_uses_no_model_trained_with_labels(original) -> None:
    original("mnist", "train")
    assert not {"cvae", "cvae-attributes", "gan", "judge"} & set(clustering_study.NEEDS)
    for dataset in datasets.DATASETS:
        for name in clustering_study.NEEDS:  # the study that one of them needs says "no label"
            recipe = str(read_card(dataset, name).describe())
            assert "label" not in recipe, (dataset, name)
    invariant = study.read("fashion", parametric_umap.INVARIANT).method
    assert "label" not in invariant.replace("no label", "")


def test_what_is_made_can_be_read_and_assigns_each_image(
    quick: NDArray[np.uint8], monkeypatch: pytest.MonkeyPatch
) -> None:
    offered(monkeypatch, quick, Sealed())
    shipped(made())
    x = datasets.to_tensor(quick[:40])
    found = methods.assign("mnist", x)
    assert found.dtype == torch.int64 and found.shape == (40,)
    assert set(found.tolist()) <= set(range(parametric_umap.clusters("mnist")))
    alone = torch.cat([methods.assign("mnist", one) for one in x[:8].split(1)])
    assert alone.tolist() == found[:8].tolist()
    assert methods.assign("mnist", x[:0]).shape == (0,)


def test_a_net_of_another_code_is_refused(
    quick: NDArray[np.uint8], monkeypatch: pytest.MonkeyPatch, put
) -> None:
    offered(monkeypatch, quick, Sealed())
    shipped(made())
    parametric_umap.load("mnist")
    with torch.random.fork_rng():
        put("conv", config={"latent_dim": 5}, latent_dim=5, sha256="0" * 64)
    with pytest.raises(CheckpointError, match="other weights of conv"):
        parametric_umap.load("mnist")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda t: t.pop("body.0.weight"),
        lambda t: t.update(mean=t["mean"] * torch.nan),
        lambda t: t.update({"body.4.bias": t["body.4.bias"][:3]}),
        lambda t: t.pop("mean"),
    ],
    ids=["lacks a weight", "not finite", "wrong shape", "lacks the mean"],
)
def test_a_damaged_file_is_refused_by_name(
    spoil, quick: NDArray[np.uint8], monkeypatch: pytest.MonkeyPatch
) -> None:
    from safetensors.torch import load as parse

    offered(monkeypatch, quick, Sealed())
    tensors = parse(made()[parametric_umap.FILE])
    spoil(tensors)
    shipped({parametric_umap.FILE: checkpoint.to_bytes(tensors)})
    with pytest.raises(CheckpointError, match=r"clusters/clusters\.safetensors is damaged"):
        parametric_umap.load("mnist")


def test_neighbours_are_exact_and_each_row_is_its_own_first() -> None:
    rows = torch.randn(300, 5, generator=torch.Generator().manual_seed(0))
    rows[7] = rows[3]  # the same twice
    numbers, distances = clustering_study.neighbours(rows, 6)
    away, expected = NearestNeighbors(n_neighbors=6).fit(rows.numpy()).kneighbors(rows.numpy())
    np.testing.assert_allclose(distances, away, atol=2e-3)
    assert numbers[:, 0].tolist() == list(range(300))
    others = np.setdiff1d(np.arange(300), [3, 7])
    found, wanted = (np.where(each == 7, 3, each)[others] for each in (numbers, expected))
    np.testing.assert_array_equal(found, wanted)  # either of the two may come first


def test_without_umap_the_making_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "umap", None)
    with pytest.raises(clustering_study.UmapMissing, match="requirements-train"):
        clustering_study.umap(torch.randn(50, 4), (2,))


def test_umap_keeps_neighbours_together() -> None:
    pytest.importorskip("umap")
    labels = np.repeat([0, 1, 2], 60)
    rows = torch.from_numpy(np.random.default_rng(0).normal(size=(180, 6)) + 9 * np.eye(6)[labels])
    (plane,) = clustering_study.umap(rows.float(), (2,))
    near = NearestNeighbors(n_neighbors=5).fit(plane.numpy()).kneighbors(return_distance=False)
    assert (labels[near] == labels[:, None]).mean() > 0.99


@pytest.mark.parametrize("dataset", datasets.DATASETS)
def test_the_shipped_setting_reaches_its_target_and_the_figures_hold(
    dataset: str, original, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = study.read(dataset, parametric_umap.NAME)
    assert account.test is not None and account.check is not None
    assert account.method == clustering_study.describe(dataset)
    assert account.origin == study.origin(dataset, studies.needs(dataset, parametric_umap.NAME))
    assert account.test[methods.metrics_of(methods.SHIPPED)[0]] >= TARGETS[dataset]
    monkeypatch.setitem(sys.modules, "umap", None)
    images = original(dataset, "test")
    x = datasets.to_tensor(images.pixels[: account.check.images])
    found = methods.assign(dataset, x).numpy()
    scores = methods.scores(found, images.labels[: len(x)])
    figures = dict(zip(methods.metrics_of(methods.SHIPPED), scores, strict=True))
    assert not moved(figures, account.check.values, len(x))
