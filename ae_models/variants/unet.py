"""A small U-Net for restoration, without a code.

Ronneberger, Fischer & Brox 2015, "U-Net: Convolutional Networks for Biomedical Image
Segmentation": downsampling enlarges the receptive field; in the decoder each level also gets the
encoder's features of the same resolution by a skip connection. Details bypass the bottleneck,
and there is no code: the model has the ability `Reconstructs` alone. At the lowest level, two
dense layers process the whole image at a lower cost than more convolutions.

The first level has 14×14 positions of 2×2 pixels (the inverse of the pixel shuffle of Shi et
al. 2016, "Real-Time Single Image and Video Super-Resolution"): a convolution there has twice the
receptive field, at the cost of one with half as many channels at 28×28. Two further input
channels mark pixels of exactly 0 and 1, which salt, pepper and masking produce.

For every pixel the network gives a value and a weight of the input: most corruptions leave
many pixels unchanged.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn

from ae_models.base import Model, Output, Reconstructs, log_error

STEEPNESS = 4.0  # factor from x - 0.5 to initial logits, whose sigmoid is in [0.12, 0.88]
FOLD = 2  # pixels per side of one position
SHOWN = 3 * FOLD * FOLD  # input channels: of each pixel its value, whether it is 0, and 1


class UnetConfig(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    channels: tuple[int, int] = (40, 64)  # at 14×14 and 7×7
    narrow: int = Field(16, ge=1)  # channels at 7×7 on the way to the dense layers
    hidden: int = Field(192, ge=1)  # units of the dense layer over the whole image


class Unet(Model, Reconstructs):
    """From 28×28 to 14×14, 7×7, one vector, and back; blind to the kind of corruption.

    Attribute names are state-dict keys: `look` is the first encoder level, `overall` the dense
    layers, `draw` the output layer.
    """

    Config = UnetConfig
    config: UnetConfig

    def __init__(self, config: UnetConfig) -> None:
        super().__init__(config)
        top, bottom = config.channels
        self.look = nn.Sequential(_convolution(SHOWN, top), _convolution(top, top))
        self.down = nn.Sequential(_convolution(top, bottom, 2, stride=2), Residual(bottom))
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
        self.join_bottom = nn.Sequential(
            _convolution(bottom + config.narrow, bottom, 1), Residual(bottom)
        )
        self.up = nn.Sequential(nn.ConvTranspose2d(bottom, top, 2, stride=2), nn.ReLU())
        self.join_top = _convolution(SHOWN + 2 * top, top)
        self.draw = nn.Conv2d(
            top, 2 * FOLD * FOLD, 3, padding=1
        )  # per pixel: weight of the input, change

    def forward(
        self, x: Tensor, label: Tensor | None = None, *, generator: torch.Generator | None = None
    ) -> Output:
        """The restored image. There is no code: z is (B, 0)."""
        shown = folded(torch.cat([x, x <= 0, x >= 1], 1))  # (B, 12, 14, 14)
        top = self.look(shown)  # (B, 40, 14, 14)
        bottom = self.down(top)  # (B, 64, 7, 7)
        bottom = self.join_bottom(torch.cat([bottom, self.overall(bottom)], 1))
        top = self.join_top(torch.cat([shown, top, self.up(bottom)], 1))
        output = F.pixel_shuffle(self.draw(top).float(), FOLD)  # (B, 2, 28, 28)
        weight, change = output.split(1, dim=1)
        keep = weight.sigmoid()
        proposed = (change + STEEPNESS * (x - 0.5)).sigmoid()
        x_hat = keep * x + (1 - keep) * proposed
        return Output(x_hat, x.new_empty(x.shape[0], 0), torch.logit(x_hat, eps=1e-6), {})

    def loss_terms(self, output: Output, target: Tensor) -> dict[str, Tensor]:
        return {"reconstruction": log_error(output.x_hat, target)}


def folded(x: Tensor) -> Tensor:
    """(B, C, 28, 28) -> (B, 4 C, 14, 14), as `pixel_unshuffle`, also for B = 0."""
    # torch leaves the shape of an empty batch unchanged; `len(x)` would be constant in ONNX
    if x.shape[0] == 0:
        return x.new_empty(0, x.shape[1] * FOLD * FOLD, x.shape[2] // FOLD, x.shape[3] // FOLD)
    return F.pixel_unshuffle(x, FOLD)


class Residual(nn.Module):
    """A residual block of two convolutions (He et al. 2016), initially the identity."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.change = nn.Sequential(
            _convolution(channels, channels),
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
        )
        last = self.change[-1]
        assert isinstance(last, nn.BatchNorm2d)
        nn.init.zeros_(last.weight)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(x + self.change(x))


def _convolution(before: int, after: int, size: int = 3, stride: int = 1) -> nn.Module:
    """Convolution, batch normalisation, ReLU; without padding where `stride` is above 1."""
    return nn.Sequential(
        nn.Conv2d(before, after, size, stride, padding=0 if stride > 1 else size // 2, bias=False),
        nn.BatchNorm2d(after),
        nn.ReLU(),
    )
