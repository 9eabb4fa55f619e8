"""How far a code moves when its image is nudged, and in which directions it moves most.

Rifai et al. 2011, "Contractive Auto-Encoders". A code may be written in a smaller unit and
call that contraction; so lengths are measured in spreads. The spread of images, or of codes,
is the root of their mean squared distance from their mean: a gain of 1 says that a nudge
carries the code as far among the codes as it carries the image among the images.
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

FARTHEST = 8.0  # length of the largest random nudge; images lie about 10 apart
MOST_PIXELS = 2.0
MOST_DEGREES = 20.0


def random_direction(x: Tensor, size: float, generator: torch.Generator) -> Tensor:
    """Each image along a direction of its own, any as likely as any other; then clipped."""
    way = torch.randn(x.shape, generator=generator)
    way = way / way.flatten(1).norm(dim=1).view(-1, 1, 1, 1)
    return (x + size * FARTHEST * way).clamp(0, 1)


def shift(x: Tensor, size: float, generator: torch.Generator) -> Tensor:
    """To the right, by parts of pixels too."""
    return _moved(x, 0.0, size * MOST_PIXELS)


def turn(x: Tensor, size: float, generator: torch.Generator) -> Tensor:
    """Clockwise, about the middle."""
    return _moved(x, size * MOST_DEGREES, 0.0)


Nudge = Callable[[Tensor, float, torch.Generator], Tensor]
NUDGES: dict[str, Nudge] = {
    N_("random direction"): random_direction,
    N_("shift"): shift,
    N_("turn"): turn,
}


class Spreads(NamedTuple):
    """The unit of length among images and among a model's codes."""

    image: float
    code: float


class Response(NamedTuple):
    """One image before and after a nudge."""

    before: Tensor  # (1, 1, 28, 28) in [0, 1]
    after: Tensor
    change: Tensor  # (28, 28), after less before
    way: float  # how far the image, or its code, has moved, in spreads


class Directions(NamedTuple):
    """The encoder at one image, as a linear map: what it feels, most of all first."""

    gains: Tensor  # (D,) singular values of the Jacobian, in spreads
    pictures: Tensor  # (D, 28, 28) unit vectors: the change of the image for each


def nudge(x: Tensor, kind: str, size: float, seed: int) -> Tensor:
    """Images (N, 1, 28, 28) in [0, 1], nudged: a key of NUDGES, size 0 … 1; a seed repeats."""
    return NUDGES[kind](x, size, torch.Generator().manual_seed(seed))


def spread(points: Tensor) -> float:
    """Of points (N, ...): the root of their mean squared distance from their mean."""
    flat = points.flatten(1).double()
    return (flat - flat.mean(dim=0)).square().sum(dim=1).mean().sqrt().item()


def moved(points: Tensor, others: Tensor, unit: float) -> Tensor:
    """How far each of (N, ...) lies from its other, in spreads: (N,)."""
    return (others - points).flatten(1).norm(dim=1) / unit


def of_image(x: Tensor, nudged: Tensor, unit: float) -> Response:
    """The nudge itself, of one image (1, 1, 28, 28)."""
    return Response(x, nudged, (nudged - x)[0, 0], moved(x, nudged, unit).item())


def of_model(model: nn.Module, x: Tensor, nudged: Tensor, unit: float) -> Response:
    """What a model makes of one image (1, 1, 28, 28) and its nudged self; its code's way."""
    z = inference.encode(model, torch.cat([x, nudged]))
    before, after = inference.decode(model, z).split(1)
    way = moved(z[:1], z[1:], unit).item()
    return Response(before, after, (after - before)[0, 0], way)


def ways(
    model: nn.Module, x: Tensor, kind: str, sizes: Sequence[float], seed: int, unit: float
) -> list[float]:
    """How far the code of one image (1, 1, 28, 28) moves for nudges of these sizes, in spreads."""
    nudged = torch.cat([nudge(x, kind, size, seed) for size in sizes])
    z = inference.encode(model, torch.cat([x, nudged]))
    far: list[float] = moved(z[:1].expand_as(z[1:]), z[1:], unit).tolist()
    return far


def gain(model: nn.Module, x: Tensor, nudged: Tensor, units: Spreads) -> Tensor:
    """How far codes move for how far images (N, 1, 28, 28) move, both in spreads: (N,).

    Not a number where an image was not moved at all.
    """
    z, z_nudged = inference.encode(model, x), inference.encode(model, nudged)
    return moved(z, z_nudged, units.code) / moved(x, nudged, units.image)


def jacobian(model: nn.Module, x: Tensor) -> Tensor:
    """dz/dx at one image (1, 1, 28, 28): (D, 784), exact, on the CPU.

    The image goes through once for each number of the code, and each copy is asked for one.
    """
    able, image = inference.asked(model, Codes), x.to(inference.device_of(model))
    with torch.enable_grad():
        numbers = able.encode(image).numel()
        copies = image.repeat(numbers, 1, 1, 1).requires_grad_()
        z = able.encode(copies).flatten(1)
        (slopes,) = torch.autograd.grad(z.diagonal().sum(), copies)
    return slopes.flatten(1).cpu()


def directions(slopes: Tensor, units: Spreads) -> Directions:
    """Of a Jacobian (D, 784). A direction's sign is free: here its largest pixel is positive."""
    _, values, ways = torch.linalg.svd(slopes.double(), full_matrices=False)
    largest = ways.gather(1, ways.abs().argmax(dim=1, keepdim=True))  # (D, 1)
    pictures = (ways * largest.sign()).float().view(-1, 28, 28)
    return Directions((values * units.image / units.code).float(), pictures)


def norm(gains: Tensor) -> float:
    """The Frobenius norm of a matrix with these singular values."""
    return gains.square().sum().sqrt().item()


def _moved(x: Tensor, degrees: float, pixels: float) -> Tensor:
    """Turned and shifted, bilinear, black where nothing was."""
    angle = math.radians(degrees)
    cos, sin = math.cos(angle), math.sin(angle)
    # affine_grid says where each pixel comes from, in units of half a side.
    back = torch.tensor([[cos, sin, -pixels / 14], [-sin, cos, 0.0]])
    grid = affine_grid(back.expand(len(x), 2, 3), list(x.shape), align_corners=False)
    return grid_sample(x, grid, align_corners=False).clamp(0, 1)
