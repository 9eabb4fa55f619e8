"""The CVAE of a few images, trained through the queue that the Train page uses as well.

It is trained on request, and once for all visitors: who asks for a training that another visitor
has started sees the progress of that one.
"""

from typing import NamedTuple

import streamlit as st
from torch import nn

from ae_models.live import job
from ae_models.live.worker import Busy, Ticket, View, Worker
from ae_models.tasks.augmentation.cvae_training import CvaeSnapshot, CvaeTraining
from ae_models.tasks.augmentation.methods import Labels, Pixels
from ui.base.language import _, said
from ui.base.session_keys import lasting_key, page_key
from ui.cache import live_training
from ui.views.augmentation import cache

POLL = 0.5  # seconds between two refreshes of the progress
TICKET = lasting_key("augmentation", "ticket")  # of the visitor's own job
ASKED = page_key("augmentation", "asked")  # the `Split` whose training was asked for
FAILED = page_key("augmentation", "failed")  # the training that failed last, a `Failed`


class Split(NamedTuple):
    """Which real images the CVAE is trained on: a split with `size` images per class."""

    dataset: str
    size: int
    draw: int


class Failed(NamedTuple):
    """A training that failed, and why: a text or `Sentence` to translate."""

    subject: Split
    error: str


def trained(subject: Split, pixels: Pixels, labels: Labels) -> nn.Module | None:
    """The small CVAE of a draw; while there is none, a button, or how far its training is."""
    kept = cache.learned(*subject)
    if kept:
        release()
        return kept[0]
    if st.session_state.get(ASKED) != subject:
        release()
        failed = st.session_state.get(FAILED)
        if isinstance(failed, Failed) and failed.subject == subject:
            st.error(_("It could not continue: {reason}.").format(reason=said(failed.error)))
        text = _("Train the CVAE of these images")
        st.button(text, icon=":material/play_arrow:", on_click=ask, args=(subject,), key="train")
    else:
        st.fragment(_progress, run_every=POLL)(subject, pixels, labels)
    return None


def _progress(subject: Split, pixels: Pixels, labels: Labels) -> None:
    """Starts the training that was asked for, and shows its progress."""
    worker = live_training.worker()
    if cache.learned(*subject) or st.session_state.get(ASKED) != subject:
        st.rerun()
    try:
        view = joined(worker, subject, pixels, labels)
    except Busy:
        view = None
    if view is not None and view.error:
        stop()
        st.session_state[FAILED] = Failed(subject, view.error)
        st.rerun()
    done = 0.0
    if view is not None and isinstance(view.snapshot, CvaeSnapshot):
        done = view.snapshot.done
        if view.snapshot.model is not None:
            cache.learned(*subject).append(view.snapshot.model)
            st.rerun()
    text = _("Training the CVAE on {n:,} images").format(n=len(pixels))
    if view is None:
        text = _("Waiting: so many trainings are queued that no more are taken.")
    elif view.state == job.QUEUED:
        text = _("Place {place} in the queue: one training runs at a time.").format(
            place=view.place
        )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(done, text)
        icon = ":material/stop:"
        st.button(_("Stop"), icon=icon, on_click=stop, key="stop")


def joined(worker: Worker, subject: Split, pixels: Pixels, labels: Labels) -> View | None:
    """The visitor's own job, else any job of the same subject, else a new one. Raises `Busy`."""
    ticket = st.session_state.get(TICKET)
    if isinstance(ticket, Ticket):
        view = worker.view(*ticket)
        if view is not None and view.subject == subject:
            return view
        release()  # it was dropped, or another split was chosen
    found = worker.find(subject)
    if found:
        return worker.view(found)
    ticket = worker.start(CvaeTraining(pixels, labels, subject.draw), subject)
    st.session_state[TICKET] = ticket
    return worker.view(*ticket)


def release() -> None:
    """Take the visitor's own job from the queue, if there is one."""
    ticket = st.session_state.pop(TICKET, None)
    if isinstance(ticket, Ticket):
        live_training.worker().discard(ticket)


def ask(subject: Split) -> None:
    """Have this training start."""
    st.session_state[ASKED] = subject
    st.session_state.pop(FAILED, None)


def stop() -> None:
    """Stop the training, or do not start it."""
    st.session_state.pop(ASKED, None)
