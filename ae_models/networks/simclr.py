"""SimCLR: a code that hardly changes when an image is shifted, rotated, lit or partly covered.

Chen et al. 2020, "A Simple Framework for Contrastive Learning of Visual Representations".
No label is needed: each image of a batch gives two random views, and the loss is low where the
two views of an image have more similar codes than views of different images. The code keeps what
distinguishes images and drops what differs between two views of one image.
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
TEMPERATURE = 0.2  # of the softmax: the smaller, the more the most similar images count


class Views(NamedTuple):
    """The ranges of the random transforms that give a view of an image."""

    mirrored: bool  # half of the time; of clothes, not of digits
    degrees: float  # rotation by up to this, in both directions
    shear: float = 0.15
    smallest: float = 0.7  # lower bound of the scale factor
    largest: float = 1.15  # its upper bound
    stretch: float = 1.15  # largest change of the aspect ratio, a factor
    away: float = 0.15  # largest shift, as a fraction of half the side length
    light: float = 0.4  # largest change of the gain, and of the logarithm of gamma
    covered: float = 0.5  # share of the views in which a random rectangle is black


def views_of(dataset: str) -> Views:
    """The ranges within which an image of a data set keeps its class."""
    record = DATASETS[dataset]
    return Views(mirrored=record.mirrored, degrees=record.rotation)


class SimClr(Codes):
    """(B, 1, 28, 28) in [0, 1] -> a code (B, FEATURES).

    The projection head is used in training only.
    """

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
        self.projection_head = nn.Sequential(
            nn.BatchNorm1d(FEATURES),
            nn.ReLU(),
            nn.Linear(FEATURES, 256),
            nn.BatchNorm1d(256),
            nn.ReLU(),
            nn.Linear(256, FEATURES),
        )

    def encode(self, x: Tensor, label: Tensor | None = None) -> Tensor:
        """Codes (B, FEATURES) of unit length, as the loss depends on angles only."""
        return F.normalize(self.body(x), dim=1)

    @property
    def latent_shape(self) -> tuple[int, ...]:
        return (FEATURES,)

    def parts(self) -> dict[str, nn.Module]:
        """The whole network is trained at once."""
        return {"whole": self}

    def part_terms(
        self, name: str, x: Tensor, label: Tensor, *, generator: torch.Generator
    ) -> dict[str, Tensor]:
        """The contrastive loss of two views of each image, in nats; the label is not used."""
        views = torch.cat([view(x, self.views, generator) for _ in range(2)])
        projected = self.projection_head(
            self.body(views.contiguous(memory_format=torch.channels_last))
        )
        with torch.autocast(x.device.type, enabled=False):
            return {"contrastive_loss": contrastive_loss(*projected.float().chunk(2))}


def contrastive_loss(one: Tensor, other: Tensor) -> Tensor:
    """Cross-entropy of identifying each row's other view among all rows, (B, D) twice -> a scalar.

    Chen et al. 2020, equation 1: cosine similarity, a row is no candidate for itself.
    """
    z = F.normalize(torch.cat([one, other]), dim=1)  # (2B, D)
    similarity = (z @ z.T / TEMPERATURE).fill_diagonal_(-torch.inf)
    partner = torch.arange(len(z), device=z.device).roll(len(one))
    return F.cross_entropy(similarity, partner)


@torch.no_grad()
def view(x: Tensor, views: Views, generator: torch.Generator) -> Tensor:
    """A random view of each image (B, 1, 28, 28); values stay in [0, 1]."""

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
    with torch.autocast(x.device.type, enabled=False):  # coordinates need full precision
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
