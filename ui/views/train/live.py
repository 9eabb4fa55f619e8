"""The Train page's moving part: the buttons, and what there is to see of a job."""

from collections.abc import Sequence

import streamlit as st

from ae_models import datasets
from ae_models.live import job
from ae_models.live.config import Choice
from ae_models.live.session import Look
from ae_models.live.worker import Busy, View, Worker
from ui.base.language import N_, _
from ui.cache import live_training
from ui.views.train import choices as train_choices
from ui.views.train import export, results

POLL = 1.0  # seconds between two looks at a job that moves
SIGN = 25.0  # seconds between two signs of life to a job that rests, so that it is kept
STATES = {
    job.QUEUED: N_("waiting"),
    job.RUNNING: N_("training"),
    job.PAUSED: N_("paused"),
    job.STOPPED: N_("stopped"),
    job.FINISHED: N_("finished"),
    job.DIVERGED: N_("diverged"),
}


def token() -> str:
    """Of this visitor's job; it stands in the address, and survives a change of page."""
    given = st.query_params.get("job", "")
    if given:
        st.session_state["own_job"] = given
    return str(st.session_state.get("own_job", ""))


def remember(given: str) -> None:
    """Put a token into the address; none where it is empty."""
    st.session_state["own_job"] = given
    if given:
        st.query_params["job"] = given
    elif "job" in st.query_params:
        del st.query_params["job"]


def training_now(choices: tuple[Choice, ...], notice: str) -> None:
    """Everything below the settings; it looks after itself while a job moves."""
    own = token()
    view = live_training.worker().view(own) if own else None
    every = None if view is None else POLL if view.active else SIGN
    st.fragment(_moving, run_every=every)(choices, notice, every)


def _moving(choices: tuple[Choice, ...], notice: str, every: float | None) -> None:
    worker, own = live_training.worker(), token()
    view = worker.view(own) if own else None
    buttons(worker, own, view, choices)
    wanted = None if view is None else POLL if view.active else SIGN
    if wanted != every:
        st.rerun()  # to look again as often as is right now
    if own and view is None:
        remember("")
        st.info(
            _("That training is no longer kept. Its settings still are: Start trains it again.")
        )
    if st.session_state.pop("own_refused", False):
        st.warning(_("So many trainings are waiting that no more are taken. Try again later."))
    told(view, choices)
    looks = view.looks if view is not None else ()
    trained = view.choices if looks and view is not None else choices
    looks = looks or tuple(live_training.untrained(choice) for choice in choices)
    names = [f"{name} · " if len(looks) > 1 else "" for name in "AB"][: len(looks)]
    for name, look in zip(names, looks, strict=True):
        progress(name, look, view)
    results.pictures(names, looks)
    if any(look.points[-1].training for look in looks):
        results.charts(names, looks)
    results.planes(names, trained, looks)
    st.caption(notice)
    if view is not None and not view.active and any(look.step for look in looks):
        export.take_away(worker, own, trained)
    export.commands(trained)


def buttons(worker: Worker, own: str, view: View | None, choices: tuple[Choice, ...]) -> None:
    """Start, pause or go on, step, stop."""
    active = view is not None and view.active
    paused = view is not None and view.state == job.PAUSED
    with st.container(horizontal=True, gap="small"):
        st.button(
            _("Start"),
            icon=":material/play_arrow:",
            type="primary",
            disabled=active,
            key="start",
            on_click=start,
            args=(worker, choices, own),
        )
        if paused:
            icon, resume = ":material/resume:", worker.resume
            st.button(_("Go on"), icon=icon, key="resume", on_click=resume, args=(own,))
        else:
            st.button(
                _("Pause"),
                icon=":material/pause:",
                disabled=not active,
                key="pause",
                on_click=worker.pause,
                args=(own,),
            )
        st.button(
            _("Step"),
            icon=":material/skip_next:",
            disabled=not paused,
            key="step",
            on_click=worker.resume,
            args=(own, 1),
        )
        st.button(
            _("Stop"),
            icon=":material/stop:",
            disabled=not (active or paused),
            key="stop",
            on_click=worker.stop,
            args=(own,),
        )


def start(worker: Worker, choices: tuple[Choice, ...], former: str) -> None:
    """A job of these choices, unless the queue is full."""
    try:
        remember(worker.start(choices, former))
    except Busy:
        st.session_state["own_refused"] = True


def told(view: View | None, choices: tuple[Choice, ...]) -> None:
    """Where the job stands, in a sentence, where that is not plain to see."""
    if view is None:
        return
    if view.trouble:
        st.error(_("It could not go on: {reason}. Start tries again.").format(reason=view.trouble))
    elif view.state == job.QUEUED and view.place:
        st.info(
            _("Place {place} in the queue: one training runs at a time.").format(place=view.place)
        )
    elif view.away:
        st.info(_("It was paused and saved while you were away. Go on takes it up exactly there."))
    elif not view.active and view.choices != choices:
        st.caption(_("Below is what was trained last; Start trains what is set now."))


def progress(name: str, look: Look, view: View | None) -> None:
    """How far a run has come."""
    if view is None:
        st.caption(
            _("{name}untrained, {weights:,} weights").format(name=name, weights=look.parameters)
        )
        return
    state = view.state if look.state == "training" else look.state
    text = _("{name}{state} · batch {step:,} of {steps:,} · epoch {epoch} of {epochs}").format(
        name=name,
        state=_(STATES[state]),
        step=look.step,
        steps=look.steps,
        epoch=min(look.epoch + 1, look.epochs),
        epochs=look.epochs,
    )
    if look.images_per_second:
        text += _(" · {rate:,.0f} images a second").format(rate=look.images_per_second)
    if view.state == job.RUNNING and look.state == "training" and look.images_per_second:
        runs = sum(each.state == "training" for each in view.looks)
        text += _(" · {seconds:.0f} s left").format(seconds=look.seconds_left * runs)
    st.progress(look.step / look.steps, text)
    if look.state == "diverged":
        st.warning(f"{name}{look.said}")


def said_of_pictures(choices: Sequence[Choice]) -> str:
    """On which pictures all this goes on."""
    if not datasets.on_disk(choices[0].dataset):
        return _(
            "Trained and measured on decoded pictures of the gallery, of which there are "
            "{count:,} to train on."
        ).format(count=train_choices.of_gallery(choices[0].dataset))
    return _("Trained on original training images; validation images are others of these.")
