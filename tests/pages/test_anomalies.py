"""The Anomalies page: scores, threshold, confusion counts, examples, and what is missing."""

import re

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from ae_models import datasets, metrics
from ae_models.artifacts import card, study
from ae_models.metric_key import Metric
from ae_models.tasks.anomaly import detector, evaluation
from tests.pages.conftest import EACH_MODE, Visit, chart, keys, result, sentences, sheet
from tests.pages.pad import draw, stroke
from ui.views.anomalies import cache

HIGHEST = "Anomalies, highest scores"
TRUE_POSITIVES = "True positives near the threshold"
FALSE_NEGATIVES = "False negatives, lowest scores"
FALSE_POSITIVES = "False positives, highest scores"


@pytest.fixture(autouse=True)
def made(lacking) -> None:  # type: ignore[no-untyped-def]
    for dataset in datasets.DATASETS:
        if not (card.folder(dataset, detector.NAME) / study.FILE).exists():
            lacking(f"needs the study {detector.NAME} of {dataset}")


def said(at: AppTest) -> str:
    return " ".join(e.value for e in (*at.main.caption, *at.main.markdown))


def confusion(at: AppTest) -> dict[str, list[str]]:
    """The confusion matrix by column."""
    table = at.main.table[0].value
    return {str(name): list(table[name]) for name in table}


@EACH_MODE
@pytest.mark.parametrize("normal", ["3", "all"])
def test_curves_and_histogram_are_those_of_the_scores(
    visit: Visit, dataset: str, normal: str, mode: str
) -> None:
    at = visit("anomalies", data=dataset, normal=normal)
    assert not at.exception and not sentences(at)
    kind = None if normal == "all" else 3
    scored = cache.scored_set(dataset, kind, kind is None)
    assert 800 < (~scored.is_anomaly).sum() <= 1_000 == scored.is_anomaly.sum()
    lines = [trace["name"] for trace in chart(at, "roc") if trace.get("name")]
    assert len(lines) == 6
    areas = [float(line.rsplit(", ", 1)[1]) for line in lines]
    for area, scores in zip(areas, scored.scores.values(), strict=True):
        assert area == pytest.approx(metrics.auroc(scores, scored.is_anomaly), abs=6e-4)
    assert areas[0] > areas[-1]  # mean brightness
    bars = chart(at, "histogram")
    assert [sum(bar["y"]) for bar in bars] == pytest.approx([1, 1])
    assert ("decoded" in said(at)) == (mode == "gallery")


def test_the_threshold_moves_the_counts_and_the_examples(visit: Visit, decoded: None) -> None:
    low, high = (visit("anomalies", threshold=value) for value in ("0", "6"))
    for at in (low, high):
        assert not at.exception
    columns = [confusion(at) for at in (low, high)]
    found, missed = (
        [float(column[name][0]) for column in columns]
        for name in ("classified as anomaly", "classified as normal")
    )
    false = [float(column["classified as anomaly"][1]) for column in columns]
    assert found[0] > found[1] and missed[0] < missed[1] and false[0] > false[1]
    assert found[0] + missed[0] == pytest.approx(50, abs=0.2)
    labels = [{row["label"] for row, _ in sheet(at, "pictures")} for at in (low, high)]
    assert {HIGHEST, TRUE_POSITIVES, FALSE_NEGATIVES, "Anomaly map"} <= labels[1]
    scored = cache.scored_set("mnist", 8, False)
    assert (sheet(low, "pictures")[0][1] == sheet(high, "pictures")[0][1]).all()
    strongest = np.argmax(np.where(scored.is_anomaly, scored.scores[evaluation.COMBINED], -np.inf))
    assert (sheet(low, "pictures")[0][1][0] == scored.pixels[strongest]).all()


def test_examples_are_those_near_the_threshold(visit: Visit, decoded: None) -> None:
    rows = sheet(visit("anomalies", threshold="3"), "pictures")
    shown = {
        row["label"]: [float(c.split("·")[1].replace("−", "-")) for c in row["captions"] or ()]
        for row, _ in rows
    }
    assert all(score >= 3 for score in (*shown[TRUE_POSITIVES], *shown[FALSE_POSITIVES]))
    assert all(score <= 3 for score in shown[FALSE_NEGATIVES])
    assert shown[TRUE_POSITIVES] == sorted(shown[TRUE_POSITIVES])
    assert shown[HIGHEST] == sorted(shown[HIGHEST], reverse=True)
    for label, images in ((row["label"], images) for row, images in rows):
        assert images.shape[1:] == ((28, 28, 3) if label == "Anomaly map" else (28, 28))


def test_a_low_prevalence_lowers_the_precision(visit: Visit, decoded: None) -> None:
    texts = [said(visit("anomalies", share=share)) for share in ("1", "500")]
    rates = [re.search(r"Precision ([\d.]+)%, recall ([\d.]+)%", text) for text in texts]
    assert rates[0] and rates[1]
    assert float(rates[0][1]) < float(rates[1][1]) and rates[0][2] == rates[1][2]


def test_without_a_detection_there_is_no_precision(
    visit: Visit, decoded: None, monkeypatch
) -> None:  # type: ignore[no-untyped-def]
    counts = evaluation.confusion_counts
    monkeypatch.setattr(
        evaluation, "confusion_counts", lambda s, t, _threshold, share: counts(s, t, 1e9, share)
    )
    at = visit("anomalies")
    assert not at.exception
    assert "Precision n/a, recall 0.0%" in said(at)


def test_without_anomalies_there_are_no_figures(visit: Visit, decoded: None, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    whole = cache.scored_set

    def normal_alone(*selection: object) -> evaluation.ScoredSet:
        found = whole(*selection)  # type: ignore[arg-type]
        return found._replace(is_anomaly=np.zeros_like(found.is_anomaly))

    monkeypatch.setattr(cache, "scored_set", normal_alone)
    at = visit("anomalies")
    assert not at.exception
    assert [info.value for info in at.info] == [
        "Precision, recall and ROC need both normal images and anomalies.",
        "AUROC: n/a",
    ]
    assert "Precision n/a, recall n/a" in said(at)


def test_images_of_the_other_data_set_are_detected(visit: Visit, decoded: None) -> None:
    at = visit("anomalies", normal="8", strange="Fashion-MNIST")
    assert not at.exception
    areas = [float(trace["name"].rsplit(", ", 1)[1]) for trace in chart(at, "roc")[:1]]
    assert areas[0] > 0.99
    captions = " ".join(sheet(at, "pictures")[0][0]["captions"])
    assert any(name in captions for name in datasets.DATASETS["fashion"].classes)


def test_a_drawing_has_a_score_and_an_anomaly_map(visit: Visit, decoded: None) -> None:
    at = visit("anomalies", source="Draw", normal="0")
    assert "own" not in keys(at)
    draw(at, stroke())
    assert not at.exception
    ((row, images),) = sheet(at, "own")
    assert images.shape == (3, 28, 28, 3)
    assert float(row["label"].split()[1]) > 2  # a stroke is no zero
    below = re.match(r"higher than that of (\d+)% of the normal", row["note"])
    assert below and int(below[1]) > 90


def test_the_whole_split_comes_from_the_study(visit: Visit, decoded: None) -> None:
    at = visit("anomalies")
    test = study.read("mnist", detector.NAME).test
    assert test is not None
    table = at.main.table[-1].value
    mean = Metric("auroc", method="combined score", aggregate="classes")
    foreign = Metric("auroc", method="combined score", source="fashion")
    assert table.iloc[0, 1] == f"{test[mean]:.3f}"
    assert table.iloc[0, 2] == f"{test[foreign]:.3f}"
    assert not (table == "n/a").any().any()


def test_a_missing_detector_is_named_and_the_others_work(
    visit: Visit, decoded: None, copied
) -> None:  # type: ignore[no-untyped-def]
    (copied / "mnist" / "anomaly" / "8.safetensors").unlink()
    at = visit("anomalies")
    assert not at.exception
    (sentence,) = sentences(at)
    assert "checkpoints/mnist/anomaly/8.safetensors is missing" in sentence
    other = visit("anomalies", normal="7")
    assert not sentences(other) and result(other)
