"""The reference classifier: a small convolutional network that gives class probabilities.

It measures whether a generated image shows the requested class, and predicts the label of an
image that has none. No generator is trained on its output. Its checkpoint is called "judge".
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn

from ae_models.base import Model
from ae_models.networks.backbones import dropout


class ReferenceClassifierConfig(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    channels: tuple[int, int, int] = (32, 64, 128)
    features: int = 128
    dropout: float = 0.3
    classes: int = Field(10, ge=2)


class ReferenceClassifier(Model):
    """(B, 1, 28, 28) in [0, 1] -> (B, classes) of logits."""

    Config = ReferenceClassifierConfig
    config: ReferenceClassifierConfig

    def __init__(self, config: ReferenceClassifierConfig) -> None:
        super().__init__(config)
        first, second, third = config.channels
        self.body = nn.Sequential(
            *_block(1, first, pool=True),  # (B, first, 14, 14)
            *_block(first, second, pool=True),  # (B, second, 7, 7)
            *_block(second, third, pool=False),
            nn.AvgPool2d(2, ceil_mode=True),  # (B, third, 4, 4)
            nn.Flatten(),
            nn.Identity(),  # keeps the names of shipped tensors: dropout lies between the halves
            nn.Linear(third * 16, config.features),
            nn.BatchNorm1d(config.features),
            nn.ReLU(),
        )
        self.head = nn.Sequential(
            nn.Identity(), nn.Linear(config.features, config.classes)
        )  # as above

    def features(self, x: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """(B, 1, 28, 28) -> (B, F), the features of Fréchet distances."""
        return self.body[-3:](self._dropout(self.body[:-3](x), generator))

    def forward(
        self, x: Tensor, label: Tensor | None = None, *, generator: torch.Generator | None = None
    ) -> Tensor:
        return self.head(self._dropout(self.features(x, generator), generator))

    def _dropout(self, x: Tensor, generator: torch.Generator | None) -> Tensor:
        return dropout(x, self.config.dropout, generator) if self.training else x

    def loss_terms(self, output: Tensor, target: Tensor) -> dict[str, Tensor]:
        return {"cross-entropy": F.cross_entropy(output.float(), target)}


def _block(inside: int, outside: int, *, pool: bool) -> list[nn.Module]:
    """Convolution, max-pooling with `pool`, batch normalisation, ReLU."""
    return [
        nn.Conv2d(inside, outside, 3, padding=1, bias=False),
        *([nn.MaxPool2d(2)] if pool else []),
        nn.BatchNorm2d(outside),
        nn.ReLU(),
    ]
