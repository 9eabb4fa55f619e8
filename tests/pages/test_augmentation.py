"""The Augmentation page: figures of the study, live images, and missing files."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from ae_models import datasets
from ae_models.artifacts import checkpoint, image_source, study
from ae_models.live.worker import LEFT, Worker
from ae_models.tasks.augmentation import methods
from ae_models.tasks.augmentation import study as task
from ae_models.tasks.augmentation.study import AFFINE, METHODS, MULTIPLES, OWN, SHIPPED_CVAE
from tests.pages.conftest import EACH_MODE, Visit, chart, forget, keys, sentences, sheet
from ui.cache import live_training
from ui.views.augmentation import view

NOTHING = [0.70, 0.72, 0.71]
GAINS = {OWN: [-0.05, -0.06, -0.04], SHIPPED_CVAE: [0.10, 0.12, 0.11], AFFINE: [0.01, -0.02, 0.02]}


def planted(gains: dict[str, list[float]] = GAINS) -> task.Curves:
    """Accuracies that no classifier ever had; a gain is reached at the largest multiple."""
    points = {
        size: task.Point(
            nothing=[value + number / 10 for value in NOTHING],
            synthetic={
                kind: {
                    m: [
                        value + number / 10 + gain * m / max(MULTIPLES)
                        for value, gain in zip(NOTHING, gains[kind], strict=True)
                    ]
                    for m in MULTIPLES
                }
                for kind in METHODS
            },
        )
        for number, size in enumerate(task.SIZES)
    }
    return task.Curves(images=4_321, shipped_labels=54_321, points=points)


def plant(curves: task.Curves) -> None:
    for dataset in datasets.DATASETS:
        account = study.Study(
            name=task.NAME,
            dataset=dataset,
            method="planted",
            origin={},
            seconds=1,
            device="none",
            files={},
        )
        study.write(account, {task.FILE: curves.model_dump_json().encode()})
    forget()


@pytest.fixture
def figures(copied: Path, decoded: None) -> task.Curves:
    """Planted curves in the copied folder, so that nothing on the page can be a literal."""
    curves = planted()
    plant(curves)
    return curves


def text(at: AppTest) -> str:
    return " ".join(e.value for e in (*at.main.markdown, *at.main.caption))


def trained(visit: Visit, **query: str) -> AppTest:
    """The page after its CVAE has been asked for, unless another visitor has done so before."""
    at = visit("augmentation", **query)
    for button in at.button:
        if button.key == "train":
            return button.click().run()
    return at


def test_chart_sentence_and_table_are_those_of_the_study(
    visit: Visit, figures: task.Curves
) -> None:
    at = visit("augmentation")
    for number, size in enumerate(task.SIZES):
        choice = next(each for each in at.main.get("button_group") if each.key == "known")
        choice.set_value(f"{size:,}").run()
        assert not at.exception, size
        shows(at, figures, number, size)


def shows(at: AppTest, figures: task.Curves, number: int, size: int) -> None:
    """Checks that the page shows the planted figures of so many real images per class."""
    base, *lines = chart(at, "accuracy")
    mean = 71 + 10 * number
    assert base["y"] == pytest.approx([mean, mean])
    for line, kind in zip(lines, METHODS, strict=True):
        expected = [mean + 100 * np.mean(GAINS[kind]) * m / 10 for m in (0, *MULTIPLES)]
        assert list(line["y"]) == pytest.approx(expected)
        assert line["error_y"]["array"][0] == pytest.approx(1)
        draws = figures.points[size].synthetic[kind][10]
        assert line["error_y"]["array"][-1] == pytest.approx(100 * np.std(draws, ddof=1))
    said = text(at)
    assert f"With {size:,} real images per class the test accuracy is **{mean:.1f}%**" in said
    assert "**CVAE of these images**: −5.0 ± 2.5; **reduces accuracy**" in said
    assert "trained on all labels**: +11.0 ± 2.5; **improves accuracy**" in said
    assert "labels of 54,321 images" in said and "on 4,321 original test images" in said
    assert "no significant difference over 3 splits" in said
    assert f"for {methods.steps(10 * size):,} steps with batch size" in said
    frame = at.main.table[0].value
    assert len(frame) == len(task.SIZES) * len(MULTIPLES)
    row = frame.iloc[number * len(MULTIPLES) + MULTIPLES.index(10)]
    assert list(row) == [
        f"{size:,}",
        "10",
        f"{mean:.1f}%",
        "−5.0 ± 2.5 *",
        "+11.0 ± 2.5 *",
        row.iloc[5],
    ]
    assert not row.iloc[5].endswith("*")


def test_the_summary_follows_the_figures(visit: Visit, figures: task.Curves) -> None:
    for own, said in (
        ([0.05, 0.06, 0.04], "+5.0 ± 2.5; **improves accuracy**"),
        ([-0.05, -0.06, -0.04], "−5.0 ± 2.5; **reduces accuracy**"),
        ([0.05, -0.06, 0.04], "**no significant difference over 3 splits**"),
    ):
        plant(planted(GAINS | {OWN: own}))
        lines = text(visit("augmentation")).split("- **")
        (line,) = [line for line in lines if line.startswith("CVAE of these images")]
        assert said in line


@EACH_MODE
def test_the_sheet_shows_what_is_added(visit: Visit, mode: str, dataset: str) -> None:
    at = trained(visit, data=dataset, draw="3")
    assert not at.exception
    (real, pixels), (own, made), (near, closest), (cvae_row, shipped), (moved, turned) = sheet(
        at, "made"
    )
    images = image_source.load(dataset, "train")
    drawn, labels = task.real(images, 10, 3)
    expected = [10 * label + number for number in (0, 1) for label in range(10)]
    assert np.array_equal(pixels, drawn[expected])
    assert ("decoded" in real["note"]) == (mode == "gallery")
    run = methods.untrained(3, 10)
    list(methods.learn(run, drawn, labels))
    asked = np.tile(np.arange(10), view.SHOWN)
    assert np.array_equal(made, methods.generated(run.model, asked, 3)[:20])
    cvae = checkpoint.load(dataset, "cvae", torch.device("cpu"))
    assert np.array_equal(shipped, methods.generated(cvae, asked, 3)[:20])
    assert re.search(r"reference classifier agrees with the label in \d+% of 200", cvae_row["note"])
    assert np.array_equal(turned, methods.affine(drawn[::10], 1, 3))
    for one, other in zip(made[:10], closest, strict=True):
        distances = ((drawn / 255.0 - one / 255.0) ** 2).sum((1, 2))
        assert np.array_equal(other, drawn[distances.argmin()])
    assert own["label"] == "CVAE of these images" and near["label"] == "Nearest real image"
    assert moved["label"] == "Affine augmentation"


def test_the_gallery_says_that_it_has_fewer(visit: Visit, decoded: None) -> None:
    at = visit("augmentation", known="1,000")
    least = np.bincount(image_source.load("mnist", "train").labels).min()
    assert f"The gallery has {least:,} decoded images per class" in text(at)
    assert f"{10 * least:,} images of the training split" in sheet(at, "made")[0][0]["note"]


def test_a_cvae_is_trained_once_for_all_visitors(
    visit: Visit, decoded: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = sheet(trained(visit), "made")
    monkeypatch.setattr(methods, "learn", lambda *_given, **_named: pytest.fail("trained again"))
    again = sheet(visit("augmentation"), "made")
    assert all(np.array_equal(a[1], b[1]) for a, b in zip(first, again, strict=True))


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> Iterator[Worker]:
    """A queue that the test itself ticks, and nothing that was trained before."""
    forget()
    made = Worker(lambda: 1000.0)
    monkeypatch.setattr(live_training, "worker", lambda: made)
    yield made
    made.close()


def finish(worker: Worker) -> None:
    while worker.tick():
        pass


def rows(at: AppTest) -> list[str]:
    return [row["label"] for row, _ in sheet(at, "made")]


def test_nothing_is_trained_unasked(visit: Visit, decoded: None, worker: Worker) -> None:
    at = visit("augmentation")
    assert not worker.jobs and not at.exception
    assert rows(at) == ["Real", "Shipped CVAE, trained on all labels", "Affine augmentation"]


def test_the_training_waits_in_the_queue_and_the_rest_is_there(
    visit: Visit, decoded: None, worker: Worker
) -> None:
    class Endless:
        def begin(self) -> None: ...
        def unload(self) -> None: ...
        def outcome(self) -> str:
            return "finished"

        def advance(self) -> bool:
            return True

        def snapshot(self) -> int:
            return 0

    first = worker.start(Endless(), "another visitor's")
    worker.tick()
    at = trained(visit)
    assert len(worker.queue) == 1 and not at.exception
    assert rows(at) == ["Real", "Shipped CVAE, trained on all labels", "Affine augmentation"]
    assert "Place 1 in the queue" in at.main.get("progress")[0].proto.text
    worker.discard(first)
    finish(worker)
    at.run()
    assert len(rows(at)) == 5 and not worker.jobs and not at.exception


def test_a_second_visitor_watches_the_training_in_progress(
    visit: Visit, decoded: None, worker: Worker
) -> None:
    one, other = trained(visit), trained(visit)
    (job,) = worker.jobs.values()
    other.button(key="stop").click().run()  # is for the other one alone
    assert list(worker.jobs.values()) == [job] and job.state == "queued"
    other.button(key="train").click().run()
    finish(worker)
    assert len(rows(other.run())) == 5 and len(rows(one.run())) == 5
    assert not worker.jobs


def test_a_stopped_training_leaves_the_rest_and_can_be_restarted(
    visit: Visit, decoded: None, worker: Worker
) -> None:
    at = trained(visit)
    worker.tick()
    at.button(key="stop").click().run()
    assert not worker.tick() and not worker.jobs and not at.exception
    assert rows(at) == ["Real", "Shipped CVAE, trained on all labels", "Affine augmentation"]
    at.button(key="train").click().run()
    finish(worker)
    assert len(rows(at.run())) == 5 and not at.exception


def test_another_draw_or_page_takes_the_training_from_the_queue(
    visit: Visit, decoded: None, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = trained(visit)
    worker.tick()
    at.number_input(key="draw").set_value(7).run()
    assert not worker.jobs
    at.button(key="train").click().run()
    (job,) = worker.jobs.values()
    assert job.subject == ("mnist", 10, 7)
    at.switch_page("../../pages/bottleneck.py").run()
    monkeypatch.setattr(worker, "clock", lambda: 1000.0 + LEFT + 1)
    assert not worker.tick() and not worker.jobs


def test_a_training_that_fails_says_why_and_can_be_tried_again(
    visit: Visit, decoded: None, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_little(*_given: object, **_named: object) -> None:
        raise MemoryError

    at = trained(visit)
    with monkeypatch.context() as patch:
        patch.setattr(methods, "learn", too_little)
        finish(worker)
    at.run()
    assert sentences(at) == ["It could not continue: there is not enough memory."]
    assert len(rows(at)) == 3
    at.button(key="train").click().run()
    finish(worker)
    assert len(rows(at.run())) == 5 and not sentences(at)


@pytest.mark.parametrize("name", [task.NAME, "cvae", "judge"])
def test_what_is_missing_is_named_once_and_the_rest_stays(
    visit: Visit, decoded: None, copied: Path, name: str
) -> None:
    plant(planted())
    shutil.rmtree(copied / "mnist" / name)
    forget()
    at = trained(visit)
    assert not at.exception
    said = sentences(at)
    assert said and all(f"checkpoints/mnist/{name}/" in sentence for sentence in said)
    assert len(said) == len(set(said))
    assert rows(at)[:3] == ["Real", "CVAE of these images", "Nearest real image"]
    assert ("Shipped CVAE, trained on all labels" in rows(at)) == (name != "cvae")
    assert ("accuracy" in keys(at, "plotly_chart")) == (name != task.NAME)


def test_the_page_closes_with_its_use(visit: Visit, decoded: None) -> None:
    assert "Applications: " in visit("augmentation").main.caption[-1].value
