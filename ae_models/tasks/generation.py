"""Sampling of images by class and style, and measures of their quality.

`draw` samples from any generative model. The class-conditional VAE has *styles* besides: a style
is a vector of D standard normal numbers, and the same style with different labels gives images
of similar shape, as if in one handwriting.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ae_models import datasets, inference, metrics
from ae_models.artifacts.checkpoint import load
from ae_models.base import Samples, SamplesInStyles
from ae_models.metric_key import Metric
from ae_models.networks.classifier import ReferenceClassifier
from ae_models.tasks.nearest_neighbours import k_nearest

FLOOR = Metric("frechet", condition="real_halves")
SAMPLER = "cvae"


def sample(
    dataset: str,
    labels: Tensor | Sequence[int],
    *,
    seed: int = 0,
    temperature: float = 1.0,
    model: nn.Module | str = SAMPLER,
) -> Tensor:
    """One image per label: (N,) from 0 -> (N, 1, 28, 28) in [0, 1], on the CPU.

    From a model that samples, or a checkpoint's name: a conditional VAE's images are those
    of its `styles` for the seed, any other's those of `draw`. Raises `ValueError` for labels
    that no class has and for a temperature below 0, `LacksAbility` for a model that does not
    sample.
    """
    chosen = torch.as_tensor(labels, dtype=torch.long)
    if isinstance(model, str):
        model = load(dataset, model)
    if isinstance(model, SamplesInStyles):
        drawn = styles(dataset, len(chosen), seed, model=model)
        return in_styles(dataset, chosen, drawn, temperature=temperature, model=model)
    return draw(model, chosen, seed=seed, temperature=temperature)


def draw(model: nn.Module, labels: Tensor, *, seed: int, temperature: float = 1.0) -> Tensor:
    """Samples of any generative model for labels: (N,) -> (N, 1, 28, 28) in [0, 1], on the CPU.

    The same seed gives the same images. `temperature` is a factor of the prior's standard
    deviation; at 0 all samples of a class are the same. A model whose `samples_by_label` is false
    returns as many images as there are labels. Raises as `sample` does.
    """
    _check(inference.require(model, Samples), labels, temperature)
    if not len(labels):
        return torch.empty(0, 1, 28, 28)
    generator = torch.Generator().manual_seed(seed)
    return inference.in_batches(
        model, lambda m, label: m.sample(label, generator, temperature), labels
    )


def in_parts(
    dataset: str,
    labels: Tensor,
    *,
    seed: int,
    temperature: float = 1.0,
    model: nn.Module,
    size: int = inference.BATCH,
) -> Iterator[NDArray[np.uint8]]:
    """The images of `sample`, `size` at a time, as bytes (P, 28, 28): memory stays bounded.

    Raises as `sample` does, before the first part.
    """
    _check(inference.require(model, Samples), labels, temperature)
    drawn = (
        styles(dataset, len(labels), seed, model=model)
        if isinstance(model, SamplesInStyles)
        else None
    )
    generator = torch.Generator().manual_seed(seed)
    for start in range(0, len(labels), size):
        part = labels[start : start + size]
        if drawn is not None:
            style = drawn[start : start + size]
            images = in_styles(dataset, part, style, temperature=temperature, model=model)
        else:
            images = inference.in_batches(
                model, lambda m, label: m.sample(label, generator, temperature), part, batch=size
            )
        yield datasets.to_pixels(images)


def styles(dataset: str, count: int, seed: int, *, model: nn.Module | None = None) -> Tensor:
    """`count` styles for a seed, (count, D); the first ones are the same for every count."""
    generator = torch.Generator().manual_seed(seed)
    dim = math.prod(_sampler(dataset, model).latent_shape)
    whole = -(-dim // 16) * 16  # torch samples in blocks of 16, and a partial block differently
    return torch.randn((count, whole), generator=generator)[:, :dim]


def in_styles(
    dataset: str,
    labels: Tensor,
    style: Tensor,
    *,
    temperature: float = 1.0,
    model: nn.Module | None = None,
    attributes: Tensor | None = None,
) -> Tensor:
    """Labels (N,) each in the style beside it, (N, D) -> (N, 1, 28, 28) in [0, 1].

    `attributes` (N, A), in their units, are for the model that takes them.
    """
    sampler = _sampler(dataset, model)
    _check(sampler, labels, temperature)
    return inference.in_batches(
        sampler,
        lambda m, eps, label, *given: m.decode(
            m.from_style(temperature * eps, label, *given), label
        ),
        style,
        labels,
        *([] if attributes is None else [attributes]),
    )


def style_of(
    dataset: str, images: Tensor, labels: Tensor, *, model: nn.Module | None = None
) -> Tensor:
    """The style of images (N, 1, 28, 28) of known `labels` (N,) -> (N, D)."""
    return inference.in_batches(
        _sampler(dataset, model),
        lambda m, x, label: m.to_style(m.encode(x, label), label),
        images,
        labels,
    )


def nearest(images: Tensor, among: Tensor) -> Tensor:
    """For each image (N, 1, 28, 28), the index (N,) of the closest one `among` (M, 1, 28, 28)."""
    return k_nearest(images.flatten(1), among.flatten(1), 1).indices[:, 0]


def nearest_pixels(images: Tensor, among: NDArray[np.uint8], part: int = 10_000) -> Tensor:
    """As `nearest`, among many images (M, 28, 28) of bytes, compared `part` at a time."""
    least = torch.full((len(images),), torch.inf)
    index = torch.zeros(len(images), dtype=torch.long)
    for start in range(0, len(among), part):
        others = datasets.to_tensor(among[start : start + part]).flatten(1)
        found = k_nearest(images.flatten(1), others, 1)
        distance, row = found.distances[:, 0], found.indices[:, 0]
        index = torch.where(distance < least, start + row, index)
        least = torch.minimum(distance, least)
    return index


@torch.no_grad()
def figures(
    model: nn.Module,
    classifier: ReferenceClassifier,
    real: Tensor,
    real_labels: Tensor,
    *,
    each: int,
    seed: int,
) -> dict[Metric, float]:
    """Fréchet distance and diversity of `each` samples per class, and agreement with the labels.

    The Fréchet distance is in the features of the reference classifier; `FLOOR` is the
    same distance between two halves of the real images. `diversity` is the mean
    distance between two samples over that between two real images: of one class where the model
    samples by label, of all images where it does not. Only the former has an
    `agreement`: the share of samples to which the reference classifier assigns the requested label.
    """
    labels = torch.arange(classifier.config.classes).repeat(each)
    images = draw(model, labels, seed=seed)
    features = inference.in_batches(classifier, lambda m, x: m.features(x), images)
    real_features = inference.in_batches(classifier, lambda m, x: m.features(x), real)
    if model.samples_by_label:
        spread = metrics.diversity(images, labels) / metrics.diversity(real, real_labels)
    else:
        together = torch.zeros_like(labels), torch.zeros_like(real_labels)
        spread = metrics.diversity(images, together[0]) / metrics.diversity(real, together[1])
    result = {
        Metric("frechet"): metrics.frechet_distance(features, real_features),
        FLOOR: metrics.frechet_distance(real_features[::2], real_features[1::2]),
        Metric("diversity"): spread,
    }
    if model.samples_by_label:
        found = inference.class_probabilities(classifier, images).argmax(1)
        result[Metric("agreement")] = (found == labels).float().mean().item()
    return result


def _check(model: Samples, labels: Tensor, temperature: float) -> None:
    if not 0 <= temperature < math.inf:
        raise ValueError("a temperature is a number from 0 upwards")
    count = model.class_count
    if count is not None and ((labels < 0) | (labels >= count)).any():
        raise ValueError(
            f"labels are whole numbers from 0 to {count - 1}"
        )  # an invalid index ends a CUDA process


def _sampler(dataset: str, model: nn.Module | None) -> SamplesInStyles:
    return inference.require(
        model if model is not None else load(dataset, SAMPLER), SamplesInStyles
    )
