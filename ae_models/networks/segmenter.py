"""The segmenter: a small U-Net that classifies every pixel as ink or background.

Ronneberger, Fischer & Brox 2015, "U-Net: Convolutional Networks for Biomedical Image
Segmentation": the task that the architecture was designed for. Unlike the U-Net for restoration,
it returns logits of a mask, not an image.
"""

from __future__ import annotations

from typing import ClassVar

import torch
from pydantic import BaseModel, ConfigDict
from torch import Tensor, nn


class SegmenterConfig(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    channels: tuple[int, int, int] = (16, 32, 64)  # at 28×28, 14×14 and 7×7


class Segmenter(nn.Module):
    """(B, 1, 28, 28) in [0, 1] -> (B, 1, 28, 28) of logits, positive where there is ink."""

    Config: ClassVar[type[SegmenterConfig]] = SegmenterConfig

    def __init__(self, config: SegmenterConfig) -> None:
        super().__init__()
        self.config = config
        top, middle, bottom = config.channels
        self.look = _convolutions(1, top, 1)
        self.down = _convolutions(top, middle, 2)
        self.further_down = _convolutions(middle, bottom, 2)
        self.up = nn.ConvTranspose2d(bottom, middle, 2, stride=2)
        self.join_middle = _convolutions(2 * middle, middle, 1)
        self.further_up = nn.ConvTranspose2d(middle, top, 2, stride=2)
        self.join_top = _convolutions(2 * top, top, 1)
        self.mark = nn.Conv2d(top, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        top = self.look(x - x.mean((2, 3), keepdim=True))  # (B, 16, 28, 28)
        middle = self.down(nn.functional.max_pool2d(top, 2))  # (B, 32, 14, 14)
        bottom = self.further_down(nn.functional.max_pool2d(middle, 2))  # (B, 64, 7, 7)
        middle = self.join_middle(torch.cat([middle, self.up(bottom)], 1))
        top = self.join_top(torch.cat([top, self.further_up(middle)], 1))
        return self.mark(top).float()


def _convolutions(before: int, after: int, count: int) -> nn.Module:
    """`count` blocks of 3×3 convolution, batch normalisation and ReLU."""
    steps: list[nn.Module] = []
    for _step in range(count):
        steps += [nn.Conv2d(before, after, 3, padding=1, bias=False), nn.BatchNorm2d(after)]
        steps += [nn.ReLU()]
        before = after
    return nn.Sequential(*steps)
