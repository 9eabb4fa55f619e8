"""The two parts of a VAE's loss, KL by latent dimension, traversals and prior samples.

Higgins et al. 2017, "beta-VAE": beta is the weight of the KL divergence. Burda et al. 2016,
"Importance Weighted Autoencoders": a dimension whose posterior mean does not vary between images
has collapsed.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.distributions import Normal

from ae_models import inference
from ae_models.base import Variational, reconstruction_error, reparameterise
from ae_models.variants.vae import ACTIVE_VARIANCE, kl_by_dimension

Floats = NDArray[np.float32]


class LossBreakdown(NamedTuple):
    """The two parts of a VAE's loss, unweighted, mean over images, and KL by dimension.

    The arrays are read-only.
    """

    reconstruction: float  # summed over pixels, in the unit of the model's configuration
    kl: float  # nats, summed over dimensions
    by_dimension: Floats  # (D,) nats
    variance: Floats  # (D,) of the posterior mean, over images

    @property
    def active(self) -> NDArray[np.bool_]:
        """Which dimensions are not collapsed, (D,)."""
        return self.variance > ACTIVE_VARIANCE

    @property
    def order(self) -> NDArray[np.int64]:
        """Indices of the dimensions, (D,), by decreasing KL."""
        return np.argsort(-self.by_dimension, kind="stable")


def loss_breakdown(model: Variational, x: Tensor, *, seed: int) -> LossBreakdown:
    """Mean over images (N, 1, 28, 28), with one sample of the code per image, as in training.

    With a reconstruction in nats, `reconstruction` + `kl` is the negative evidence lower
    bound, the loss for beta = 1.
    """
    q = posterior(model, x)
    z = reparameterise(q, torch.Generator().manual_seed(seed))
    logits = inference.in_batches(model, lambda m, codes: m.decode_logits(codes), z)
    by_dimension = kl_by_dimension(q).mean(dim=0).numpy()
    variance = q.mean.var(dim=0).numpy()
    for array in (by_dimension, variance):
        array.flags.writeable = False
    return LossBreakdown(
        reconstruction_error(logits, x, model.config.reconstruction).item(),
        float(by_dimension.sum()),
        by_dimension,
        variance,
    )


def posterior(model: Variational, x: Tensor) -> Normal:
    """q(z | x) of images (N, 1, 28, 28), over (N, D), on the CPU."""

    def both(m: Variational, images: Tensor) -> Tensor:
        q = m.posterior(images)
        return torch.cat([q.mean, q.stddev], dim=1)

    mean, stddev = inference.in_batches(model, both, x).chunk(2, dim=1)
    return Normal(mean, stddev, validate_args=False)


def prior_samples(model: Variational, count: int, *, seed: int, temperature: float) -> Tensor:
    """Decoded samples of the prior, (count, 1, 28, 28).

    With one seed, models of the same latent dimension decode the same codes.
    """
    labels = torch.zeros(count, dtype=torch.long)  # ignored by an unconditional VAE
    generator = torch.Generator().manual_seed(seed)
    return inference.in_batches(
        model, lambda m, label: m.sample(label, generator, temperature), labels
    )


def traversal(start: Tensor, dimension: int, steps: int, limit: float = 3.0) -> Tensor:
    """A code (D,) with one dimension set to `steps` values from -limit to limit: (steps, D).

    The unit is the standard deviation of the prior, which is 1 in every dimension.
    """
    codes = start.repeat(steps, 1)
    codes[:, dimension] = torch.linspace(-limit, limit, steps)
    return codes


class Posterior(NamedTuple):
    """The approximate posterior q(z | x) of one image, samples of it, and their decodings."""

    order: list[int]  # dimensions by decreasing KL
    mean: Floats  # (D,)
    deviation: Floats  # (D,)
    noise: Floats  # (D,) of the first sample, standard normal
    code: Floats  # (D,) mean + deviation * noise
    kl: Floats  # (D,) nats
    decoded_mean: Tensor  # (1, 1, 28, 28)
    decoded_samples: Tensor  # (samples, 1, 28, 28), the first from `code`


def image_posterior(
    model: Variational, x: Tensor, *, samples: int, seed: int, shown: int = 6
) -> Posterior:
    """The posterior of one image (1, 1, 28, 28), and samples of it (Kingma & Welling 2014)."""
    q = posterior(model, x)
    noise = torch.randn((samples, q.mean.shape[1]), generator=torch.Generator().manual_seed(seed))
    codes = q.mean + q.stddev * noise
    kl = kl_by_dimension(q)[0]
    return Posterior(
        kl.argsort(descending=True)[:shown].tolist(),
        q.mean[0].numpy(),
        q.stddev[0].numpy(),
        noise[0].numpy(),
        codes[0].numpy(),
        kl.numpy(),
        inference.decode(model, q.mean),
        inference.decode(model, codes),
    )
