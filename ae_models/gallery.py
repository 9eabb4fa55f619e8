"""The bundled gallery: labelled 8-bit codes, decoded once when they are first needed.

Its codec is an autoencoder of ours, trained on the training split. Each code is one
pass of the encoder; nothing is optimised per image. A code is scaled to the range that
its dimension has over the training images, and rounded to 8 bits.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch
from safetensors import SafetensorError
from torch import Tensor, nn

from ae_models import checkpoint, data, inference
from ae_models.card import CHECKPOINTS

NAME = "gallery"
FILE = "codes.safetensors"
TRAINING_CODES = 5_000
LEVELS = 255


class Codes(NamedTuple):
    """What the file holds, for one split."""

    codes: Tensor  # (N, D) uint8
    labels: Tensor  # (N,) uint8
    index: Tensor  # (N,) int32: which image of the split each one is


def quantise(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
    """(N, D) of floats -> (N, D) uint8, each dimension scaled from [low, high]."""
    return ((z - low) / (high - low).clamp(min=1e-6) * LEVELS).round().clamp(0, LEVELS).byte()


def restore(codes: Tensor, low: Tensor, high: Tensor) -> Tensor:
    """The inverse of `quantise`, up to the rounding."""
    return low + codes.float() / LEVELS * (high - low).clamp(min=1e-6)


def write(dataset: str, codec: nn.Module) -> None:
    """Encode the original images and put the file of codes beside the codec."""
    train, test = data.original(dataset, "train"), data.original(dataset, "test")
    kept, _ = data.split_off_validation(len(train.pixels))
    chosen = np.sort(np.random.default_rng(0).choice(kept, TRAINING_CODES, replace=False))
    z = inference.encode(codec, data.to_tensor(train.pixels[chosen]))
    low, high = z.amin(0), z.amax(0)
    tensors = {"low": low, "high": high}
    everything = np.arange(len(test.pixels))
    for split, images, index in (("train", train, chosen), ("test", test, everything)):
        z = inference.encode(codec, data.to_tensor(images.pixels[index]))
        tensors[f"{split}.codes"] = quantise(z, low, high)
        tensors[f"{split}.labels"] = torch.from_numpy(images.labels[index]).byte()
        tensors[f"{split}.index"] = torch.from_numpy(index).int()
    checkpoint.write(dataset, NAME, FILE, checkpoint.to_bytes(tensors))


def pictures(dataset: str, split: data.Split, codec: nn.Module) -> tuple[Tensor, Tensor]:
    """Decode a split: (N, 1, 28, 28) in [0, 1] and labels (N,). Raises `CheckpointError`."""
    tensors = _read(dataset)
    z = restore(tensors[f"{split}.codes"], tensors["low"], tensors["high"])
    return inference.decode(codec, z), tensors[f"{split}.labels"].long()


@lru_cache(maxsize=4)
def load(dataset: str, split: data.Split) -> data.Images:
    """The decoded pictures: 5,000 to train, 10,000 to test. Raises `CheckpointError`."""
    codec = checkpoint.load(dataset, NAME)
    images, labels = pictures(dataset, split, codec)
    return data.frozen(data.to_pixels(images), labels.numpy(), decoded=True)


def index(dataset: str, split: data.Split) -> Tensor:
    """(N,): which image of the original split each gallery picture is."""
    return _read(dataset)[f"{split}.index"].long()


def _read(dataset: str) -> dict[str, Tensor]:
    path = CHECKPOINTS / dataset / NAME / FILE
    try:
        return checkpoint.parse_safetensors(path.read_bytes())
    except (OSError, SafetensorError) as error:
        raise checkpoint.CheckpointError(
            f"checkpoints/{dataset}/{NAME}/{FILE} is missing or damaged; restore it with: "
            f"git checkout checkpoints, or python -m ae_models train {NAME} --dataset {dataset}"
        ) from error
