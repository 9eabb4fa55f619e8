"""Sensitivity of a code to perturbations of its image, and the directions of the highest gain.

Rifai et al. 2011, "Contractive Auto-Encoders". The scale of a code is arbitrary, so displacements
of images and of codes are divided by the RMS distance of the images, or of their codes, from
their mean. At a gain of 1 the two relative displacements are equal.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import affine_grid, grid_sample

from ae_models import inference
from ae_models.base import Codes
from ae_models.i18n import N_

MAX_LENGTH = 8.0  # Euclidean length of the largest random perturbation; two images differ by 10
MAX_SHIFT = 2.0  # pixels
MAX_ROTATION = 20.0  # degrees


def random_direction(x: Tensor, size: float, generator: torch.Generator) -> Tensor:
    """Add to each image `size * MAX_LENGTH` along its own random direction; then clip."""
    direction = torch.randn(x.shape, generator=generator)
    direction = direction / direction.flatten(1).norm(dim=1).view(-1, 1, 1, 1)
    return (x + size * MAX_LENGTH * direction).clamp(0, 1)


def shift(x: Tensor, size: float, generator: torch.Generator) -> Tensor:
    """Shift to the right by `size * MAX_SHIFT` pixels, fractions included."""
    return _transformed(x, 0.0, size * MAX_SHIFT)


def rotation(x: Tensor, size: float, generator: torch.Generator) -> Tensor:
    """Rotate clockwise about the centre by `size * MAX_ROTATION` degrees."""
    return _transformed(x, size * MAX_ROTATION, 0.0)


Perturbation = Callable[[Tensor, float, torch.Generator], Tensor]
PERTURBATIONS: dict[str, Perturbation] = {
    N_("random direction"): random_direction,
    N_("shift"): shift,
    "turn": rotation,
}


class Scales(NamedTuple):
    """RMS distances from the mean: the units of displacements of images and of codes."""

    image: float
    code: float


class Response(NamedTuple):
    """One image, or its reconstruction, before and after a perturbation."""

    before: Tensor  # (1, 1, 28, 28) in [0, 1]
    after: Tensor
    change: Tensor  # (28, 28), after minus before
    distance: float  # displacement of the image, or of its code, in RMS distances


class Directions(NamedTuple):
    """Singular value decomposition of the encoder's Jacobian at one image, by decreasing gain."""

    gains: Tensor  # (D,) singular values, in units of Scales
    patterns: Tensor  # (D, 28, 28) right singular vectors: changes of the image of length 1


def perturb(x: Tensor, kind: str, size: float, seed: int) -> Tensor:
    """Perturb images (N, 1, 28, 28) in [0, 1] by a key of PERTURBATIONS; size 0 to 1."""
    return PERTURBATIONS[kind](x, size, torch.Generator().manual_seed(seed))


def rms_distance(points: Tensor) -> float:
    """Root of the mean squared Euclidean distance of points (N, ...) from their mean."""
    flat = points.flatten(1).double()
    return (flat - flat.mean(dim=0)).square().sum(dim=1).mean().sqrt().item()


def displacement(points: Tensor, others: Tensor, scale: float) -> Tensor:
    """Euclidean distance between paired points (N, ...), divided by `scale`: (N,)."""
    return (others - points).flatten(1).norm(dim=1) / scale


def image_response(x: Tensor, perturbed: Tensor, scale: float) -> Response:
    """The perturbation of one image (1, 1, 28, 28) itself."""
    distance = displacement(x, perturbed, scale).item()
    return Response(x, perturbed, (perturbed - x)[0, 0], distance)


def model_response(model: nn.Module, x: Tensor, perturbed: Tensor, scale: float) -> Response:
    """Reconstructions of an image (1, 1, 28, 28) and of its perturbed copy; the code's distance."""
    z = inference.encode(model, torch.cat([x, perturbed]))
    before, after = inference.decode(model, z).split(1)
    distance = displacement(z[:1], z[1:], scale).item()
    return Response(before, after, (after - before)[0, 0], distance)


def displacement_curve(
    model: nn.Module, x: Tensor, kind: str, sizes: Sequence[float], seed: int, scale: float
) -> list[float]:
    """Displacement of the code of one image (1, 1, 28, 28) at each size of a perturbation."""
    perturbed = torch.cat([perturb(x, kind, size, seed) for size in sizes])
    z = inference.encode(model, torch.cat([x, perturbed]))
    distances: list[float] = displacement(z[:1].expand_as(z[1:]), z[1:], scale).tolist()
    return distances


def gain(model: nn.Module, x: Tensor, perturbed: Tensor, scales: Scales) -> Tensor:
    """Displacement of codes over displacement of images (N, 1, 28, 28), both scaled: (N,).

    nan where a perturbation leaves an image unchanged.
    """
    z, z_perturbed = inference.encode(model, x), inference.encode(model, perturbed)
    of_codes = displacement(z, z_perturbed, scales.code)
    return of_codes / displacement(x, perturbed, scales.image)


def mean_gains(
    model: nn.Module, x: Tensor, size: float, seed: int, scales: Scales
) -> dict[str, float]:
    """Mean gain over images (N, 1, 28, 28) for each key of PERTURBATIONS."""
    return {
        kind: gain(model, x, perturb(x, kind, size, seed), scales).nanmean().item()
        for kind in PERTURBATIONS
    }


def jacobian(model: nn.Module, x: Tensor) -> Tensor:
    """dz/dx at one image (1, 1, 28, 28): (D, 784), exact, on the CPU.

    Raises `LacksAbility` where the model has no code.
    """
    encoder = inference.require(model, Codes)
    image = x.to(inference.device_of(model))
    slopes: Tensor = torch.func.jacrev(lambda one: encoder.encode(one).flatten())(image)
    return slopes.flatten(1).detach().cpu()


def directions(slopes: Tensor, scales: Scales) -> Directions:
    """Singular value decomposition of a Jacobian (D, 784).

    The sign of a direction is arbitrary: its largest pixel is made positive.
    """
    _, values, vectors = torch.linalg.svd(slopes.double(), full_matrices=False)
    largest = vectors.gather(1, vectors.abs().argmax(dim=1, keepdim=True))  # (D, 1)
    patterns = (vectors * largest.sign()).float().view(-1, 28, 28)
    return Directions((values * scales.image / scales.code).float(), patterns)


def frobenius_norm(gains: Tensor) -> float:
    """The Frobenius norm of a matrix with these singular values."""
    return gains.square().sum().sqrt().item()


def _transformed(x: Tensor, degrees: float, pixels: float) -> Tensor:
    """Rotate and shift with bilinear interpolation and zero padding."""
    angle = math.radians(degrees)
    cos, sin = math.cos(angle), math.sin(angle)
    # affine_grid maps output to input coordinates, in units of half a side.
    inverse = torch.tensor([[cos, sin, -pixels / 14], [-sin, cos, 0.0]])
    grid = affine_grid(inverse.expand(len(x), 2, 3), list(x.shape), align_corners=False)
    return grid_sample(x, grid, align_corners=False).clamp(0, 1)
