"""Cache of the Depth page: shared by all visitors, and never written to."""

import streamlit as st

from ae_models import datasets
from ae_models.tasks import depth
from ui.cache.image_sets import images
from ui.cache.models import model

MEASURED = 2_000  # test images over which activations are measured
SHOWN = 40  # units of a layer


@st.cache_resource(max_entries=4, show_spinner=False)
def _unit_statistics(dataset: str, on_disk: bool) -> depth.UnitStatistics:
    x = datasets.to_tensor(images(dataset).pixels[:MEASURED])
    found = depth.unit_statistics(model(dataset, depth.DEEP), x, SHOWN)
    for units in found.varied:
        units.flags.writeable = False
    found.pixel_std.flags.writeable = False
    return found


def unit_statistics(dataset: str) -> depth.UnitStatistics:
    """The SHOWN most varying units of each layer of the deep network, read-only."""
    return _unit_statistics(dataset, datasets.on_disk(dataset))
