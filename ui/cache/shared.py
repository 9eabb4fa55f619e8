"""Every cache of the project, and nothing else; those of a group of pages have a file each.

What is cached is shared by all visitors: models are in eval mode and never changed,
arrays refuse to be written to. A failure is never cached: what raises is tried again
by the next visit. Keys are names, numbers and seeds, never images.
"""

import numpy as np
import streamlit as st
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

import ae_models
from ae_models import base, datasets, inference, metrics
from ae_models.artifacts import card, checkpoint, image_source
from ae_models.tasks import projection
from ae_models.tasks.restoration import methods
from ui.base import sprite_sheets
from ui.plots import latent_scatter

# Visitors share the cores: threads that wait for each other make ten small images slower, and
# several times slower where the machine is busy.
torch.set_num_threads(1)


ABILITIES = {
    "reconstructs": base.Reconstructs,
    "codes": base.Codes,
    "samples": base.Samples,
    "fills in": base.FillsIn,
}


@st.cache_resource(max_entries=40, show_spinner=False)  # all of one data set and some more
def model(dataset: str, name: str) -> nn.Module:
    """A shared model. Raises `checkpoint.CheckpointError`."""
    return ae_models.load(dataset, name)


@st.cache_data(max_entries=10, ttl=60, show_spinner=False)
def names(dataset: str, ability: str) -> list[str]:
    """Names of the checkpoints that have an ability, a key of ABILITIES."""
    return ae_models.available(dataset, having=ABILITIES[ability])


@st.cache_data(max_entries=4, ttl=60, show_spinner=False)
def cards(dataset: str) -> list[str]:
    """Names of the models that reconstruct, also of those that ship their card alone."""
    return ae_models.available(dataset, having=base.Reconstructs, weightless=True)


def by_family(dataset: str, names: list[str]) -> dict[str, list[str]]:
    """The same names in the same order, under the keys of `card.FAMILIES` that they have."""
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(card_of(dataset, name).family, []).append(name)
    return groups


@st.cache_resource(max_entries=200, show_spinner=False)
def card_of(dataset: str, name: str) -> card.Card:
    """A card, frozen. Raises `OSError` or `ValueError`."""
    return card.read_card(dataset, name)


@st.cache_data(max_entries=100, show_spinner=False)
def structure(dataset: str, name: str) -> str:
    """The layers as torch prints them; no weights are needed. Raises `CheckpointError`."""
    try:
        return str(checkpoint.build(card_of(dataset, name)))
    except (OSError, ValueError, RuntimeError) as error:
        raise checkpoint.unusable(card.folder(dataset, name) / "card.json", error) from error


@st.cache_resource(max_entries=8, show_spinner=False)
def _images(dataset: str, split: datasets.Split, on_disk: bool) -> datasets.Images:
    return image_source.load(dataset, split)


def images(dataset: str, split: datasets.Split = "test") -> datasets.Images:
    """The pictures of a split, original or decoded; files that arrive later are noticed."""
    return _images(dataset, split, datasets.on_disk(dataset))


@st.cache_resource(max_entries=12, show_spinner=False)  # of a wide model, 40 MB
def _codes(dataset: str, name: str, on_disk: bool) -> NDArray[np.float32]:
    shown = images(dataset)
    labels = _tensor(shown.labels) if needs_label(dataset, name) else None
    return frozen(inference.encode(model(dataset, name), datasets.to_tensor(shown.pixels), labels))


def codes(dataset: str, name: str) -> NDArray[np.float32]:
    """Codes of the test pictures, (N, D) read-only; a conditional model is told the label."""
    return _codes(dataset, name, datasets.on_disk(dataset))


@st.cache_resource(max_entries=24, show_spinner=False)
def _errors(dataset: str, name: str, on_disk: bool) -> NDArray[np.float32]:
    x = datasets.to_tensor(images(dataset).pixels)
    labels = _tensor(images(dataset).labels) if needs_label(dataset, name) else None
    return frozen(metrics.mse(inference.reconstruct(model(dataset, name), x, labels), x)[:, None])


def errors(dataset: str, name: str) -> NDArray[np.float32]:
    """MSE a pixel of every test picture, (N,) read-only."""
    return _errors(dataset, name, datasets.on_disk(dataset))[:, 0]


@st.cache_resource(max_entries=24, show_spinner=False)
def embedding(dataset: str, name: str) -> NDArray[np.float32] | None:
    """The t-SNE map that ships with a checkpoint, (10000, 2) read-only, or None."""
    return projection.shipped(dataset, name)


@st.cache_resource(max_entries=24, show_spinner=False)
def _principal(dataset: str, name: str, on_disk: bool) -> projection.Principal:
    return projection.principal(codes(dataset, name))


def principal(dataset: str, name: str) -> projection.Principal:
    """Principal directions of the codes of the test pictures."""
    return _principal(dataset, name, datasets.on_disk(dataset))


@st.cache_resource(max_entries=8, show_spinner=False)
def _decoded_places(dataset: str, name: str, on_disk: bool) -> latent_scatter.Background:
    places = latent_scatter.lattice(codes(dataset, name))
    x_hat = inference.decode(model(dataset, name), torch.from_numpy(places.places()))
    return latent_scatter.background(datasets.to_pixels(x_hat), places)


def decoded_places(dataset: str, name: str) -> latent_scatter.Background:
    """What the places of a code of two numbers decode to, all over the map of the test pictures."""
    return _decoded_places(dataset, name, datasets.on_disk(dataset))


@st.cache_resource(max_entries=4, show_spinner=False)
def _sprites(dataset: str, on_disk: bool) -> str:
    return sprite_sheets.publish(images(dataset).pixels)


def sprites(dataset: str) -> str:
    """The name of the sprite sheet of the test pictures."""
    return _sprites(dataset, datasets.on_disk(dataset))


@st.cache_data(
    max_entries=200,
    ttl=3600,
    show_spinner=False,
    hash_funcs={np.ndarray: lambda array: array.tobytes()},  # the default hashes a sample
)
def psnr_curves(
    dataset: str,
    pixels: NDArray[np.uint8],
    labels: NDArray[np.int64],
    noise: str,
    seed: int,
    names: tuple[str, ...],
    strengths: tuple[float, ...],
) -> dict[str, list[float]]:
    """PSNR in dB against strength of each method on a few images."""
    models = {name: model(dataset, name) for name in names}
    x = datasets.to_tensor(pixels)
    return methods.psnr_curve(x, noise, strengths, seed, models, _tensor(labels))


@st.cache_resource(max_entries=8, show_spinner=False)
def noisy_psnr(
    dataset: str, noise: str, strengths: tuple[float, ...], seed: int
) -> NDArray[np.float64]:
    """PSNR in dB of the noisy test pictures themselves, mean over all, (S,) read-only."""
    x = datasets.to_tensor(images(dataset).pixels)
    noisy = (methods.damage(x, noise, strength, seed) for strength in strengths)
    decibels = np.array([metrics.psnr(one, x).mean().item() for one in noisy])
    decibels.flags.writeable = False
    return decibels


def needs_label(dataset: str, name: str) -> bool:
    """Whether a model must be told the label with every image."""
    return bool(getattr(model(dataset, name), "needs_label", False))


def _tensor(array: NDArray[np.int64]) -> Tensor:
    return torch.from_numpy(array.copy())  # torch cannot share a read-only array


def frozen(tensor: Tensor) -> NDArray[np.float32]:
    """(N, …) as an array (N, D) that refuses to be written to."""
    array: NDArray[np.float32] = tensor.flatten(1).numpy()
    array.flags.writeable = False
    return array
