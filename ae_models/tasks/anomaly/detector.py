"""Detection of images outside the normal class, with a map of where they differ from it.

A detector is fitted on its normal class alone: a class, or a whole data set. It adds two scores,
each the logarithm of a squared distance, standardised by its mean and standard deviation over
normal images that the detector was not fitted on:

- the reconstruction error of a masked autoencoder (`ae_models.networks.masked_autoencoder`),
  of image and reconstruction slightly blurred;
- the latent k-NN distance: that of the code from the nearest codes of normal images. The code
  is linear: whitened principal components, and the length of the residual.

The settings are the same for all normal classes. They were chosen on the validation part of the
training split. Scores do not depend on the other images of a batch.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import conv2d

from ae_models import inference
from ae_models.artifacts import checkpoint, gallery, study
from ae_models.artifacts.card import folder
from ae_models.images.corruptions import gaussian_kernel
from ae_models.networks.masked_autoencoder import (
    MaskedAutoencoder,
    MaskedAutoencoderConfig,
    doubled,
    halved,
)
from ae_models.tasks.anomaly.baselines import mean_squared_distance

NAME = "anomaly"
CONFIG = MaskedAutoencoderConfig()
BLUR = 0.6  # standard deviation in half-resolution pixels, of images and of differences
COMPONENTS = 32  # of the code
NOISE = 0.05  # added to the variance of each component, so that whitening amplifies no noise
NEIGHBOURS = 3  # of the latent k-NN distance
WEIGHT = 0.75  # of the latent k-NN distance in the combined score; the error has 1
SMALLEST = 1e-6  # of a distance, so that its logarithm is finite


class AnomalyScores(NamedTuple):
    """Scores of N images, higher for anomalies, and what they were computed from."""

    combined: Tensor  # (N,) standardised: 0 is the mean of normal images
    error: Tensor  # (N,) squared reconstruction error, summed over the pixels
    distance: Tensor  # (N,) squared latent k-NN distance plus the residual
    reconstruction: Tensor  # (N, 1, 28, 28) in [0, 1], of half resolution
    anomaly_map: Tensor  # (N, 28, 28) squared difference of the blurred images, in [0, 1]


class Detector:
    """A fitted detector of one normal class."""

    def __init__(self, tensors: dict[str, Tensor]) -> None:
        """From the tensors of one file of the study. Raises `ValueError`, `RuntimeError`."""
        self.net = MaskedAutoencoder(CONFIG)
        self.net.load_state_dict(
            {
                name: dequantised(name, tensors) if value.ndim == 2 else tensors[name].float()
                for name, value in self.net.state_dict().items()
            }
        )
        self.net.requires_grad_(False).eval()
        self.mean = tensors["mean"].float()  # (196,) of normal images
        self.components = tensors["directions"].float()  # (196, D), orthonormal
        self.scale = tensors["spread"].float()  # (D + 1,), the last that of the residual
        self.codes = dequantised("codes", tensors)  # (M, D) of normal images
        self.statistics = tensors["typical"].float()  # (2, 2): mean, deviation of both logarithms
        fitted = (self.mean, self.components, self.scale, self.codes, self.statistics)
        if self.scale.shape != (self.components.shape[1] + 1,) or len(self.codes) < NEIGHBOURS:
            raise ValueError("its tensors do not fit together")
        if not all(bool(tensor.isfinite().all()) for tensor in fitted):
            raise ValueError("it holds values that are not finite")

    def scores(self, x: Tensor) -> AnomalyScores:
        """All scores of images (N, 1, 28, 28) in [0, 1]."""
        reconstruction, difference = self.reconstruct(x)
        error = difference.flatten(1).sum(1)
        distance = self.distance(x)
        logarithms = torch.stack([error, distance]).clamp(min=SMALLEST).log()  # (2, N)
        standardised = (logarithms - self.statistics[:, :1]) / self.statistics[:, 1:]
        return AnomalyScores(
            standardised[0] + WEIGHT * standardised[1],
            error,
            distance,
            doubled(reconstruction),
            doubled(difference).squeeze(1),
        )

    def reconstruct(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Reconstructions and blurred squared differences at half resolution, (N, 1, 14, 14)."""
        halves = inference.in_batches(self.net, lambda net, part: net.reconstruct_halved(part), x)
        return halves, blurred(halved(x) - halves).square()

    def distance(self, x: Tensor) -> Tensor:
        """Latent k-NN distance of images (N, 1, 28, 28) in [0, 1], (N,).

        The mean squared distance to the NEIGHBOURS nearest codes, plus the residual.
        """
        z, residual = encode(x, self.mean, self.components, self.scale)
        return residual + mean_squared_distance(z, self.codes, NEIGHBOURS)


def encode(x: Tensor, mean: Tensor, components: Tensor, scale: Tensor) -> tuple[Tensor, Tensor]:
    """Whitened codes (N, D) of (N, 1, 28, 28), and the squared length (N,) of the residual.

    Both are in units of `scale` (D + 1,), standard deviations with NOISE added.
    """
    centred = half_resolution(x) - mean
    z = centred @ components
    residual = centred.square().sum(1) - z.square().sum(1)
    return z / scale[:-1], residual.clamp(min=0) / scale[-1].square()


def half_resolution(x: Tensor) -> Tensor:
    """(N, 1, 28, 28) -> (N, 196), halved and blurred."""
    return blurred(halved(x)).flatten(1)


def blurred(images: Tensor) -> Tensor:
    """(N, 1, 14, 14) filtered by a Gaussian of BLUR pixels, zero-padded."""
    radius = int(4 * BLUR + 0.5)
    weights = gaussian_kernel(BLUR, radius).view(1, 1, 1, -1)
    rows = conv2d(images, weights, padding=(0, radius))
    return conv2d(rows, weights.transpose(2, 3), padding=(radius, 0))


def kind(normal_class: int | None) -> str:
    """The name of a normal class in file names and metric keys."""
    return "all" if normal_class is None else str(normal_class)


def file(normal_class: int | None) -> str:
    """The file of the study that holds a detector."""
    return f"{kind(normal_class)}.safetensors"


def load(dataset: str, normal_class: int | None) -> Detector:
    """The shipped detector. Raises `CheckpointError`."""
    tensors = study.tensors(dataset, NAME, file(normal_class))
    try:
        return Detector(tensors)
    except (KeyError, ValueError, RuntimeError) as error:
        raise checkpoint.unusable(folder(dataset, NAME) / file(normal_class), error) from error


def scores(dataset: str, normal_class: int | None, images: Tensor) -> Tensor:
    """Combined scores (N,) of images (N, 1, 28, 28) in [0, 1], higher for anomalies.

    The normal class is a class of the data set, or the whole data set where it is None. Normal
    images have a score of 0 on average. Raises `CheckpointError`.
    """
    return load(dataset, normal_class).scores(images).combined


def quantised(name: str, matrix: Tensor) -> dict[str, Tensor]:
    """A matrix (R, C) as 8-bit levels, each row scaled to its own range."""
    low, high = matrix.amin(1), matrix.amax(1)
    levels = gallery.quantise(matrix.T, low, high).T
    return {f"{name}.levels": levels.contiguous(), f"{name}.low": low, f"{name}.high": high}


def dequantised(name: str, tensors: dict[str, Tensor]) -> Tensor:
    """The inverse of `quantised`, up to rounding: a matrix (R, C)."""
    levels, low, high = (tensors[f"{name}.{part}"] for part in ("levels", "low", "high"))
    return gallery.restore(levels.T, low.float(), high.float()).T
