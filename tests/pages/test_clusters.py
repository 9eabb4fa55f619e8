"""The Clusters page: figures are those of the tasks, and what fails is named."""

from pathlib import Path

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from ae_models import datasets
from ae_models.artifacts import card, image_source, study
from ae_models.tasks.clustering import methods, parametric_umap
from tests.pages.conftest import EACH_MODE, Visit, chart, forget, keys, sentences, sheet
from tests.pages.pad import draw, stroke
from ui.views.clusters import cache

COUNT = 2_000  # pictures that a first visit clusters


@pytest.fixture(autouse=True)
def made(lacking) -> None:  # type: ignore[no-untyped-def]
    for dataset in datasets.DATASETS:
        if not (card.folder(dataset, parametric_umap.NAME) / study.FILE).exists():
            lacking(f"needs the clusters of {dataset}")


def cells(at: AppTest, number: int = 0) -> dict[str, list[str]]:
    """A table of the page by its first column."""
    frame = at.main.table[number].value
    return {str(row.iloc[0]): [str(cell) for cell in row.iloc[1:]] for _, row in frame.iterrows()}


def words(scores: methods.Scores) -> list[str]:
    return [f"{score:.3f}" for score in scores]


def captions(at: AppTest) -> str:
    return " ".join(caption.value for caption in at.main.caption)


@EACH_MODE
def test_the_scores_are_those_of_the_tasks(visit: Visit, dataset: str, mode: str) -> None:
    at = visit("clusters", data=dataset)
    shown = cells(at)
    images = image_source.load(dataset, "test")
    x, labels = datasets.to_tensor(images.pixels[:COUNT]), images.labels[:COUNT]
    given = methods.assign(dataset, x).numpy()
    assert shown["shipped setting"] == words(methods.scores(given, labels))
    rows = methods.representations(dataset, x)
    for label, name in (
        ("chosen above", methods.PLAIN),
        ("k-means on pixels", "pixels"),
        ("k-means on PCA, 32", "pca-32"),
    ):
        found = methods.cluster(rows[name], "k-means", 10, 0)
        near = methods.scores(found, labels)
        assert [float(cell) for cell in shown[label]] == pytest.approx(near, abs=0.01), label
    assert ("decoded" in captions(at)) == (mode == "gallery")


def test_every_picture_stands_once_in_the_confusion_and_on_the_map(
    visit: Visit, decoded: None
) -> None:
    at = visit("clusters", among="500")
    (field,) = chart(at, "confusion")
    assert sum(int(n) for row in field["text"] for n in row if n) == 500
    for colour in ("Cluster", "Label"):
        by = visit("clusters", among="500", colour=colour)
        ids = np.concatenate([trace["customdata"] for trace in chart(by, "clusters_map")])
        assert sorted(ids.tolist()) == list(range(500))
    labels = image_source.load("mnist", "test").labels
    for trace in chart(by, "clusters_map"):
        assert {str(label) for label in labels[trace["customdata"]]} == {trace["name"]}


def test_typical_members_come_from_their_cluster(visit: Visit, decoded: None) -> None:
    at = visit("clusters", rows="pixels")
    pixels = image_source.load("mnist", "test").pixels[:COUNT]
    found = cache.clusters("mnist", "pixels", "k-means", 10, COUNT, 0)
    where = {picture.tobytes(): number for number, picture in enumerate(pixels)}
    for key in ("typical", "odd"):
        rows = sheet(at, key)
        assert [row["label"] for row, _ in rows] == [f"cluster {n}" for n in range(1, 11)]
        for number, (_row, pictures) in enumerate(rows):
            assert {found[where[picture.tobytes()]] for picture in pictures} == {number}


def test_more_clusters_than_colours_are_shown(visit: Visit, decoded: None) -> None:
    at = visit("clusters", clusters="20")
    assert not at.exception
    looks = [(t["marker"]["color"], t["marker"]["symbol"]) for t in chart(at, "clusters_map")]
    assert len(looks) == len(set(looks)) == 20


def test_hdbscan_finds_the_number_itself_and_shows_its_noise_points(
    visit: Visit, decoded: None
) -> None:
    at = visit("clusters", algorithm="HDBSCAN", rows="map")
    assert not at.exception and at.slider(key="clusters").disabled
    found = cache.clusters("mnist", "map", "HDBSCAN", 10, COUNT, 0)
    (field,) = chart(at, "confusion")
    assert len(field["text"]) == len(np.unique(found))
    assert cache.clusters("mnist", "map", "HDBSCAN", 4, COUNT, 0).tolist() == found.tolist()


def test_what_cannot_be_clustered_is_said_and_the_rest_works(
    visit: Visit, decoded: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "vectors", lambda *_: np.ones((10_000, 3), np.float32))
    forget()
    for algorithm in methods.ALGORITHMS:
        at = visit("clusters", algorithm=algorithm)
        assert not at.exception, algorithm
        said = [info.value.lower() for info in at.info]
        assert any("all of these images are identical" in each for each in said), algorithm
        shown = cells(at)
        assert shown["chosen above"] == shown["k-means on pixels"] == ["n/a"] * 3, algorithm
        assert "n/a" not in shown["shipped setting"]
        assert "own_group" in keys(at) and "typical" not in keys(at)
    forget()


def test_more_clusters_than_different_images_is_said(
    visit: Visit, decoded: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "vectors", lambda *_: np.tile(np.eye(3), (4_000, 1)))
    forget()
    at = visit("clusters")
    assert any("more clusters than" in info.value for info in at.info)
    assert not visit("clusters", clusters="3").info
    forget()


def test_one_class_has_nothing_to_be_scored_on(
    visit: Visit, decoded: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ui.cache import image_sets

    one = image_source.load("mnist", "test")
    one = datasets.frozen(one.pixels.copy(), np.zeros(len(one.labels), np.int64), decoded=True)
    monkeypatch.setattr(image_sets, "images", lambda *_args: one)
    at = visit("clusters")
    assert not at.exception
    assert all(row == ["n/a"] * 3 for row in cells(at).values())


def flip_a_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-5] ^= 4
    path.write_bytes(content)


def test_without_the_shipped_setting_the_rest_works(
    visit: Visit, decoded: None, copied: Path
) -> None:
    for damage, word in ((flip_a_bit, "is damaged"), (Path.unlink, "is missing")):
        damage(copied / "mnist" / parametric_umap.NAME / parametric_umap.FILE)
        at = visit("clusters")
        assert not at.exception
        (said,) = sentences(at)
        assert f"{parametric_umap.FILE} {word}" in said
        assert "train clusters --dataset mnist" in said
        shown = cells(at)
        assert shown["shipped setting"] == ["n/a"] * 3
        assert "n/a" not in shown["chosen above"]
        assert "typical" in keys(at) and "own_group" not in keys(at)


@pytest.mark.parametrize("dataset", ["fashion"])
def test_a_drawing_is_assigned_to_a_cluster(visit: Visit, decoded: None, dataset: str) -> None:
    at = draw(visit("clusters", data=dataset, source="Draw"), stroke())
    (_seen, picture), (near, pictures) = sheet(at, "own_group")
    x = datasets.to_tensor(picture)
    group = int(methods.assign(dataset, x)[0])
    assert f"cluster {group + 1}," in _seen["note"]
    assert near["count"] == len(pictures) == 10
    pixels = image_source.load(dataset, "test").pixels
    where = {each.tobytes(): number for number, each in enumerate(pixels)}
    numbers = [where[each.tobytes()] for each in pictures]
    others = methods.assign(dataset, datasets.to_tensor(pixels[numbers]))
    assert torch.equal(others, torch.full((10,), group))


def test_the_figures_of_the_whole_split_come_from_the_study(
    visit: Visit, decoded: None, copied: Path
) -> None:
    account = study.read("mnist", parametric_umap.NAME)
    assert account.test is not None
    values = dict(account.test.values)
    values[methods.metrics_of("k-means", "pixels")[0]] = 0.123
    values[methods.metrics_of("HDBSCAN", "map")[1]] = 0.0
    values.pop(methods.metrics_of("HDBSCAN", "pixels")[2], None)
    test = account.test.model_copy(update={"values": values})
    study.write_account(account.model_copy(update={"test": test}))
    forget()
    shown = cells(visit("clusters"), 1)
    assert shown["pixels"][0].startswith("0.123 / ")
    assert shown["pixels"][2].endswith(" / n/a")
    assert " / 0.000 / " in shown["UMAP of the Convolutional code"][2]
    told = [values[metric] for metric in methods.metrics_of(methods.SHIPPED)]
    assert shown["shipped setting"][1] == " / ".join(f"{value:.3f}" for value in told)
