"""Caches of the Morph page.

What is cached is shared by all visitors and never written to.
"""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ae_models import datasets
from ae_models.images import attributes
from ui.cache.image_sets import images
from ui.cache.latent import frozen


@st.cache_resource(max_entries=16, show_spinner=False)
def _attribute(dataset: str, name: str, on_disk: bool) -> NDArray[np.float32]:
    return frozen(attributes.measure([name], datasets.to_tensor(images(dataset).pixels)))


def attribute(dataset: str, name: str) -> NDArray[np.float32]:
    """An attribute, a key of `attributes.MEASURES`, of every test picture, (N,) read-only."""
    return _attribute(dataset, name, datasets.on_disk(dataset))[:, 0]
