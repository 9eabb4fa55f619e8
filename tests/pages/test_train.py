"""The Train page without a browser: its settings, its buttons, and what goes wrong."""

from collections.abc import Iterator

import pytest

from ae_models.live import worker as working
from ae_models.live.config import Choice
from ae_models.live.presets import PRESETS
from ae_models.live.worker import ABSENT, KEPT, Worker
from tests.pages.conftest import chart, keys, sentences, sheet
from ui.cache import live_training

SHORT = {"a_images": "100", "a_epochs": "1", "a_widths": "16"}


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> Iterator[Worker]:
    """A worker that the test itself ticks, with a clock that it winds."""
    made = Worker(Clock())  # type: ignore[arg-type]
    monkeypatch.setattr(live_training, "worker", lambda: made)
    yield made
    made.close()


def tick(worker: Worker, times: int = 10_000) -> None:
    while times and worker.tick():
        times -= 1


@pytest.mark.usefixtures("decoded")
class TestTrain:
    """In gallery mode."""

    def test_a_first_visit_shows_the_untrained_net_and_starts_nothing(self, visit, worker) -> None:
        at = visit("train")
        assert not at.exception and not sentences(at)
        rows = sheet(at, "live")
        assert [len(pictures) for _, pictures in rows] == [10, 10]
        assert rows[1][1].std() < 10 < rows[0][1].std()  # grey: it has learnt nothing
        assert not worker.jobs and not keys(at, "plotly_chart")
        assert at.button(key="pause").disabled and at.button(key="stop").disabled
        assert any("decoded pictures" in caption.value for caption in at.caption)

    def test_started_it_trains_and_can_be_taken_away(self, visit, worker) -> None:
        at = visit("train", **SHORT)
        at.button(key="start").click().run()
        (token,) = worker.jobs
        assert at.query_params["job"] == token and at.button(key="start").disabled
        tick(worker)
        at.run()
        assert worker.view(token).state == "finished"
        assert {"losses", "errors", "gradients"} <= set(keys(at, "plotly_chart"))
        names = [trace["name"] for trace in chart(at, "losses")]
        assert names == ["reconstruction", "reconstruction, validation"]
        assert keys(at, "download_button") == [
            "keep_0.safetensors",
            "keep_0.json",
            "keep_0.py",
        ]
        assert any("train --config" in block.value for block in at.code)

    def test_pause_step_go_on_stop(self, visit, worker) -> None:
        at = visit("train", **SHORT | {"a_epochs": "100"})
        at.button(key="start").click().run()
        (token,) = worker.jobs
        tick(worker, 3)
        at.run()
        at.button(key="pause").click().run()
        tick(worker)
        at.run()
        assert worker.view(token).looks[0].step == 3 and not at.button(key="resume").disabled
        at.button(key="step").click().run()
        tick(worker)
        assert worker.view(token).looks[0].step == 4
        at.run()
        at.button(key="resume").click().run()
        tick(worker, 2)
        at.run()
        at.button(key="stop").click().run()
        tick(worker)
        at.run()
        assert worker.view(token).state == "stopped" and at.button(key="stop").disabled
        assert not at.exception

    def test_the_job_goes_on_whatever_else_is_clicked(self, visit, worker) -> None:
        at = visit("train", **SHORT | {"a_epochs": "100"})
        at.button(key="start").click().run()
        (token,) = worker.jobs
        tick(worker, 2)
        at.query_params["lang"] = "xx"
        at.number_input(key="a_epochs").set_value(3).run()
        tick(worker, 2)
        assert worker.view(token).state == "running"
        assert worker.view(token).choices[0].epochs == 100

    def test_another_language_leaves_the_job_and_its_token(self, visit, worker) -> None:
        at = visit("train", **SHORT | {"a_epochs": "100"})
        at.button(key="start").click().run()
        (token,) = worker.jobs
        tick(worker, 2)
        group = next(each for each in at.sidebar.get("button_group") if each.key == "language")
        group.set_value("ja").run()
        assert at.button(key="start").label != "Start" and at.button(key="start").disabled
        assert at.query_params["job"] == token
        tick(worker, 2)
        at.run()
        (job,) = worker.jobs.values()
        assert job.token == token and job.state == "running" and job.trainees[0].step == 4

    def test_a_link_with_a_token_finds_the_job_after_a_broken_connection(
        self, visit, worker
    ) -> None:
        at = visit("train", **SHORT | {"a_epochs": "100"})
        at.button(key="start").click().run()
        (token,) = worker.jobs
        tick(worker, 5)
        worker.clock.now += ABSENT + 1
        tick(worker)
        assert worker.jobs[token].state == "paused"
        again = visit("train", job=token)
        assert any("while you were away" in info.value for info in again.info)
        again.button(key="resume").click().run()
        tick(worker, 3)
        assert worker.view(token).state == "running"
        worker.clock.now += ABSENT + KEPT + 2
        tick(worker)
        worker.clock.now += KEPT
        tick(worker)
        late = visit("train", job=token)
        assert any("no longer kept" in info.value for info in late.info)
        assert not late.exception and "job" not in late.query_params

    def test_two_sessions_have_one_job_at_a_time(self, visit, worker) -> None:
        pages = [visit("train", **SHORT) for _ in range(2)]
        for at in pages:
            at.button(key="start").click().run()
        assert len(worker.jobs) == 2 and len(worker.queue) == 2
        tick(worker, 1)
        pages[1].run()
        assert any("Place 1" in info.value for info in pages[1].info)
        assert [job.state for job in worker.jobs.values()] == ["running", "queued"]

    def test_a_full_queue_is_said(self, visit, worker, monkeypatch) -> None:
        monkeypatch.setattr(working, "MOST_JOBS", 0)
        at = visit("train", **SHORT)
        at.button(key="start").click().run()
        assert any("no more are taken" in sentence for sentence in sentences(at))

    def test_a_diverging_run_says_so(self, visit, worker) -> None:
        at = visit(
            "train",
            **SHORT
            | {
                "a_epochs": "9",
                "a_learning_rate": "1000000",
                "a_reconstruction": "binary cross-entropy",
            },
        )
        at.button(key="start").click().run()
        tick(worker)
        at.run()
        assert any("were kept" in sentence for sentence in sentences(at))
        assert not at.exception

    @pytest.mark.parametrize("story", PRESETS)
    def test_every_story_sets_its_choices(self, story: str, visit, worker) -> None:
        at = visit("train", story=story)
        assert not at.exception and not sentences(at)
        at.button(key="start").click().run()
        (job,) = worker.jobs.values()
        assert job.choices == PRESETS[story].choices

    def test_what_the_address_says_wins_over_the_story(self, visit, worker) -> None:
        at = visit("train", story="collapse", b_beta="3", a_epochs="7")
        at.button(key="start").click().run()
        (job,) = worker.jobs.values()
        assert [c.beta for c in job.choices] == [10.0, 3.0]
        assert [c.epochs for c in job.choices] == [7, 10]

    @pytest.mark.parametrize(
        "address",
        [
            {"a_learning_rate": "NaN"},
            {"a_learning_rate": "1e999"},
            {"a_learning_rate": "-1"},
            {"a_images": "99999999"},
            {"a_kind": "<script>"},
            {"a_widths": "9999999999, -3"},
            {"a_widths": "<script>"},
            {"a_kind": "conv", "a_channels": "999, 999, 999"},
            {"story": "nothing"},
            {"job": "<script>"},
            {"a_kind": "overcomplete", "a_code": "900"},
        ],
        ids=str,
    )
    def test_a_bad_address_gives_a_page_that_can_train(self, address, visit, worker) -> None:
        at = visit("train", **address)
        assert not at.exception
        at.button(key="start").click().run()
        (job,) = worker.jobs.values()
        assert not at.exception and job.choices[0].learning_rate == Choice().learning_rate


def test_a_link_names_a_story_in_any_language(visit) -> None:
    for given in ("collapse", "Posterior collapse", "事後分布の崩壊"):
        at = visit("train", story=given)
        assert at.session_state["two"] is True, given
        assert at.session_state["a_kind"] == "vae" and at.session_state["a_beta"] > 1
