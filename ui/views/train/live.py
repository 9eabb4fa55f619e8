"""The Train page's live part: the buttons, and the progress and results of a job."""

from collections.abc import Sequence

import streamlit as st

from ae_models import datasets
from ae_models.live import job
from ae_models.live.config import Choice
from ae_models.live.session import Snapshot
from ae_models.live.side_by_side import SideBySide, SideBySideSnapshot
from ae_models.live.worker import Busy, Ticket, View, Worker
from ui.base.language import N_, _, said
from ui.base.session_keys import page_key
from ui.cache import live_training
from ui.views.train import choices as train_choices
from ui.views.train import export, ownership, results

POLL = 1.0  # seconds between two refreshes while a job changes
SIGN = 25.0  # seconds between two refreshes while a job is paused, which show presence
REFUSED = page_key("train", "refused")
STATES = {
    job.QUEUED: N_("waiting"),
    job.RUNNING: N_("training"),
    job.PAUSED: N_("paused"),
    job.STOPPED: N_("stopped"),
    job.FINISHED: N_("finished"),
    job.DIVERGED: N_("diverged"),
}


def training_now(choices: tuple[Choice, ...], notice: str) -> None:
    """Everything below the settings; it refreshes itself while a job changes."""
    worker = live_training.worker()
    ownership.recognise(worker)
    ticket = ownership.shown(worker)
    every = interval(worker.view(*ticket))
    st.fragment(_moving, run_every=every)(choices, notice, every)


def interval(view: View | None) -> float | None:
    """Seconds until the page looks at a job again; None where there is none."""
    if view is None:
        return None
    return POLL if view.active else SIGN


def _moving(choices: tuple[Choice, ...], notice: str, every: float | None) -> None:
    worker = live_training.worker()
    ticket = ownership.shown(worker)
    view = worker.view(*ticket)
    buttons(worker, ticket, view, choices)
    if interval(view) != every:
        st.rerun()  # to change the interval of refreshes
    if ticket.id and view is None:
        ownership.forget(ticket)
        st.info(
            _("That training is no longer kept. Its settings still are: Start trains it again.")
        )
    if st.session_state.pop(REFUSED, False):
        st.warning(_("So many trainings are waiting that no more are taken. Try again later."))
    notices(view, choices)
    runs, trained = None, choices
    if view is not None and isinstance(view.snapshot, SideBySideSnapshot):
        trained, runs = view.snapshot
    snapshots = runs or tuple(live_training.untrained(choice) for choice in choices)
    names = [f"{name} · " if len(snapshots) > 1 else "" for name in "AB"][: len(snapshots)]
    for name, snapshot in zip(names, snapshots, strict=True):
        progress(name, snapshot, view, sum(each.state == "training" for each in snapshots))
    results.images(names, snapshots)
    if any(snapshot.points[-1].training for snapshot in snapshots):
        results.charts(names, snapshots)
    results.planes(names, trained, snapshots)
    st.caption(notice)
    if view is not None and not view.active and any(snapshot.step for snapshot in snapshots):
        export.downloads(worker, ticket.id, trained)
    export.commands(trained)


def buttons(worker: Worker, ticket: Ticket, view: View | None, choices: tuple[Choice, ...]) -> None:
    """Buttons to start, pause or resume, step and stop; all but Start for the owner alone."""
    owned = view is not None and view.owned
    active = owned and view is not None and view.active
    paused = owned and view is not None and view.state == job.PAUSED
    with st.container(horizontal=True, gap="small"):
        st.button(
            _("Start"),
            icon=":material/play_arrow:",
            type="primary",
            disabled=active,
            key="start",
            on_click=start,
            args=(worker, choices),
        )
        if paused:
            icon, resume = ":material/resume:", worker.resume
            st.button(_("Resume"), icon=icon, key="resume", on_click=resume, args=(ticket,))
        else:
            st.button(
                _("Pause"),
                icon=":material/pause:",
                disabled=not active,
                key="pause",
                on_click=worker.pause,
                args=(ticket,),
            )
        st.button(
            _("Step"),
            icon=":material/skip_next:",
            disabled=not paused,
            key="step",
            on_click=worker.resume,
            args=(ticket, 1),
        )
        st.button(
            _("Stop"),
            icon=":material/stop:",
            disabled=not (active or paused),
            key="stop",
            on_click=worker.stop,
            args=(ticket,),
        )


def start(worker: Worker, choices: tuple[Choice, ...]) -> None:
    """A job of these choices, unless the queue is full or the visitor's last one is active."""
    try:
        ownership.remember(worker.start(SideBySide(choices), choices, ownership.own()))
    except Busy:
        st.session_state[REFUSED] = True


def notices(view: View | None, choices: tuple[Choice, ...]) -> None:
    """Notices on the state of the job: owner, error, place in the queue."""
    if view is None:
        return
    if not view.owned:
        st.info(
            _(
                "You are watching a training that somebody else started: only they can pause or "
                "stop it. Start trains a network of your own."
            )
        )
    if view.error:
        reason = said(view.error)
        st.error(_("It could not continue: {reason}. Start tries again.").format(reason=reason))
    elif view.state == job.QUEUED and view.place:
        st.info(
            _("Place {place} in the queue: one training runs at a time.").format(place=view.place)
        )
    elif view.away and view.owned:
        st.info(_("It was paused and saved while you were away. Resume continues exactly there."))
    elif not view.active and view.subject != choices:
        st.caption(_("Results of the last training; Start trains the present settings."))


def progress(name: str, snapshot: Snapshot, view: View | None, training: int) -> None:
    """How far a run has come; `training` of them share the time."""
    if view is None:
        st.caption(
            _("{name}untrained, {weights:,} weights").format(name=name, weights=snapshot.parameters)
        )
        return
    state = view.state if snapshot.state == "training" else snapshot.state
    text = _("{name}{state} · batch {step:,} of {steps:,} · epoch {epoch} of {epochs}").format(
        name=name,
        state=_(STATES[state]),
        step=snapshot.step,
        steps=snapshot.steps,
        epoch=min(snapshot.epoch + 1, snapshot.epochs),
        epochs=snapshot.epochs,
    )
    if snapshot.images_per_second:
        text += _(" · {rate:,.0f} images a second").format(rate=snapshot.images_per_second)
    if view.state == job.RUNNING and snapshot.state == "training" and snapshot.images_per_second:
        seconds = snapshot.seconds_left * training
        text += _(" · {seconds:.0f} s left").format(seconds=seconds)
    st.progress(snapshot.step / snapshot.steps, text)
    if snapshot.state == "diverged":
        st.warning(f"{name}{said(snapshot.reason)}")


def origin_caption(choices: Sequence[Choice]) -> str:
    """A caption on the training images."""
    if not datasets.on_disk(choices[0].dataset):
        return _(
            "Trained and measured on decoded images of the bundled gallery, of which {count:,} are "
            "training images."
        ).format(count=train_choices.of_gallery(choices[0].dataset))
    return _("Trained on original training images; validation images are others of these.")
