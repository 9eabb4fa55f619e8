"""Caches of the page pages/kl_and_beta.py: shared by all visitors, and never written to."""

import streamlit as st

from ae_models import datasets, inference
from ae_models.base import Variational
from ae_models.tasks import kl_and_beta
from ui.cache.image_sets import images
from ui.cache.models import model

WEIGHED = 1_000  # test pictures on which a VAE's loss is measured


def vae(dataset: str, name: str) -> Variational:
    """A shared model whose code is a distribution. Raises `CheckpointError`, `LacksAbility`."""
    return inference.asked(model(dataset, name), Variational)


@st.cache_resource(max_entries=24, show_spinner=False)
def _bill(dataset: str, name: str, on_disk: bool) -> kl_and_beta.Bill:
    x = datasets.to_tensor(images(dataset).pixels[:WEIGHED])
    return kl_and_beta.bill(vae(dataset, name), x, seed=0)


def bill(dataset: str, name: str) -> kl_and_beta.Bill:
    """What the first WEIGHED test pictures cost a VAE. Raises `checkpoint.CheckpointError`."""
    return _bill(dataset, name, datasets.on_disk(dataset))
