"""Caches of the page pages/depth.py: shared by all visitors, and never written to."""

import streamlit as st

from ae_models import datasets
from ae_models.tasks import depth
from ui.cache.image_sets import images
from ui.cache.models import model

WATCHED = 2_000  # test pictures over which the activity of units is taken
SHOWN = 40  # units of a layer


@st.cache_resource(max_entries=4, show_spinner=False)
def _watched(dataset: str, on_disk: bool) -> depth.Watched:
    x = datasets.to_tensor(images(dataset).pixels[:WATCHED])
    found = depth.watch(model(dataset, depth.DEEP), x, SHOWN)
    for units in found.varied:
        units.flags.writeable = False
    found.spread.flags.writeable = False
    return found


def watched(dataset: str) -> depth.Watched:
    """The SHOWN most varied units of each layer of the deep net, read-only."""
    return _watched(dataset, datasets.on_disk(dataset))
