"""Which pictures are not of the kind that a model has seen, and where they are strange.

A detector knows one kind of picture: a class, or a whole data set. It adds two marks, each
the logarithm of a distance, counted in standard deviations from its mean over normal
pictures that the detector was not fitted on:

- how far the picture is from what a net that has learnt to draw covered parts makes of it
  (`ae_models.networks.masked_autoencoder`), both blurred a little;
- how far its code is from the nearest codes of normal pictures. The code is linear: the
  principal components, each divided by its spread (PCA, whitened), and what they leave over.

The settings are the same for all kinds. They were chosen on the validation part of the
training split. Every picture is scored alone, whatever others come with it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor
from torch.nn.functional import conv2d

from ae_models import inference
from ae_models.artifacts import checkpoint, gallery, study
from ae_models.artifacts.card import folder
from ae_models.networks.masked_autoencoder import Uncovering, UncoveringConfig, doubled, halved
from ae_models.tasks.anomaly.baselines import nearest

NAME = "anomaly"
CLASSES = range(10)
CONFIG = UncoveringConfig()
BLUR = 0.6  # standard deviation in half-size pixels, of pictures and of differences
DIMENSIONS = 32  # of the code
NOISE = 0.05  # variance that each direction has besides its own: faint ones are not blown up
NEAREST = 3  # codes of normal pictures that a code is held against
SHARE = 0.75  # of the second mark, where the first counts as one
SMALLEST = 1e-6  # of a distance: identical pictures have a logarithm too


class Marks(NamedTuple):
    """What a detector says of N pictures; more is stranger."""

    scores: Tensor  # (N,) of both together
    redrawing: Tensor  # (N,) squared distance from what the net draws
    code: Tensor  # (N,) squared distance from the nearest codes, and what the code leaves over
    drawn: Tensor  # (N, 1, 28, 28) in [0, 1], what the net draws, of half the size
    where: Tensor  # (N, 28, 28), the squared difference there, blurred


class Roc(NamedTuple):
    """Shares of normal and of strange pictures above each threshold, from none to all."""

    false_alarms: NDArray[np.float64]  # (T,) from 0 to 1
    found: NDArray[np.float64]  # (T,) from 0 to 1


class Verdicts(NamedTuple):
    """Of 1,000 pictures, which are taken for what at a threshold."""

    found: float  # strange, and taken for strange
    missed: float  # strange, and taken for normal
    false_alarms: float  # normal, and taken for strange
    passed: float  # normal, and taken for normal

    @property
    def precision(self) -> float:
        """Of those taken for strange, the part that is; nan where there are none."""
        return _part(self.found, self.found + self.false_alarms)

    @property
    def recall(self) -> float:
        """Of the strange ones, the part that is found; nan where there are none."""
        return _part(self.found, self.found + self.missed)


def kind(normal_class: int | None) -> str:
    """How files and figures call what is normal."""
    return "all" if normal_class is None else str(normal_class)


def file(normal_class: int | None) -> str:
    """The file of a study that a detector is in."""
    return f"{kind(normal_class)}.safetensors"


class Detector:
    """Knows one kind of picture."""

    def __init__(self, tensors: dict[str, Tensor]) -> None:
        """From the tensors of one file of the study. Raises `ValueError`, `RuntimeError`."""
        self.net = Uncovering(CONFIG)
        self.net.load_state_dict(
            {
                name: unpacked(name, tensors) if value.ndim == 2 else tensors[name].float()
                for name, value in self.net.state_dict().items()
            }
        )
        self.net.requires_grad_(False).eval()
        self.mean = tensors["mean"].float()  # (196,) of normal pictures
        self.directions = tensors["directions"].float()  # (196, D), orthonormal
        self.spread = tensors["spread"].float()  # (D + 1,), the last of all that is left over
        self.codes = unpacked("codes", tensors)  # (M, D) of normal pictures
        self.typical = tensors["typical"].float()  # (2, 2): mean and deviation of both logarithms
        everything = (self.mean, self.directions, self.spread, self.codes, self.typical)
        if self.spread.shape != (self.directions.shape[1] + 1,) or len(self.codes) < NEAREST:
            raise ValueError("its tensors do not fit together")
        if not all(bool(tensor.isfinite().all()) for tensor in everything):
            raise ValueError("it holds values that are not finite")

    def marks(self, x: Tensor) -> Marks:
        """Of pictures (N, 1, 28, 28) in [0, 1]."""
        drawn, difference = self.redrawn(x)
        redrawing = difference.flatten(1).sum(1)
        code = self.distance(x)
        logarithms = torch.stack([redrawing, code]).clamp(min=SMALLEST).log()  # (2, N)
        first, second = (logarithms - self.typical[:, :1]) / self.typical[:, 1:]
        where = doubled(difference).squeeze(1)
        bigger = doubled(drawn)
        return Marks(first + SHARE * second, redrawing, code, bigger, where)

    def redrawn(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """What the net draws and the squared difference of both blurred, (N, 1, 14, 14) each."""
        drawn = inference.in_batches(self.net, lambda net, part: net.half_size(part), x)
        return drawn, blurred(halved(x) - drawn).square()

    def coded(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Codes (N, D) and what each leaves over (N,), in units of the spread."""
        return code_of(x, self.mean, self.directions, self.spread)

    def distance(self, x: Tensor) -> Tensor:
        """(N,): mean squared distance from the NEAREST codes, and what the code leaves over."""
        z, rest = self.coded(x)
        return rest + nearest(z, self.codes, NEAREST)


def code_of(x: Tensor, mean: Tensor, directions: Tensor, spread: Tensor) -> tuple[Tensor, Tensor]:
    """Whitened codes (N, D) of (N, 1, 28, 28), and the squared length (N,) of the rest.

    Both are in units of `spread` (D + 1,), standard deviations with the noise counted in.
    """
    away = half_size(x) - mean
    z = away @ directions
    rest = away.square().sum(1) - z.square().sum(1)
    return z / spread[:-1], rest.clamp(min=0) / spread[-1].square()


def half_size(x: Tensor) -> Tensor:
    """(N, 1, 28, 28) -> (N, 196), halved and blurred."""
    return blurred(halved(x)).flatten(1)


def blurred(images: Tensor) -> Tensor:
    """(N, 1, 14, 14) under a Gaussian of BLUR pixels; beyond the edge there is 0."""
    reach = int(4 * BLUR + 0.5)
    weights = torch.exp(-0.5 * (torch.arange(-reach, reach + 1) / BLUR).square())
    weights = (weights / weights.sum()).view(1, 1, 1, -1)
    rows = conv2d(images, weights, padding=(0, reach))
    return conv2d(rows, weights.transpose(2, 3), padding=(reach, 0))


def detector(dataset: str, normal_class: int | None) -> Detector:
    """As it ships. Raises `CheckpointError`."""
    tensors = study.tensors(dataset, NAME, file(normal_class))
    try:
        return Detector(tensors)
    except (KeyError, ValueError, RuntimeError) as error:
        raise checkpoint.unusable(folder(dataset, NAME) / file(normal_class), error) from error


def scores(dataset: str, normal_class: int | None, images: Tensor) -> Tensor:
    """How strange pictures (N, 1, 28, 28) in [0, 1] are: (N,), higher is stranger.

    Normal is a class of the data set, or where that is None all of the data set. 0 is what
    normal pictures have on average. Raises `CheckpointError`.
    """
    return detector(dataset, normal_class).marks(images).scores


def packed(name: str, matrix: Tensor) -> dict[str, Tensor]:
    """A matrix (R, C) as bytes, each row scaled from its own range."""
    low, high = matrix.amin(1), matrix.amax(1)
    levels = gallery.quantise(matrix.T, low, high).T
    return {f"{name}.levels": levels.contiguous(), f"{name}.low": low, f"{name}.high": high}


def unpacked(name: str, tensors: dict[str, Tensor]) -> Tensor:
    """The matrix that `packed` took, up to the rounding."""
    levels, low, high = (tensors[f"{name}.{part}"] for part in ("levels", "low", "high"))
    return gallery.restore(levels.T, low.float(), high.float()).T


def roc(scores: ArrayLike, is_strange: ArrayLike) -> Roc | None:
    """The curve of scores (N,), one point a distinct score; None where all are of one kind."""
    values, strange = np.asarray(scores, float), np.asarray(is_strange, bool)
    if strange.all() or not strange.any():
        return None
    order = np.argsort(-values, kind="stable")
    last = np.append(np.diff(values[order]) != 0, True)  # of equal scores none comes first
    found = np.cumsum(strange[order])[last] / strange.sum()
    false_alarms = np.cumsum(~strange[order])[last] / (~strange).sum()
    return Roc(np.append(0.0, false_alarms), np.append(0.0, found))


def verdicts(
    scores: ArrayLike, is_strange: ArrayLike, threshold: float, part: float
) -> Verdicts | None:
    """What comes of 1,000 pictures of which a `part`, 0 to 1, is strange.

    A picture is taken for strange where its score is above the threshold. The rates are those
    of the scores (N,); None where these are all of one kind.
    """
    above, strange = np.asarray(scores, float) > threshold, np.asarray(is_strange, bool)
    if strange.all() or not strange.any():
        return None
    found, alarms = above[strange].mean(), above[~strange].mean()
    many, rest = 1_000 * part, 1_000 * (1 - part)
    return Verdicts(many * found, many * (1 - found), rest * alarms, rest * (1 - alarms))


def _part(some: float, whole: float) -> float:
    return float(some / whole) if whole else float("nan")
