"""Caches of the page pages/bottleneck.py: shared by all visitors, and never written to."""

import streamlit as st

from ae_models import datasets
from ae_models.tasks import compression
from ui.cache.image_sets import images
from ui.cache.models import model

MEASURED = 500  # test pictures on which bytes are counted
RANGED = 5_000  # training pictures that give the range of each number in a code


@st.cache_data(max_entries=24, show_spinner=False)
def _kept(dataset: str, width: int, on_disk: bool) -> dict[str, compression.Kept]:
    pixels = images(dataset).pixels[:MEASURED]
    training = datasets.to_tensor(images(dataset, "train").pixels[:RANGED])
    x = datasets.to_tensor(pixels)
    linear = model(dataset, compression.pca(max(compression.WIDTHS)))
    code = compression.as_code(model(dataset, compression.dense(width)), x, training)
    return {
        "code": code,
        "pca": compression.as_pca(linear, x, training, code.psnr),
        "jpeg": compression.as_jpeg(pixels, code.psnr),
        "png": compression.as_png(pixels),
    }


def kept(dataset: str, width: int) -> dict[str, compression.Kept]:
    """What the first MEASURED test pictures take as codes of a width, and as PCA, JPEG and PNG.

    PCA and JPEG come as close as the codes do; ranges are those of RANGED training pictures.
    Raises `checkpoint.CheckpointError`.
    """
    return _kept(dataset, width, datasets.on_disk(dataset))
