"""Principal component analysis: the best linear autoencoder, found without training.

Pearson 1901; Baldi & Hornik 1989 show that a linear autoencoder with squared error
can do no better. It is the baseline of all other variants.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ae_models.base import Autoencoder, AutoencoderConfig


class Pca(Autoencoder):
    """x is approximated by mean + z @ components, clipped to [0, 1]."""

    mean: Tensor
    components: Tensor

    def __init__(self, config: AutoencoderConfig) -> None:
        super().__init__(config)
        self.register_buffer("mean", torch.zeros(784))
        self.register_buffer("components", torch.zeros(config.latent_dim, 784))

    def fit(self, images: Tensor) -> None:
        """Closed form on (N, 1, 28, 28): the leading eigenvectors of the covariance.

        Their signs are fixed (largest entry positive), so that a fit repeats exactly. It is what
        `sklearn.decomposition.PCA` does with `svd_solver="covariance_eigh"`, kept in torch: no
        conversion to NumPy, and no import that takes a second.
        """
        flat = images.flatten(1).double()
        mean = flat.mean(0)
        _, vectors = torch.linalg.eigh((flat - mean).T @ (flat - mean))  # ascending
        components = vectors.flip(1)[:, : self.config.latent_dim].T
        largest = components.gather(1, components.abs().argmax(1, keepdim=True))
        self.mean.copy_(mean)
        self.components.copy_(components * largest.sign())

    def extra_repr(self) -> str:
        """The shapes of its tensors, as it has no layers to list."""
        return f"mean (784,), components ({self.config.latent_dim}, 784)"

    def encode(self, x: Tensor, label: Tensor | None = None) -> Tensor:
        return (x.flatten(1) - self.mean) @ self.components.T

    def decode(self, z: Tensor, label: Tensor | None = None) -> Tensor:
        return (self.mean + z @ self.components).clamp(0, 1).view(-1, 1, 28, 28)

    def decode_logits(self, z: Tensor, label: Tensor | None = None) -> Tensor:
        return torch.logit(self.decode(z), eps=1e-6)
