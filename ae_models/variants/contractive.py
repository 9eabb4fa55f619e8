"""The contractive autoencoder: a code that is insensitive to small perturbations of the image.

Rifai et al. 2011, "Contractive Auto-Encoders: Explicit Invariance During Feature Extraction".
The penalty is the squared Frobenius norm of the encoder's Jacobian dz/dx, the sensitivity of
the code to small changes of the image.
"""

from __future__ import annotations

from typing import cast

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.distributions import Normal

from ae_models.networks.backbones import BackboneConfig
from ae_models.variants.plain import PlainAutoencoder


class ContractiveConfig(BackboneConfig):
    contraction: float = Field(0.1, ge=0)  # the weight of the norm


class Contractive(PlainAutoencoder):
    """Adds contraction * ||dz/dx||_F^2; its encoder is dense."""

    Config = ContractiveConfig
    config: ContractiveConfig

    def penalties(self, x: Tensor, z: Tensor, posterior: Normal | None) -> dict[str, Tensor]:
        return {"jacobian": squared_jacobian_norm(self.layers(), x.flatten(1)).mean()}

    def weights(self) -> dict[str, float]:
        return {"jacobian": self.config.contraction}

    def layers(self) -> list[nn.Module]:
        """The encoder's linear layers and activations, from image to code."""
        return list(cast(nn.Sequential, self.encoder.after))


def squared_jacobian_norm(layers: list[nn.Module], x: Tensor) -> Tensor:
    """||dz/dx||_F^2 of each image (B, 784) through linear layers and activations: (B,), exact.

    For z = W_n s_{n-1}(... s_1(W_1 x)) the Jacobian is W_n D_{n-1} ... D_1 W_1, where D_k is
    the diagonal matrix of the derivatives of s_k. With A = W_n D_{n-1} ... D_1 its squared norm
    is tr(A (W_1 W_1^T) A^T), computed without the 784 columns of the Jacobian.
    """
    slopes: list[Tensor] = []
    with torch.enable_grad():
        h = x
        for layer in layers:
            if isinstance(layer, nn.Linear):
                h = layer(h)
            else:
                before = h if h.requires_grad else h.detach().requires_grad_()
                h = layer(before)
                (slope,) = torch.autograd.grad(h.sum(), before, create_graph=True)
                slopes.append(slope)  # (B, width): activations are elementwise
    weights = [layer.weight for layer in layers if isinstance(layer, nn.Linear)]
    a = weights[-1].expand(len(x), -1, -1)  # (B, D, width)
    for weight, slope in zip(reversed(weights[:-1]), reversed(slopes), strict=True):
        a = a * slope.unsqueeze(1)  # (B, D, width)
        if weight is not weights[0]:
            a = a @ weight
    gram = weights[0] @ weights[0].T
    if len(weights) == 1:
        return gram.diagonal().sum().expand(len(x))
    return (a @ gram * a).sum(dim=(1, 2))
