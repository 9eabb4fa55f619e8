"""A deep autoencoder of sigmoid units, and the way it was first taught: layer by layer.

Hinton & Salakhutdinov 2006, "Reducing the Dimensionality of Data with Neural Networks";
Bengio et al. 2007, "Greedy Layer-Wise Training of Deep Networks". Through many sigmoids the
gradient fades on its way to the first layers, so that from random weights they hardly learn.
Each layer is therefore first trained on its own, as a small autoencoder of what the layer
below says; then all of them together. (Hinton's layers were restricted Boltzmann machines,
Bengio's autoencoders, as here.)
"""

from __future__ import annotations

from itertools import pairwise

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor, nn

from ae_models.base import Autoencoder, AutoencoderConfig, reconstruction_error

PIXELS = 28 * 28


class StackedConfig(AutoencoderConfig):
    latent_dim: int = Field(30, ge=1, le=1024)
    hidden: tuple[int, ...] = (1000, 500, 250)


class Stacked(Autoencoder):
    """Sigmoid layers down to a linear code and up again; `part` k is the k-th pair of layers."""

    Config = StackedConfig
    config: StackedConfig

    def __init__(self, config: StackedConfig) -> None:
        super().__init__(config)
        widths = (PIXELS, *config.hidden, config.latent_dim)
        self.down = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(widths))
        # up[k] undoes down[k]
        self.up = nn.ModuleList(nn.Linear(b, a) for a, b in pairwise(widths))

    def rise(self, x: Tensor, layers: int) -> Tensor:
        """(B, 784) -> what the first `layers` layers make of it; the code is linear."""
        for k in range(layers):
            x = self.rise_one(x, k)
        return x

    def encode(self, x: Tensor, label: Tensor | None = None) -> Tensor:
        return self.rise(x.flatten(1), len(self.down))

    def decode_logits(self, z: Tensor, label: Tensor | None = None) -> Tensor:
        for layer in reversed(self.up[1:]):
            z = layer(z).sigmoid()
        return self.up[0](z).view(-1, 1, 28, 28)

    def parts(self) -> dict[str, nn.Module]:
        """Pairs of layers: "layer 1" lies next to the image."""
        pairs = enumerate(zip(self.down, self.up, strict=True), start=1)
        return {f"layer {k}": nn.ModuleDict({"down": d, "up": u}) for k, (d, u) in pairs}

    def part_terms(
        self, name: str, x: Tensor, label: Tensor, *, generator: torch.Generator
    ) -> dict[str, Tensor]:
        """What a pair of layers loses of what the layers below say, summed, mean over images."""
        k = _number(name)
        with torch.no_grad():
            below = self.rise(x.flatten(1), k)  # (B, width of layer k), in [0, 1]
        above = self.rise_one(below, k)
        if k == 0:
            logits = self.up[0](above).float().view_as(x)
            return {"reconstruction": reconstruction_error(logits, x, self.config.reconstruction)}
        error = F.mse_loss(self.up[k](above).sigmoid().float(), below.float(), reduction="sum")
        return {"reconstruction": error / len(x)}

    def rise_one(self, below: Tensor, k: int) -> Tensor:
        """What layer k makes of what lies below it."""
        above = self.down[k](below)
        return above if k == len(self.down) - 1 else above.sigmoid()

    def reaches(self) -> list[Tensor]:
        """What one unit of each layer draws: (units, 784) a layer, first layer first.

        A unit's weights, carried down to the pixels by those of the layers below it: the
        linear part of what it responds to (Erhan et al. 2009 call it a linear combination of
        previous filters).
        """
        seen: list[Tensor] = []
        for layer in self.down:
            assert isinstance(layer, nn.Linear)
            weight = layer.weight
            seen.append(weight @ seen[-1] if seen else weight)
        return seen


def _number(name: str) -> int:
    return int(name.removeprefix("layer ")) - 1
