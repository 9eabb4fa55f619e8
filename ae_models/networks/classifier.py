"""The judge: a small convolutional classifier that gives class opinions.

It measures whether a generated image shows what was asked for, and stands in for the
label where an image has none. No generator is trained on its opinion or sampled by it.
"""

from __future__ import annotations

from typing import ClassVar

import torch
import torch.nn.functional as F
from pydantic import BaseModel, ConfigDict
from torch import Tensor, nn

from ae_models.base import CLASSES


class JudgeConfig(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    channels: tuple[int, int, int] = (32, 64, 128)
    features: int = 128
    dropout: float = 0.3


class Judge(nn.Module):
    """(B, 1, 28, 28) in [0, 1] -> (B, 10) of logits."""

    Config: ClassVar[type[JudgeConfig]] = JudgeConfig

    def __init__(self, config: JudgeConfig) -> None:
        super().__init__()
        self.config = config
        first, second, third = config.channels
        self.body = nn.Sequential(
            *_block(1, first, pool=True),  # (B, first, 14, 14)
            *_block(first, second, pool=True),  # (B, second, 7, 7)
            *_block(second, third, pool=False),
            nn.AvgPool2d(2, ceil_mode=True),  # (B, third, 4, 4)
            nn.Flatten(),
            nn.Dropout(config.dropout),
            nn.Linear(third * 16, config.features),
            nn.BatchNorm1d(config.features),
            nn.ReLU(),
        )
        self.head = nn.Sequential(nn.Dropout(config.dropout), nn.Linear(config.features, CLASSES))

    def features(self, x: Tensor) -> Tensor:
        """(B, 1, 28, 28) -> (B, F): what Fréchet distances are measured in."""
        return self.body(x)

    def forward(
        self, x: Tensor, label: Tensor | None = None, *, generator: torch.Generator | None = None
    ) -> Tensor:
        return self.head(self.features(x))

    def loss_terms(self, output: Tensor, target: Tensor) -> dict[str, Tensor]:
        return {"cross-entropy": F.cross_entropy(output.float(), target)}


def _block(inside: int, outside: int, *, pool: bool) -> list[nn.Module]:
    """Convolution, normalisation, ReLU; pooling comes first where it does, to save time."""
    return [
        nn.Conv2d(inside, outside, 3, padding=1, bias=False),
        *([nn.MaxPool2d(2)] if pool else []),
        nn.BatchNorm2d(outside),
        nn.ReLU(),
    ]
