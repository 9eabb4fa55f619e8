"""A small U-Net: a restorer that has no code.

Ronneberger, Fischer & Brox 2015, "U-Net: Convolutional Networks for Biomedical Image
Segmentation": on the way down the picture shrinks and the network sees further; on the way up
each level gets what the way down knew at that size, beside what came from below. So the
strokes need not pass through the bottom, and there is no code to look at or to sample: the
model claims `Reconstructs` alone. The last step down is to one vector: two dense layers see
the whole picture for less than more convolutions would cost.

Of every pixel the network says what it should be, and how far to trust what was given: most
of the noises leave many pixels as they were.
"""

from __future__ import annotations

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn

from ae_models.base import Output, Reconstructs, log_error

STEEPNESS = 4.0  # of the logits that a picture starts from: between 0.12 and 0.88


class UnetConfig(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    channels: tuple[int, int, int] = (16, 32, 64)  # at 28×28, 14×14 and 7×7
    narrow: int = Field(16, ge=1)  # channels at 7×7 on the way to the dense layers
    hidden: int = Field(256, ge=1)  # width of the dense layer that sees the whole picture


class Unet(Reconstructs):
    """From 28×28 to 14×14, 7×7, one vector, and up again; blind to kind and strength of noise."""

    Config = UnetConfig

    def __init__(self, config: UnetConfig) -> None:
        super().__init__()
        self.config = config
        top, middle, bottom = config.channels
        self.look = _convolution(1, top)
        self.down = nn.Sequential(_shrinking(top, middle), _convolution(middle, middle))
        self.further_down = nn.Sequential(_shrinking(middle, bottom), _convolution(bottom, bottom))
        self.overall = nn.Sequential(
            nn.Conv2d(bottom, config.narrow, 1),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(config.narrow * 49, config.hidden),
            nn.ReLU(),
            nn.Linear(config.hidden, config.narrow * 49),
            nn.ReLU(),
            nn.Unflatten(1, (config.narrow, 7, 7)),
        )
        self.join_bottom = nn.Sequential(nn.Conv2d(bottom + config.narrow, bottom, 1), nn.ReLU())
        self.up = _growing(bottom, middle)
        self.join_middle = _convolution(2 * middle, middle)
        self.further_up = _growing(middle, top)
        self.join_top = _convolution(2 * top, top)
        self.draw = nn.Conv2d(top, 2, 3, padding=1)  # trust in what was given, and the change

    def forward(
        self, x: Tensor, label: Tensor | None = None, *, generator: torch.Generator | None = None
    ) -> Output:
        """The cleaned image. There is no code: z is (B, 0)."""
        top = self.look(x)  # (B, 16, 28, 28)
        middle = self.down(top)  # (B, 32, 14, 14)
        bottom = self.further_down(middle)  # (B, 64, 7, 7)
        bottom = self.join_bottom(torch.cat([bottom, self.overall(bottom)], 1))
        middle = self.join_middle(torch.cat([middle, self.up(bottom)], 1))
        top = self.join_top(torch.cat([top, self.further_up(middle)], 1))
        trust, change = self.draw(top).float().split(1, dim=1)
        keep = trust.sigmoid()
        proposed = (change + STEEPNESS * (x - 0.5)).sigmoid()
        x_hat = keep * x + (1 - keep) * proposed
        return Output(x_hat, x.new_empty(len(x), 0), torch.logit(x_hat, eps=1e-6), {})

    def loss_terms(self, output: Output, target: Tensor) -> dict[str, Tensor]:
        return {"reconstruction": log_error(output.x_hat, target)}


def _convolution(before: int, after: int) -> nn.Module:
    return nn.Sequential(nn.Conv2d(before, after, 3, padding=1), nn.ReLU())


def _shrinking(before: int, after: int) -> nn.Module:
    """To half as many places a side."""
    return nn.Sequential(nn.Conv2d(before, after, 2, stride=2), nn.ReLU())


def _growing(before: int, after: int) -> nn.Module:
    """To twice as many places a side."""
    return nn.Sequential(nn.ConvTranspose2d(before, after, 2, stride=2), nn.ReLU())
