"""The page on anomalies: what is set apart, at which threshold, and where it is strange."""

import re

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from ae_models import datasets, metrics
from ae_models.artifacts import card, study
from ae_models.tasks.anomaly import detector
from tests.pages.conftest import Visit, chart, keys, result, sentences, sheet
from tests.pages.test_page_faults import draw, stroke
from ui.views.anomalies import cache


@pytest.fixture(autouse=True)
def made(lacking) -> None:  # type: ignore[no-untyped-def]
    for dataset in datasets.DATASETS:
        if not (card.folder(dataset, detector.NAME) / study.FILE).exists():
            lacking(f"needs the study {detector.NAME} of {dataset}")


def said(at: AppTest) -> str:
    return " ".join(e.value for e in (*at.main.caption, *at.main.markdown))


def confusion(at: AppTest) -> dict[str, list[str]]:
    """The table of who is taken for what, by column."""
    table = at.main.table[0].value
    return {str(name): list(table[name]) for name in table}


@pytest.mark.parametrize("dataset", datasets.DATASETS)
@pytest.mark.parametrize("normal", ["3", "all"])
def test_normal_and_strange_are_set_apart_beside_plain_ways(
    visit: Visit, dataset: str, normal: str, mode: str
) -> None:
    at = visit("anomalies", data=dataset, normal=normal)
    assert not at.exception and not sentences(at)
    kind = None if normal == "all" else 3
    crowd = cache.crowd(dataset, kind, kind is None)
    assert 800 < (~crowd.strange).sum() <= 1_000 == crowd.strange.sum()
    lines = [trace["name"] for trace in chart(at, "roc") if trace.get("name")]
    assert len(lines) == 6
    areas = [float(line.rsplit(", ", 1)[1]) for line in lines]
    for area, scores in zip(areas, crowd.scores.values(), strict=True):
        assert area == pytest.approx(metrics.auroc(scores, crowd.strange), abs=6e-4)
    assert areas[0] > areas[-1]  # mean brightness
    bars = chart(at, "histogram")
    assert [sum(bar["y"]) for bar in bars] == pytest.approx([1, 1])
    assert ("on decoded pictures" in said(at)) == (mode == "gallery")


def test_the_threshold_moves_the_line_the_verdicts_and_the_pictures(
    visit: Visit, decoded: None
) -> None:
    low, high = (visit("anomalies", threshold=value) for value in ("0", "6"))
    for at in (low, high):
        assert not at.exception
    columns = [confusion(at) for at in (low, high)]
    found, missed = (
        [float(column[name][0]) for column in columns]
        for name in ("taken for strange", "taken for normal")
    )
    alarms = [float(column["taken for strange"][1]) for column in columns]
    assert found[0] > found[1] and missed[0] < missed[1] and alarms[0] > alarms[1]
    assert found[0] + missed[0] == pytest.approx(50, abs=0.2)
    labels = [{row["label"] for row, _ in sheet(at, "pictures")} for at in (low, high)]
    assert {"Strangest", "Nearly missed", "Missed", "where"} <= labels[1]
    crowd = cache.crowd("mnist", 8, False)
    assert (sheet(low, "pictures")[0][1] == sheet(high, "pictures")[0][1]).all()
    strongest = np.argmax(np.where(crowd.strange, crowd.scores[cache.BOTH], -np.inf))
    assert (sheet(low, "pictures")[0][1][0] == crowd.pixels[strongest]).all()


def test_pictures_are_those_about_the_threshold(visit: Visit, decoded: None) -> None:
    rows = sheet(visit("anomalies", threshold="3"), "pictures")
    shown = {
        row["label"]: [float(c.split("·")[1]) for c in row["captions"] or ()] for row, _ in rows
    }
    assert all(score >= 3 for score in (*shown["Nearly missed"], *shown["False alarms"]))
    assert all(score <= 3 for score in shown["Missed"])
    assert shown["Nearly missed"] == sorted(shown["Nearly missed"])
    assert shown["Strangest"] == sorted(shown["Strangest"], reverse=True)
    for label, images in ((row["label"], images) for row, images in rows):
        assert images.shape[1:] == ((28, 28, 3) if label == "where" else (28, 28))


def test_a_rare_strangeness_lowers_the_precision(visit: Visit, decoded: None) -> None:
    texts = [said(visit("anomalies", share=share)) for share in ("1", "500")]
    rates = [re.search(r"Precision ([\d.]+)%, recall ([\d.]+)%", text) for text in texts]
    assert rates[0] and rates[1]
    assert float(rates[0][1]) < float(rates[1][1]) and rates[0][2] == rates[1][2]


def test_no_alarm_at_all_has_no_precision(visit: Visit, decoded: None, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    born = detector.verdicts
    monkeypatch.setattr(detector, "verdicts", lambda s, t, at, part: born(s, t, 1e9, part))
    at = visit("anomalies")
    assert not at.exception
    assert "Precision n/a, recall 0.0%" in said(at)


def test_one_kind_alone_is_said_and_has_no_figures(
    visit: Visit, decoded: None, monkeypatch
) -> None:  # type: ignore[no-untyped-def]
    whole = cache.crowd

    def alone(*asked: object) -> cache.Crowd:
        found = whole(*asked)  # type: ignore[arg-type]
        return found._replace(strange=np.zeros_like(found.strange))

    monkeypatch.setattr(cache, "crowd", alone)
    at = visit("anomalies")
    assert not at.exception
    assert [info.value for info in at.info] == [
        "All pictures are of one kind: there is nothing to set apart.",
        "AUROC: n/a",
    ]
    assert "Precision n/a, recall n/a" in said(at)


def test_the_other_data_set_is_stranger_still(visit: Visit, decoded: None) -> None:
    at = visit("anomalies", normal="8", strange="Fashion-MNIST")
    assert not at.exception
    areas = [float(trace["name"].rsplit(", ", 1)[1]) for trace in chart(at, "roc")[:1]]
    assert areas[0] > 0.99
    captions = " ".join(sheet(at, "pictures")[0][0]["captions"])
    assert any(name in captions for name in datasets.CLASS_NAMES["fashion"])


def test_a_drawing_has_a_score_and_a_place(visit: Visit, decoded: None) -> None:
    at = visit("anomalies", source="Draw", normal="0")
    assert "own" not in keys(at)
    draw(at, stroke())
    assert not at.exception
    ((row, images),) = sheet(at, "own")
    assert images.shape == (3, 28, 28, 3)
    assert float(row["label"].split()[1]) > 2  # a stroke is no zero
    below = re.match(r"stranger than (\d+)% of 0", row["note"])
    assert below and int(below[1]) > 90


def test_the_whole_split_comes_from_the_study(visit: Visit, decoded: None) -> None:
    at = visit("anomalies")
    test = study.read("mnist", detector.NAME).test
    assert test is not None
    table = at.main.table[-1].value
    assert table.iloc[0, 1] == f"{test.values['mean auroc, autoencoder']:.3f}"
    assert table.iloc[0, 2] == f"{test.values['auroc against fashion, autoencoder']:.3f}"
    assert not (table == "n/a").any().any()


def test_a_missing_detector_is_named_and_the_others_live_on(
    visit: Visit, decoded: None, copied
) -> None:  # type: ignore[no-untyped-def]
    (copied / "mnist" / "anomaly" / "8.safetensors").unlink()
    at = visit("anomalies")
    assert not at.exception
    (sentence,) = sentences(at)
    assert "checkpoints/mnist/anomaly/8.safetensors is missing" in sentence
    other = visit("anomalies", normal="7")
    assert not sentences(other) and result(other)
