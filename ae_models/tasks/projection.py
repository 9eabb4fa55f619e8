"""Two-dimensional projections of latent codes by PCA and t-SNE, and steps along components.

PCA is computed live; t-SNE (van der Maaten & Hinton 2008) takes about a minute, is computed when
a checkpoint is evaluated, and ships beside its weights.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load as parse_safetensors
from safetensors.numpy import save as safetensors_bytes

from ae_models.artifacts.card import folder

FILE = "projection.safetensors"
Floats = NDArray[np.float32]


class Principal(NamedTuple):
    """Principal components of N codes, by decreasing variance; read-only arrays."""

    mean: Floats  # (D,)
    directions: Floats  # (D, D), a unit vector per row
    spread: Floats  # (D,) standard deviation of the codes along each component


def principal(codes: Floats) -> Principal:
    """Principal component analysis of codes (N, D).

    scikit-learn's gives the same axes with other signs; its import takes a page a second, and
    links hold positions along the axes.
    """
    mean = codes.mean(axis=0)
    values, vectors = np.linalg.eigh(
        np.cov((codes - mean).T.astype(np.float64)).reshape(2 * (codes.shape[1],))
    )
    spread = np.sqrt(values[::-1].clip(min=0))
    parts = [a.astype(np.float32) for a in (mean, vectors[:, ::-1].T, spread)]
    for part in parts:
        part.flags.writeable = False
    return Principal(*parts)


def on_plane(codes: Floats, axes: Principal) -> Floats:
    """Codes (N, D) projected onto the first two principal components, (N, 2)."""
    plane: Floats = ((codes - axes.mean) @ axes.directions[:2].T).astype(np.float32)
    return plane


def shares(axes: Principal) -> Floats:
    """Explained variance ratio of each component, (D,), summing to 1."""
    variance = axes.spread**2
    return (variance / max(float(variance.sum()), 1e-12)).astype(np.float32)


def along(start: Floats, axes: Principal, steps: Floats) -> Floats:
    """A code (D,) moved along the first K components by `steps` (K,) standard deviations: (D,)."""
    count = len(steps)
    offset = (steps * axes.spread[:count]) @ axes.directions[:count]
    return (start + offset).astype(np.float32)


def tsne(codes: Floats, seed: int = 0) -> Floats:
    """The t-SNE map (N, 2) of codes (N, D); takes about a minute for 10,000 codes."""
    from sklearn.manifold import TSNE

    scaled = (codes - codes.mean(axis=0)) / codes.std()
    plane: Floats = TSNE(init="pca", max_iter=600, random_state=seed, n_jobs=-1).fit_transform(
        scaled
    )
    return plane.astype(np.float32)


def to_bytes(plane: Floats) -> bytes:
    """The content of a projection file: a map (N, 2) in half precision, finer than a screen."""
    return safetensors_bytes({"plane": plane.astype(np.float16)})


def shipped(dataset: str, name: str) -> Floats | None:
    """The t-SNE map (10,000, 2) of the test codes that ships with a checkpoint.

    None where it is missing or invalid. The array is read-only.
    """
    path = folder(dataset, name) / FILE
    try:
        plane: Floats = parse_safetensors(path.read_bytes())["plane"].astype(np.float32)
    except (OSError, KeyError, SafetensorError):
        return None
    if plane.ndim != 2 or plane.shape[1] != 2 or not np.isfinite(plane).all():
        return None
    plane.flags.writeable = False
    return plane
