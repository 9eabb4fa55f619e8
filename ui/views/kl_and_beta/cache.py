"""Caches of the KL and beta page: shared by all visitors, and never written to."""

import streamlit as st

from ae_models import datasets, inference
from ae_models.base import Variational
from ae_models.tasks import kl_and_beta
from ui.cache.image_sets import images
from ui.cache.models import model

MEASURED = 1_000  # test images on which the loss is measured


def vae(dataset: str, name: str) -> Variational:
    """A shared model whose code is a distribution. Raises `CheckpointError`, `LacksAbility`."""
    return inference.require(model(dataset, name), Variational)


@st.cache_resource(max_entries=24, show_spinner=False)
def _loss_breakdown(dataset: str, name: str, on_disk: bool) -> kl_and_beta.LossBreakdown:
    x = datasets.to_tensor(images(dataset).pixels[:MEASURED])
    return kl_and_beta.loss_breakdown(vae(dataset, name), x, seed=0)


def loss_breakdown(dataset: str, name: str) -> kl_and_beta.LossBreakdown:
    """A VAE's loss on the first MEASURED test images. Raises `checkpoint.CheckpointError`."""
    return _loss_breakdown(dataset, name, datasets.on_disk(dataset))
