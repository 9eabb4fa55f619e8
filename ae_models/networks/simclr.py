"""A code that stays the same when an image is moved, turned, lit otherwise or partly covered.

Chen et al. 2020, "A Simple Framework for Contrastive Learning of Visual Representations".
No label is needed: of a batch of images, each seen in two views, the net must find the two
that show the same image. What tells images apart is kept, what differs between two views of
one image is dropped; a classifier that is shown few labels then has less to learn.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ae_models.base import Codes
from ae_models.datasets import DATASETS

FEATURES = 128
TEMPERATURE = 0.2  # of the comparison: the smaller, the more the nearest images count


class Views(NamedTuple):
    """How far a view may be from its image."""

    mirrored: bool  # half of the time; of clothes, not of digits
    degrees: float  # turned by up to this, either way
    shear: float = 0.15
    smallest: float = 0.7  # shrunk to this part of its size, at most
    largest: float = 1.15
    stretch: float = 1.15  # one side against the other
    away: float = 0.15  # moved by this part of half a side
    light: float = 0.4  # gain, and the logarithm of gamma
    covered: float = 0.5  # the part of the views of which a rectangle is black


def views_of(dataset: str) -> Views:
    """What leaves an image of a data set in its class."""
    record = DATASETS[dataset]
    return Views(mirrored=record.mirrored, degrees=record.rotation)


class Invariant(Codes):
    """(B, 1, 28, 28) in [0, 1] -> a code (B, FEATURES); `comparison` is for training alone."""

    def __init__(self, views: Views) -> None:
        super().__init__()
        self.views = views
        self.body = nn.Sequential(
            *_block(1, 32, 4),  # (B, 32, 14, 14)
            *_block(32, 64, 4),  # (B, 64, 7, 7)
            *_block(64, 128, 3),  # (B, 128, 4, 4)
            nn.Flatten(),
            nn.Linear(128 * 16, FEATURES),
        )
        self.comparison = nn.Sequential(
            nn.BatchNorm1d(FEATURES),
            nn.ReLU(),
            nn.Linear(FEATURES, 256),
            nn.BatchNorm1d(256),
            nn.ReLU(),
            nn.Linear(256, FEATURES),
        )

    def encode(self, x: Tensor, label: Tensor | None = None) -> Tensor:
        """Of unit length: only the angle between two codes was compared while training."""
        return F.normalize(self.body(x), dim=1)

    @property
    def latent_shape(self) -> tuple[int, ...]:
        return (FEATURES,)

    def parts(self) -> dict[str, nn.Module]:
        """All of it is trained at once."""
        return {"whole": self}

    def part_terms(
        self, name: str, x: Tensor, label: Tensor, *, generator: torch.Generator
    ) -> dict[str, Tensor]:
        """The loss of finding each image's other view, in nats; the label is not looked at."""
        views = torch.cat([view(x, self.views, generator) for _ in range(2)])
        compared = self.comparison(self.body(views.contiguous(memory_format=torch.channels_last)))
        with torch.autocast(x.device.type, enabled=False):
            return {"comparison": contrast(*compared.float().chunk(2))}


def contrast(one: Tensor, other: Tensor) -> Tensor:
    """Cross-entropy of picking each row's partner among all rows, (B, D) twice -> a scalar.

    Chen et al. 2020, equation 1: cosine similarity, and a row is not compared with itself.
    """
    z = F.normalize(torch.cat([one, other]), dim=1)  # (2B, D)
    similarity = (z @ z.T / TEMPERATURE).fill_diagonal_(-torch.inf)
    partner = torch.arange(len(z), device=z.device).roll(len(one))
    return F.cross_entropy(similarity, partner)


@torch.no_grad()
def view(x: Tensor, views: Views, generator: torch.Generator) -> Tensor:
    """Each image (B, 1, 28, 28) as it might have looked as well; values stay in [0, 1]."""

    def drawn(low: float, high: float) -> Tensor:  # (B,)
        uniform = torch.rand(len(x), generator=generator).to(x.device)
        return low + (high - low) * uniform

    angle = drawn(-views.degrees, views.degrees) * math.pi / 180
    size, stretch = (
        1 / drawn(views.smallest, views.largest),
        drawn(1 / views.stretch, views.stretch),
    )
    shear = drawn(-views.shear, views.shear)
    sign = torch.where(drawn(0, 1) < 0.5 * views.mirrored, -1.0, 1.0)
    across, down = drawn(-views.away, views.away), drawn(-views.away, views.away)
    cos, sin = size * angle.cos(), size * angle.sin()
    # affine_grid says where each pixel comes from, in units of half a side.
    rows = [sign * stretch * cos, shear - sin, across, sign * sin, cos / stretch, down]
    back = torch.stack(rows, dim=1).view(-1, 2, 3)
    with torch.autocast(x.device.type, enabled=False):  # places need all their digits
        grid = F.affine_grid(back, list(x.shape), align_corners=False)
        seen = F.grid_sample(x.float(), grid, align_corners=False).clamp(0, 1)
    gain, gamma = drawn(1 - views.light, 1 + views.light), drawn(-views.light, views.light).exp()
    seen = seen.pow(gamma.view(-1, 1, 1, 1)) * gain.view(-1, 1, 1, 1)
    line = torch.arange(28, device=x.device)
    beside, above = (
        (line - drawn(0, 28)[:, None]).abs() < drawn(2, 6)[:, None] for _ in range(2)
    )  # (B, 28)
    covered = above[:, None, :, None] & beside[:, None, None, :]
    covered &= (drawn(0, 1) < views.covered).view(-1, 1, 1, 1)
    return seen.masked_fill(covered, 0).clamp(0, 1)


def _block(inside: int, outside: int, side: int) -> list[nn.Module]:
    """A convolution with stride 2, normalisation, ReLU."""
    return [
        nn.Conv2d(inside, outside, side, stride=2, padding=1, bias=False),
        nn.BatchNorm2d(outside),
        nn.ReLU(),
    ]
