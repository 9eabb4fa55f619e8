"""A small U-Net: a restorer that has no code.

Ronneberger, Fischer & Brox 2015, "U-Net: Convolutional Networks for Biomedical Image
Segmentation": on the way down the picture shrinks and the network sees further; on the way up
each level gets what the way down knew at that size, beside what came from below. So the
strokes need not pass through the bottom, and there is no code to look at or to sample: the
model claims `Reconstructs` alone.

The picture is folded to 14×14 places of four pixels before the first convolution, and
unfolded after the last one (Shi et al. 2016): a convolution there costs a quarter. At the
bottom two dense layers see the whole picture for less than more convolutions would cost.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn

from ae_models.base import Output, Reconstructs, log_error

FOLD = 2  # pixels a side that become channels


class UnetConfig(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    channels: tuple[int, int] = (32, 64)  # at 14×14 and at 7×7
    narrow: int = Field(16, ge=1)  # channels at 7×7 on the way to the dense layers
    hidden: int = Field(256, ge=1)  # width of the dense layer that sees the whole picture


class Unet(Reconstructs):
    """Down to 14×14, to 7×7, to one vector, and up again; blind to kind and strength of noise."""

    Config = UnetConfig

    def __init__(self, config: UnetConfig) -> None:
        super().__init__()
        self.config = config
        upper, lower = config.channels
        places = config.narrow * 49
        self.stem = nn.Conv2d(FOLD**2, upper, 3, padding=1)  # (B, upper, 14, 14)
        self.down = nn.Conv2d(upper, lower, 2, stride=2)  # (B, lower, 7, 7)
        self.middle = nn.Conv2d(lower, lower, 3, padding=1)
        self.bottom = nn.Sequential(
            nn.Conv2d(lower, config.narrow, 1),
            nn.SiLU(),
            nn.Flatten(),
            nn.Linear(places, config.hidden),
            nn.SiLU(),
            nn.Linear(config.hidden, places),
            nn.SiLU(),
            nn.Unflatten(1, (config.narrow, 7, 7)),
        )
        self.join_middle = nn.Conv2d(lower + config.narrow, lower, 3, padding=1)
        self.up = nn.ConvTranspose2d(lower, upper, 2, stride=2)  # (B, upper, 14, 14)
        self.join = nn.Conv2d(2 * upper, upper, 1)
        self.smooth = nn.Conv2d(upper, upper, 3, padding=1)
        self.head = nn.Conv2d(upper, FOLD**2, 3, padding=1)
        self.trust = nn.Parameter(torch.tensor(5.0))  # in what was given

    def forward(
        self, x: Tensor, label: Tensor | None = None, *, generator: torch.Generator | None = None
    ) -> Output:
        """The cleaned image: what was given, and what the network would change about it.

        There is no code: z is (B, 0).
        """
        upper = F.silu(self.stem(F.pixel_unshuffle(x, FOLD)))
        lower = F.silu(self.middle(F.silu(self.down(upper))))
        lower = F.silu(self.join_middle(torch.cat([lower, self.bottom(lower)], 1)))
        joined = F.silu(self.join(torch.cat([upper, F.silu(self.up(lower))], 1)))
        joined = F.silu(self.smooth(joined))
        change = F.pixel_shuffle(self.head(joined), FOLD)
        logits = (change + self.trust * (x - 0.5)).float()
        return Output(logits.sigmoid(), x.new_empty(len(x), 0), logits, {})

    def loss_terms(self, output: Output, target: Tensor) -> dict[str, Tensor]:
        return {"reconstruction": log_error(output.x_hat, target)}
