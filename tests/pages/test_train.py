"""The Train page without a browser: settings, buttons, and failures."""

import errno
from collections.abc import Iterator

import pytest

from ae_models.live import worker as working
from ae_models.live.config import Choice
from ae_models.live.presets import PRESETS
from ae_models.live.side_by_side import SideBySide, SideBySideSnapshot
from ae_models.live.worker import ABSENT, KEPT, Ticket, Worker
from tests.pages.conftest import chart, keys, sentences, sheet
from ui.base.language import translations
from ui.cache import live_training
from ui.views.train import ownership

SHORT = {"a_images": "100", "a_epochs": "1", "a_widths": "16"}
LONG = {"images": 100, "epochs": 100, "widths": (16,)}


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


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """What a visitor's browser has stored, by job: AppTest runs no scripts of a component."""
    stored: dict[str, object] = {}

    def job_secret(job_id: str, secret: str) -> object:
        if secret:
            stored[job_id] = secret
        return stored.get(job_id, "")

    monkeypatch.setattr(ownership, "job_secret", job_secret)
    return stored


def own(worker: Worker) -> Ticket:
    """That of the only job."""
    (job,) = worker.jobs.values()
    return Ticket(job.id, job.secret)


def steps(worker: Worker, ticket: Ticket) -> int:
    """Batches that a page shows of the first run."""
    view = worker.view(*ticket)
    assert view is not None and isinstance(view.snapshot, SideBySideSnapshot)
    return view.snapshot.runs[0].step


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
        assert any("decoded" in caption.value for caption in at.caption)

    def test_started_it_trains_and_can_be_downloaded(self, visit, worker) -> None:
        at = visit("train", **SHORT)
        at.button(key="start").click().run()
        ticket = own(worker)
        assert at.query_params["job"] == ticket.id and at.button(key="start").disabled
        tick(worker)
        at.run()
        assert worker.view(*ticket).state == "finished"
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
        ticket = own(worker)
        tick(worker, 3)
        at.run()
        at.button(key="pause").click().run()
        tick(worker)
        at.run()
        assert steps(worker, ticket) == 3 and not at.button(key="resume").disabled
        at.button(key="step").click().run()
        tick(worker)
        assert steps(worker, ticket) == 4
        at.run()
        at.button(key="resume").click().run()
        tick(worker, 2)
        at.run()
        at.button(key="stop").click().run()
        tick(worker)
        at.run()
        assert worker.view(*ticket).state == "stopped" and at.button(key="stop").disabled
        assert not at.exception

    def test_the_job_goes_on_whatever_else_is_clicked(self, visit, worker) -> None:
        at = visit("train", **SHORT | {"a_epochs": "100"})
        at.button(key="start").click().run()
        ticket = own(worker)
        tick(worker, 2)
        at.query_params["lang"] = "xx"
        at.number_input(key="a_epochs").set_value(3).run()
        tick(worker, 2)
        assert worker.view(*ticket).state == "running"
        assert worker.view(*ticket).subject[0].epochs == 100

    def test_another_language_leaves_the_job_and_its_owner(self, visit, worker) -> None:
        at = visit("train", **SHORT | {"a_epochs": "100"})
        at.button(key="start").click().run()
        ticket = own(worker)
        tick(worker, 2)
        group = next(each for each in at.sidebar.get("button_group") if each.key == "choose_lang")
        group.set_value("ja").run()
        assert at.button(key="start").label != "Start" and at.button(key="start").disabled
        assert at.query_params["job"] == ticket.id
        tick(worker, 2)
        at.run()
        (job,) = worker.jobs.values()
        assert job.id == ticket.id and job.state == "running"
        assert job.runnable.sessions[0].step == 4

    def test_the_owner_s_browser_finds_the_job_after_a_broken_connection(
        self, visit, worker, browser
    ) -> None:
        at = visit("train", **SHORT | {"a_epochs": "100"})
        at.button(key="start").click().run()
        ticket = own(worker)
        at.run()
        assert browser == {ticket.id: ticket.secret}
        tick(worker, 5)
        worker.clock.now += ABSENT + 1
        tick(worker)
        assert worker.jobs[ticket.id].state == "paused"
        again = visit("train", job=ticket.id)
        assert any("while you were away" in info.value for info in again.info)
        again.button(key="resume").click().run()
        tick(worker, 3)
        assert worker.view(*ticket).state == "running"
        worker.clock.now += ABSENT + KEPT + 2
        tick(worker)
        worker.clock.now += KEPT
        tick(worker)
        late = visit("train", job=ticket.id)
        assert any("no longer kept" in info.value for info in late.info)
        assert not late.exception and "job" not in late.query_params

    def test_a_link_gives_permission_to_watch_and_not_to_steer(self, visit, worker) -> None:
        at = visit("train", **SHORT | {"a_epochs": "100"})
        at.button(key="start").click().run()
        ticket = own(worker)
        tick(worker, 5)
        worker.clock.now += 1  # so that a snapshot is due
        tick(worker, 1)
        at.run()
        link = {name: at.query_params[name] for name in at.query_params}
        assert ticket.id in str(link) and ticket.secret not in str(link)
        guest = visit("train", **link)
        assert any("somebody else started" in info.value for info in guest.info)
        assert keys(guest, "plotly_chart") and not at.button(key="stop").disabled
        assert all(guest.button(key=key).disabled for key in ("pause", "step", "stop"))
        guest.button(key="start").click().run()
        assert len(worker.jobs) == 2 and guest.query_params["job"] != ticket.id
        assert not guest.button(key="stop").disabled
        assert worker.view(*ticket).state == "running"

    @pytest.mark.parametrize("secret", ["", "x", "\ud800"])
    def test_a_wrong_secret_from_a_browser_steers_nothing(
        self, secret, visit, worker, browser
    ) -> None:
        ticket = worker.start(SideBySide((Choice(**LONG),)), ())
        tick(worker, 2)
        browser[ticket.id] = secret
        guest = visit("train", job=ticket.id)
        assert not guest.exception and guest.button(key="stop").disabled

    def test_reset_and_another_page_leave_the_training_and_its_owner_together(
        self, visit, worker
    ) -> None:
        at = visit("train", **SHORT | {"a_epochs": "100"})
        at.button(key="start").click().run()
        ticket = own(worker)
        tick(worker, 3)
        at.button(key="reset").click().run()
        assert at.query_params["job"] == ticket.id and not at.button(key="stop").disabled
        at.switch_page("../../pages/bottleneck.py").run()
        tick(worker, 1)
        at.switch_page("../../pages/train.py").run()
        assert at.query_params["job"] == ticket.id and not at.exception
        at.button(key="stop").click().run()
        tick(worker)
        assert worker.view(*ticket).state == "stopped"

    def test_a_job_of_another_page_in_the_address_shows_nothing_of_it(self, visit, worker) -> None:
        class Other:
            def begin(self) -> None: ...
            def unload(self) -> None: ...
            def advance(self) -> bool:
                return True

            def outcome(self) -> str:
                return "finished"

            def snapshot(self) -> tuple[int, str]:
                return 1, "other"

        ticket = worker.start(Other(), ("mnist", 10, 0))
        tick(worker, 2)
        at = visit("train", job=ticket.id)
        assert not at.exception and at.button(key="stop").disabled
        assert not keys(at, "plotly_chart")

    def test_a_failure_is_shown_in_the_visitor_s_language(self, visit, worker, monkeypatch) -> None:
        def full_disk(*_given: object) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(SideBySide, "export", full_disk)
        at = visit("train", lang="ja", **SHORT)
        at.button(key="start").click().run()
        tick(worker)
        at.run()
        (told,) = sentences(at)
        translated = translations("ja")["there is no space left on the disk"]
        assert translated in told and "space" not in told

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
        monkeypatch.setattr(working, "MAX_JOBS", 0)
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

    @pytest.mark.parametrize("preset", PRESETS)
    def test_every_preset_sets_its_choices(self, preset: str, visit, worker) -> None:
        at = visit("train", story=preset)
        assert not at.exception and not sentences(at)
        at.button(key="start").click().run()
        (job,) = worker.jobs.values()
        assert job.subject == PRESETS[preset].choices

    def test_what_the_address_says_wins_over_the_preset(self, visit, worker) -> None:
        at = visit("train", story="collapse", b_beta="3", a_epochs="7")
        at.button(key="start").click().run()
        (job,) = worker.jobs.values()
        assert [c.beta for c in job.subject] == [10.0, 3.0]
        assert [c.epochs for c in job.subject] == [7, 10]

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
        assert not at.exception and job.subject[0].learning_rate == Choice().learning_rate


def test_a_link_names_a_preset_in_any_language(visit) -> None:
    for given in ("collapse", "Posterior collapse", "事後分布の崩壊"):
        at = visit("train", story=given)
        assert at.session_state["two"] is True, given
        assert at.session_state["a_kind"] == "vae" and at.session_state["a_beta"] > 1
