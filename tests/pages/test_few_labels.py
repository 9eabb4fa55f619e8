"""The Few labels page: shipped curves, a live split, and splits that cannot be fitted."""

import json

import numpy as np
import pytest

from ae_models import datasets
from ae_models.artifacts import card, study
from ae_models.tasks.few_labels import methods
from tests.pages.conftest import Visit, chart, forget, keys, sentences, sheet
from ui.cache import image_sets
from ui.views.few_labels import cache
from ui.views.few_labels.curves import features_title
from ui.views.few_labels.live_split import FOUND

SVM = {"heads": ["RBF SVM"], "features": ["conv"]}


@pytest.fixture(autouse=True)
def made(lacking) -> None:
    """Without curves there is no page."""
    for dataset in datasets.DATASETS:
        if not (card.folder(dataset, methods.NAME) / study.FILE).exists():
            lacking(f"needs the study {methods.NAME} of {dataset}")


def spoken(at) -> str:
    return " ".join(caption.value for caption in at.main.caption)


@pytest.mark.parametrize("dataset", datasets.DATASETS)
def test_curves_are_the_shipped_ones_with_pixels_beside(
    visit: Visit, dataset: str, decoded: None
) -> None:
    at = visit("few_labels", data=dataset, features=["vae"], heads=["RBF SVM"])
    lines = {trace["name"]: trace for trace in chart(at, "curves") if "name" in trace}
    assert set(lines) == {"RBF SVM on pixels", "RBF SVM on VAE"}
    content = (card.folder(dataset, methods.NAME) / methods.FILE).read_text()
    for curve in json.loads(content)["curves"]:
        line = lines.get(f"{curve['head']} on {features_title(curve['features'])}")
        if line is not None:
            values = np.array(curve["accuracy"])
            assert line["y"] == pytest.approx(values.mean(axis=1), abs=1e-5)
            assert line["customdata"] == pytest.approx(values.std(axis=1, ddof=1), abs=1e-5)
            assert list(line["x"]) == list(methods.SIZES)


def test_a_split_shows_its_images_and_accuracy(visit: Visit, mode: str) -> None:
    at = visit("few_labels", fit="true", total="50", draw="3", **SVM)
    assert not sentences(at)
    pool = cache.pool("mnist")
    rows = methods.split(pool.labels, 50, 3)
    shown = sheet(at, "drawn")
    assert [row["label"] for row, _ in shown] == list(datasets.DATASETS["mnist"].classes)
    for number, (_, pictures) in enumerate(shown):
        assert (pictures == pool.pixels[rows[pool.labels[rows] == number]]).all()
    bars, *marks = chart(at, "right")
    assert list(bars["y"]) == ["RBF SVM on pixels", "RBF SVM on Convolutional"]
    asked = cache.queries("mnist")
    pixels = methods.concatenate(
        *(methods.features([], images) for images in (pool.pixels, asked.pixels))
    )
    predicted = methods.svm(pixels, rows, pool.labels[rows])
    right = methods.accuracy(predicted, asked.labels)
    assert bars["x"][0] == pytest.approx(right, abs=1e-6)
    assert bool(marks) == (mode == "original")  # no card's figure beside decoded pictures
    assert ("decoded" in spoken(at)) == (mode == "gallery")


def test_misclassified_images_are_misclassified(visit: Visit, decoded: None) -> None:
    at = visit("few_labels", fit="true", **SVM, wrong="RBF SVM on conv")
    ((row, pictures),) = sheet(at, "wrong_pictures")
    predicted = cache.predictions("mnist", ("RBF SVM", "conv"), 100, 0, ())
    labels = image_sets.images("mnist").labels[: len(predicted)]
    wrong = np.flatnonzero(predicted != labels)
    assert row["note"].startswith(f"{len(wrong):,} of ")
    assert (pictures == image_sets.images("mnist").pixels[wrong[: len(pictures)]]).all()
    assert row["captions"][0] == f"{labels[wrong[0]]} → {predicted[wrong[0]]}"


def test_a_class_without_labels_is_never_predicted(visit: Visit, decoded: None) -> None:
    at = visit("few_labels", fit="true", total="10", without=["7"], **SVM)
    assert not at.exception
    assert [row["label"] for row, _ in sheet(at, "drawn")] == list("012345689")
    assert 7 not in cache.predictions("mnist", ("RBF SVM", "conv"), 10, 0, (7,))
    captions = sheet(at, "wrong_pictures")[0][0]["captions"]
    assert captions and not any(caption.endswith("→ 7") for caption in captions)


@pytest.mark.parametrize(("left", "said"), [("0", "one class"), ("", "cannot be fitted")])
def test_one_class_or_none_gives_a_message_and_no_number(
    visit: Visit, decoded: None, left: str, said: str
) -> None:
    without = [name for name in datasets.DATASETS["mnist"].classes if name != left]
    at = visit("few_labels", fit="true", without=without, **SVM)
    assert not at.exception
    assert any(said in info.value for info in at.info)
    bars = chart(at, "right")[0]
    assert set(bars["text"]) == {"n/a"}


def test_nothing_is_fitted_unasked_and_fitting_can_be_stopped(visit: Visit, decoded: None) -> None:
    at = visit("few_labels", **SVM)
    assert FOUND in at.session_state and not at.session_state[FOUND]
    assert "right" not in keys(at, "plotly_chart")
    whole = list(chart(at.toggle(key="fit").set_value(True).run(), "right")[0]["y"])
    # As if it had been switched off after the first method.
    first = ("RBF SVM", "pixels")
    at.session_state[FOUND] = {first: at.session_state[FOUND][first]}
    at.toggle(key="fit").set_value(False).run()
    assert list(chart(at, "right")[0]["y"]) == whole[:1]
    at.toggle(key="fit").set_value(True).run()
    assert list(chart(at, "right")[0]["y"]) == whole


def test_choosing_no_classifier_is_allowed(visit: Visit, decoded: None) -> None:
    at = visit("few_labels", heads=[""])
    assert not at.exception
    assert any("Choose a classifier" in info.value for info in at.info)


def test_damaged_curves_are_named(visit: Visit, decoded: None, copied) -> None:
    path = copied / "mnist" / methods.NAME / methods.FILE
    path.write_bytes(path.read_bytes()[:-9])
    forget()
    at = visit("few_labels", fit="true")
    assert not at.exception
    assert any("curves.json is damaged" in sentence for sentence in sentences(at))
    assert sheet(at, "drawn") and chart(at, "right")  # the rest of the page lives on
