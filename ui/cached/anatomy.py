"""Caches of the pages on the anatomy of autoencoders.

As in `ui.cached`: what is cached is shared by all visitors and never written to.
"""

from typing import cast

import numpy as np
import streamlit as st
import torch
from numpy.typing import NDArray

from ae_models import data
from ae_models.tasks import beta, compression, contraction, depth, sparsity
from ae_models.variants.sparse import Sparse
from ae_models.variants.stacked import Stacked
from ae_models.variants.vae import Vae
from ui.cached import codes, frozen, images, model

MEASURED = 500  # test pictures on which bytes are counted
WATCHED = 2_000  # test pictures over which the activity of units is taken
SHOWN = 40  # units of a layer
RANGED = 5_000  # training pictures that give the range of each number in a code
WEIGHED = 1_000  # test pictures on which a VAE's loss is measured
NUDGED = 500  # test pictures that are nudged


@st.cache_data(max_entries=24, show_spinner=False)
def _kept(dataset: str, width: int, on_disk: bool) -> dict[str, compression.Kept]:
    pixels = images(dataset).pixels[:MEASURED]
    training = data.to_tensor(images(dataset, "train").pixels[:RANGED])
    x = data.to_tensor(pixels)
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
    return _kept(dataset, width, data.on_disk(dataset))


def vae(dataset: str, name: str) -> Vae:
    """A shared model that is known to be a VAE. Raises `checkpoint.CheckpointError`."""
    return cast(Vae, model(dataset, name))


@st.cache_resource(max_entries=24, show_spinner=False)
def _bill(dataset: str, name: str, on_disk: bool) -> beta.Bill:
    x = data.to_tensor(images(dataset).pixels[:WEIGHED])
    return beta.bill(vae(dataset, name), x, seed=0)


def bill(dataset: str, name: str) -> beta.Bill:
    """What the first WEIGHED test pictures cost a VAE. Raises `checkpoint.CheckpointError`."""
    return _bill(dataset, name, data.on_disk(dataset))


@st.cache_resource(max_entries=24, show_spinner=False)
def _activity(dataset: str, name: str, on_disk: bool) -> sparsity.Activity:
    return sparsity.activity(codes(dataset, name))


def activity(dataset: str, name: str) -> sparsity.Activity:
    """How busy the units of a code are over the test pictures."""
    return _activity(dataset, name, data.on_disk(dataset))


@st.cache_resource(max_entries=4, show_spinner=False)
def drawings(dataset: str, name: str) -> NDArray[np.float32]:
    """What each unit of a sparse autoencoder draws, (units, 784) read-only."""
    return frozen(cast(Sparse, model(dataset, name)).drawings().cpu())


@st.cache_data(max_entries=24, show_spinner=False)
def _spreads(dataset: str, name: str, on_disk: bool) -> contraction.Spreads:
    pixels = torch.from_numpy(images(dataset).pixels / np.float32(255))
    return contraction.Spreads(
        contraction.spread(pixels), contraction.spread(torch.tensor(codes(dataset, name)))
    )


def spreads(dataset: str, name: str) -> contraction.Spreads:
    """The units of length among the test pictures and among their codes."""
    return _spreads(dataset, name, data.on_disk(dataset))


@st.cache_data(max_entries=200, ttl=3600, show_spinner=False)
def _gains(dataset: str, name: str, size: float, seed: int, on_disk: bool) -> dict[str, float]:
    x = data.to_tensor(images(dataset).pixels[:NUDGED])
    shared, units = model(dataset, name), spreads(dataset, name)
    return {
        kind: contraction.gain(shared, x, contraction.nudge(x, kind, size, seed), units)
        .nanmean()
        .item()
        for kind in contraction.NUDGES
    }


def gains(dataset: str, name: str, size: float, seed: int) -> dict[str, float]:
    """Mean gain over the first NUDGED test pictures of each kind of nudge at a size."""
    return _gains(dataset, name, size, seed, data.on_disk(dataset))


@st.cache_resource(max_entries=4, show_spinner=False)
def _watched(dataset: str, on_disk: bool) -> depth.Watched:
    x = data.to_tensor(images(dataset).pixels[:WATCHED])
    found = depth.watch(cast(Stacked, model(dataset, depth.DEEP)), x, SHOWN)
    for units in found.varied:
        units.flags.writeable = False
    found.spread.flags.writeable = False
    return found


def watched(dataset: str) -> depth.Watched:
    """The SHOWN most varied units of each layer of the deep net, read-only."""
    return _watched(dataset, data.on_disk(dataset))
