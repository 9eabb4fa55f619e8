"""A small U-Net: a restorer that has no code.

Ronneberger, Fischer & Brox 2015, "U-Net: Convolutional Networks for Biomedical Image
Segmentation": on the way down the picture shrinks and the network sees further; on the way up
each level gets what the way down knew at that size, beside what came from below. So the
strokes need not pass through the bottom, and there is no code to look at or to sample: the
model claims `Reconstructs` alone. Blocks add to what they are given (He et al. 2016).

The picture is folded to 14×14 places of four pixels before the first convolution, and
unfolded after the last one (Shi et al. 2016): a convolution there costs a quarter.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn

from ae_models.base import Output, Reconstructs

FOLD = 2  # pixels a side that become channels
FLOOR = 1e-3  # of the squared error a pixel, below which an image is good enough


class UnetConfig(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    channels: tuple[int, int] = (32, 96)  # at 14×14 and at 7×7
    blocks: int = Field(2, ge=1)  # at 7×7


class Block(nn.Module):
    """Two convolutions whose result is added to what they were given."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.second(F.silu(self.first(F.silu(x))))


class Unet(Reconstructs):
    """Down to 7×7 and up again, with a skip connection at 14×14; blind to kind and strength."""

    Config = UnetConfig

    def __init__(self, config: UnetConfig) -> None:
        super().__init__()
        self.config = config
        upper, lower = config.channels
        self.stem = nn.Conv2d(FOLD**2, upper, 3, padding=1)  # (B, upper, 14, 14)
        self.down = nn.Conv2d(upper, lower, 2, stride=2)  # (B, lower, 7, 7)
        self.bottom = nn.Sequential(*(Block(lower) for _ in range(config.blocks)))
        self.up = nn.ConvTranspose2d(lower, upper, 2, stride=2)  # (B, upper, 14, 14)
        self.merge = nn.Conv2d(2 * upper, upper, 3, padding=1)
        self.head = nn.Conv2d(upper, FOLD**2, 3, padding=1)

    def forward(
        self, x: Tensor, label: Tensor | None = None, *, generator: torch.Generator | None = None
    ) -> Output:
        """The cleaned image. There is no code: z is (B, 0)."""
        beside = F.silu(self.stem(F.pixel_unshuffle(x, FOLD)))
        below = F.silu(self.bottom(self.down(beside)))
        joined = self.merge(torch.cat([beside, F.silu(self.up(below))], 1))
        logits = F.pixel_shuffle(self.head(F.silu(joined)), FOLD).float()
        return Output(logits.sigmoid(), x.new_empty(len(x), 0), logits, {})

    def loss_terms(self, output: Output, target: Tensor) -> dict[str, Tensor]:
        """The logarithm of each image's squared error a pixel, mean over images.

        It is a PSNR upside down, so that a faint noise weighs as much as a strong one.
        """
        error = (output.logits.sigmoid() - target).square().flatten(1).mean(1)
        return {"reconstruction": (error + FLOOR).log().mean()}
