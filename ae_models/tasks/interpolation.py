"""Interpolation between latent codes, label transfer, and attribute directions.

Each of the three has a baseline in pixel space: a cross-fade, the most similar real image of the
other label, and the difference of two groups' mean images.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ae_models import inference
from ae_models.base import SamplesInStyles, Variational
from ae_models.i18n import N_

Floats = NDArray[np.float32]
Ids = NDArray[np.int64]

FEWEST = 2  # images of a group: the mean of one would be that image
PART = 0.2  # of the images at either end of an attribute
EMPTY = N_("A group holds no image: choose another one.")
ONE = N_("A group holds one image only. At least two are needed to find what they share.")
SAME = N_("Both groups hold the same images: there is no way from one to the other.")


def linear(start: Floats, end: Floats, steps: int) -> Floats:
    """Linear interpolation (lerp) between two codes (D,): (steps, D), evenly spaced."""
    t = np.linspace(0, 1, steps, dtype=np.float32)[:, None]
    return (1 - t) * start + t * end


def spherical(start: Floats, end: Floats, steps: int) -> Floats:
    """Spherical interpolation (slerp) between two codes (Shoemake 1985; White 2016): (steps, D).

    Samples of a normal prior in many dimensions lie near a sphere, which linear interpolation
    leaves. Falls back to linear interpolation where the two codes are (anti)parallel.
    """
    length = np.linalg.norm(start) * np.linalg.norm(end)
    cosine = float(start @ end / length) if length > 0 else 1.0
    if abs(cosine) > 0.9999:
        return linear(start, end, steps)
    angle = np.arccos(cosine)
    t = np.linspace(0, 1, steps, dtype=np.float32)[:, None]
    return ((np.sin((1 - t) * angle) * start + np.sin(t * angle) * end) / np.sin(angle)).astype(
        np.float32
    )


WAYS: dict[str, Callable[[Floats, Floats, int], Floats]] = {
    "straight": linear,
    "arc": spherical,
}


def ways(model: nn.Module) -> list[str]:
    """The keys of WAYS for a model: spherical only for a normal prior, as a VAE's."""
    return list(WAYS) if isinstance(model, Variational) else ["straight"]


def interpolate(
    model: nn.Module, pair: Tensor, steps: int, way: str, labels: Tensor | None = None
) -> Tensor:
    """From the first of two images (2, 1, 28, 28) to the second: (steps, 1, 28, 28) in [0, 1].

    `way` is a key of WAYS; the first and the last step are the reconstructions. A
    class-conditional model gets the labels (2,): up to the middle the first, then the second.
    """
    start, end = encoded(model, pair, labels)
    given = None if labels is None else labels[(torch.arange(steps) >= steps / 2).long()]
    return decoded(model, WAYS[way](start, end, steps), given)


def cross_fade(pair: Tensor, steps: int) -> Tensor:
    """The baseline in pixel space: a weighted mean of two images (2, 1, 28, 28): (steps, …)."""
    t = torch.linspace(0, 1, steps).view(-1, 1, 1, 1)
    return (1 - t) * pair[:1] + t * pair[1:]


def transfer(model: nn.Module, x: Tensor, label: Tensor, keep: str) -> Tensor:
    """One image (1, 1, 28, 28) of a label (1,) under every label: (C, 1, 28, 28) in [0, 1].

    `keep` is what stays the same: "code", the latent code itself, or "style", the code
    standardised by the prior of its label, which the prior of the other label maps back.
    Raises `LacksAbility` for a model that is not class-conditional.
    """
    count = inference.require(model, SamplesInStyles).class_count
    labels = torch.arange(count)
    z = inference.encode(model, x, label)
    if keep == "style":
        style = inference.in_batches(model, lambda m, code, own: m.to_style(code, own), z, label)
        z = inference.in_batches(
            model,
            lambda m, s, other: m.from_style(s, other),
            style.expand(count, -1),
            labels,
        )
    return inference.decode(model, z.expand(count, -1), labels)


def most_similar(x: Tensor, images: Tensor, labels: Ids, classes: int) -> Ids:
    """For each label the index of the image (N, 1, 28, 28) closest to x (1, 1, 28, 28): (classes,).

    Images equal to x are skipped; -1 where a label has no other image.
    """
    distance = torch.cdist(x.flatten(1), images.flatten(1))[0].numpy()
    distance = np.where((images == x).flatten(1).all(1).numpy(), np.inf, distance)
    found = np.full(classes, -1)
    for label in np.unique(labels).tolist():
        of_label = np.flatnonzero(labels == label)
        best = of_label[distance[of_label].argmin()]
        found[label] = best if np.isfinite(distance[best]) else -1
    return found


class Groups(NamedTuple):
    """Indices of two groups of images; an attribute direction leads from one mean to the other."""

    one: Ids
    other: Ids


def ends(values: Floats, ids: Ids, part: float = PART) -> Groups:
    """The fractions `part` of the images `ids` with the lowest and the highest values (N,)."""
    order = ids[np.argsort(values[ids], kind="stable")]
    count = int(part * len(order))
    return Groups(order[:count], order[len(order) - count :])


def classes(labels: Ids, one: int, other: int) -> Groups:
    """The images of two labels."""
    return Groups(np.flatnonzero(labels == one), np.flatnonzero(labels == other))


def inside(plane: Floats, corners: Floats) -> Ids:
    """Indices of the points (N, 2) of a map inside a polygon (K, 2) of at least 3 corners."""
    from skimage.measure import points_in_poly

    if len(corners) < 3:
        return np.empty(0, np.int64)
    return np.flatnonzero(points_in_poly(plane, corners))


def check(groups: Groups) -> None:
    """Raise `ValueError` with a message for the page where the groups give no direction."""
    sizes = [len(group) for group in groups]
    if not min(sizes):
        raise ValueError(EMPTY)
    if min(sizes) < FEWEST:
        raise ValueError(ONE)
    if np.array_equal(np.sort(groups.one), np.sort(groups.other)):
        raise ValueError(SAME)


def direction(codes: Floats | NDArray[np.uint8], groups: Groups) -> Floats:
    """The difference of the mean codes of two groups: codes (N, D) -> (D,).

    Larsen et al. 2016 compute the attributes of faces in this way. Codes may also be pixels.
    Raises `ValueError` as `check` does.
    """
    check(groups)
    one, other = (codes[group].mean(axis=0, dtype=np.float64) for group in groups)
    return (other - one).astype(np.float32)


def moved(
    model: nn.Module, x: Tensor, along: Floats, steps: Floats, label: Tensor | None = None
) -> Tensor:
    """An image (1, 1, 28, 28) moved by `steps` (S,) times a direction (D,): (S, 1, 28, 28).

    A step of 1 adds the difference of the group means; 0 gives the reconstruction.
    """
    z = encoded(model, x, label)
    labels = None if label is None else label.expand(len(steps))
    return decoded(model, z + steps[:, None] * along, labels)


def moved_pixels(x: Tensor, along: Floats, steps: Floats) -> Tensor:
    """The baseline in pixel space: x (1, 1, 28, 28) plus `steps` (S,) times a direction (784,).

    (S, 1, 28, 28), clipped to [0, 1].
    """
    offsets = torch.from_numpy(np.outer(steps, along)).view(-1, 1, 28, 28)
    return (x + offsets).clamp(0, 1)


def encoded(model: nn.Module, x: Tensor, labels: Tensor | None) -> Floats:
    """Images (N, 1, 28, 28) -> flat codes (N, D)."""
    codes: Floats = inference.encode(model, x, labels).flatten(1).numpy()
    return codes


def decoded(model: nn.Module, codes: Floats, labels: Tensor | None) -> Tensor:
    """Flat codes (N, D) -> (N, 1, 28, 28) in [0, 1]."""
    shape = getattr(model, "latent_shape", codes.shape[1:])
    z = torch.from_numpy(np.ascontiguousarray(codes, np.float32)).reshape(len(codes), *shape)
    return inference.decode(model, z, labels)
