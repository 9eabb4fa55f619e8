"""The training queue of this server, and networks that are not trained yet."""

import atexit

import streamlit as st
import torch

from ae_models import datasets
from ae_models.live import config
from ae_models.live.session import LiveSession, Snapshot
from ae_models.live.worker import Worker


@st.cache_resource(max_entries=1, show_spinner=False)
def worker() -> Worker:
    """The training queue of this server, shared by all visitors; its thread is running."""
    made = Worker()
    made.run()
    atexit.register(made.close)
    return made


@st.cache_resource(max_entries=40, show_spinner=False)
def _untrained(text: str, on_disk: bool) -> Snapshot:
    return LiveSession(config.read(text), torch.device("cpu")).snapshot()


def untrained(chosen: config.Choice) -> Snapshot:
    """A network before its first batch. Raises `checkpoint.CheckpointError`."""
    return _untrained(chosen.shown(), datasets.on_disk(chosen.dataset))
