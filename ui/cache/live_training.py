"""The one worker of this server, and networks that are not trained yet."""

import atexit

import streamlit as st
import torch

from ae_models import datasets
from ae_models.live import config
from ae_models.live.session import Look, Trainee
from ae_models.live.worker import Worker


@st.cache_resource(max_entries=1, show_spinner=False)
def worker() -> Worker:
    """It is shared by all visitors; its thread has been started."""
    made = Worker()
    made.run()
    atexit.register(made.close)
    return made


@st.cache_resource(max_entries=40, show_spinner=False)
def _untrained(text: str, on_disk: bool) -> Look:
    return Trainee(config.read(text), torch.device("cpu")).look()


def untrained(chosen: config.Choice) -> Look:
    """What a network shows before its first batch. Raises `checkpoint.CheckpointError`."""
    return _untrained(chosen.shown(), datasets.on_disk(chosen.dataset))
