"""What a VAE pays for its code, and what the code carries for it.

Higgins et al. 2017, "beta-VAE": beta is the price of a nat. Burda et al. 2016, "Importance
Weighted Autoencoders": a dimension whose mean does not vary between images has collapsed.
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
from ae_models.variants.vae import ALIVE, kl_by_dimension

Floats = NDArray[np.float32]


class Bill(NamedTuple):
    """The two parts of a VAE's loss, unweighted, mean over images, and the code behind them.

    The arrays are read-only.
    """

    reconstruction: float  # summed over pixels, in the unit of the model's configuration
    kl: float  # nats, summed over dimensions
    by_dimension: Floats  # (D,) nats
    variance: Floats  # (D,) of the mean over images

    @property
    def alive(self) -> NDArray[np.bool_]:
        """Which dimensions the images move, (D,)."""
        return self.variance > ALIVE

    @property
    def order(self) -> NDArray[np.int64]:
        """The dimensions, (D,), the one with the most KL first."""
        return np.argsort(-self.by_dimension, kind="stable")


def bill(model: Variational, x: Tensor, *, seed: int) -> Bill:
    """Measured on images (N, 1, 28, 28): a code is drawn once an image, as in training.

    With a reconstruction in nats, `reconstruction` + `kl` is the negative evidence lower
    bound: what beta = 1 makes small.
    """
    q = posterior(model, x)
    z = reparameterise(q, torch.Generator().manual_seed(seed))
    logits = inference.in_batches(model, lambda m, codes: m.decode_logits(codes), z)
    by_dimension = kl_by_dimension(q).mean(dim=0).numpy()
    variance = q.mean.var(dim=0).numpy()
    for array in (by_dimension, variance):
        array.flags.writeable = False
    return Bill(
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


def drawn(model: Variational, count: int, *, seed: int, temperature: float) -> Tensor:
    """`count` draws from the prior, decoded: (count, 1, 28, 28); a seed gives all models the same.

    That holds for models whose codes are of one size.
    """
    nobody = torch.zeros(count, dtype=torch.long)  # labels, which a VAE does not look at
    generator = torch.Generator().manual_seed(seed)
    return inference.in_batches(
        model, lambda m, label: m.sample(label, generator, temperature), nobody
    )


def walk(start: Tensor, dimension: int, steps: int, reach: float = 3.0) -> Tensor:
    """A code (D,) with one dimension going from -reach to reach: (steps, D).

    The unit is the standard deviation of the prior, which is 1 in every dimension.
    """
    codes = start.repeat(steps, 1)
    codes[:, dimension] = torch.linspace(-reach, reach, steps)
    return codes


class Cloud(NamedTuple):
    """One image as a VAE has it: a cloud in its code, and what is decoded from it."""

    order: list[int]  # the dimensions with the most KL, that one first
    mean: Floats  # (D,)
    deviation: Floats  # (D,)
    noise: Floats  # (D,) of the first draw, standard normal
    code: Floats  # (D,) mean + deviation * noise
    kl: Floats  # (D,) nats
    of_mean: Tensor  # (1, 1, 28, 28)
    of_draws: Tensor  # (draws, 1, 28, 28), the first from `code`


def of_image(model: Variational, x: Tensor, *, draws: int, seed: int, shown: int = 6) -> Cloud:
    """The posterior of one image (1, 1, 28, 28), and draws from it (Kingma & Welling 2014)."""
    q = posterior(model, x)
    noise = torch.randn((draws, q.mean.shape[1]), generator=torch.Generator().manual_seed(seed))
    codes = q.mean + q.stddev * noise
    kl = kl_by_dimension(q)[0]
    return Cloud(
        kl.argsort(descending=True)[:shown].tolist(),
        q.mean[0].numpy(),
        q.stddev[0].numpy(),
        noise[0].numpy(),
        codes[0].numpy(),
        kl.numpy(),
        inference.decode(model, q.mean),
        inference.decode(model, codes),
    )
