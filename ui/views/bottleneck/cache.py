"""Cache of the Bottleneck page: shared by all visitors, and never written to."""

import streamlit as st

from ae_models import datasets
from ae_models.tasks import compression
from ui.cache.image_sets import images
from ui.cache.models import model

MEASURED = 500  # test images on which bytes are counted
CALIBRATED = 5_000  # training images for the range of each component of a code


@st.cache_data(max_entries=24, show_spinner=False)
def _encodings(dataset: str, width: int, on_disk: bool) -> dict[str, compression.Encoded]:
    pixels = images(dataset).pixels[:MEASURED]
    training = datasets.to_tensor(images(dataset, "train").pixels[:CALIBRATED])
    x = datasets.to_tensor(pixels)
    linear = model(dataset, compression.pca(max(compression.WIDTHS)))
    code = compression.as_code(model(dataset, compression.dense(width)), x, training)
    return {
        "code": code,
        "pca": compression.as_pca(linear, x, training, code.psnr),
        "jpeg": compression.as_jpeg(pixels, code.psnr),
        "png": compression.as_png(pixels),
    }


def encodings(dataset: str, width: int) -> dict[str, compression.Encoded]:
    """Size of the first MEASURED test images as latent codes, and as PCA, JPEG and PNG.

    PCA and JPEG reach the PSNR of the codes; ranges are those of CALIBRATED training images.
    Raises `checkpoint.CheckpointError`.
    """
    return _encodings(dataset, width, datasets.on_disk(dataset))
