"""A deep autoencoder of sigmoid units, with greedy layer-wise pretraining.

Hinton & Salakhutdinov 2006, "Reducing the Dimensionality of Data with Neural Networks";
Bengio et al. 2007, "Greedy Layer-Wise Training of Deep Networks". Through many sigmoid
layers the gradient vanishes towards the first ones, which from random weights hardly change.
Each layer is therefore first trained on its own, as a small autoencoder of the activations of
the layer below; then all of them together. (Hinton's layers were restricted Boltzmann machines,
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

    def activations(self, x: Tensor, layers: int) -> Tensor:
        """(B, 784) -> the activations of layer number `layers`, (B, units); the code is linear."""
        for k in range(layers):
            x = self.layer_output(x, k)
        return x

    def encode(self, x: Tensor, label: Tensor | None = None) -> Tensor:
        return self.activations(x.flatten(1), len(self.down))

    def decode_logits(self, z: Tensor, label: Tensor | None = None) -> Tensor:
        for layer in reversed(self.up[1:]):
            z = layer(z).sigmoid()
        return self.up[0](z).view(-1, 1, 28, 28)

    def parts(self) -> dict[str, nn.Module]:
        """Pairs of an encoder and a decoder layer; "layer 1" is next to the image."""
        pairs = enumerate(zip(self.down, self.up, strict=True), start=1)
        return {f"layer {k}": nn.ModuleDict({"down": d, "up": u}) for k, (d, u) in pairs}

    def part_terms(
        self, name: str, x: Tensor, label: Tensor, *, generator: torch.Generator
    ) -> dict[str, Tensor]:
        """Reconstruction error of the layer below by one pair of layers.

        Summed over units, mean over images.
        """
        k = _number(name)
        with torch.no_grad():
            below = self.activations(x.flatten(1), k)  # (B, width of layer k), in [0, 1]
        above = self.layer_output(below, k)
        if k == 0:
            logits = self.up[0](above).float().view_as(x)
            return {"reconstruction": reconstruction_error(logits, x, self.config.reconstruction)}
        error = F.mse_loss(self.up[k](above).sigmoid().float(), below.float(), reduction="sum")
        return {"reconstruction": error / len(x)}

    def layer_output(self, below: Tensor, k: int) -> Tensor:
        """The activations of layer k, from 0, for those of the layer below, (B, units)."""
        above = self.down[k](below)
        return above if k == len(self.down) - 1 else above.sigmoid()

    def effective_weights(self) -> list[Tensor]:
        """Effective input weights of the units of each layer: (units, 784) per layer.

        Products of the weight matrices of a layer and those below it, without the
        nonlinearities (Erhan et al. 2009, "linear combination of previous filters").
        """
        products: list[Tensor] = []
        for layer in self.down:
            assert isinstance(layer, nn.Linear)
            weight = layer.weight
            products.append(weight @ products[-1] if products else weight)
        return products


def _number(name: str) -> int:
    return int(name.removeprefix("layer ")) - 1
