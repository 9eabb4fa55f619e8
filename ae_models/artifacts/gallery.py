"""The bundled gallery: labelled 8-bit codes, decoded once when they are first needed.

Its codec is an autoencoder of this project, trained on the training split. Each code is
the encoder's output, without optimisation per image. A code is scaled to the range that
its dimension has over the training images, and rounded to 8 bits.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load as parse_safetensors
from torch import Tensor, nn

from ae_models import datasets, inference
from ae_models.artifacts import checkpoint
from ae_models.artifacts.card import folder, read_card

NAME = "gallery"
FILE = "codes.safetensors"
TRAINING_CODES = 5_000
LEVELS = 255


def quantise(z: Tensor, low: Tensor, high: Tensor) -> Tensor:
    """(N, D) of floats -> (N, D) uint8, each dimension scaled from [low, high]."""
    return ((z - low) / (high - low).clamp(min=1e-6) * LEVELS).round().clamp(0, LEVELS).byte()


def restore(codes: Tensor, low: Tensor, high: Tensor) -> Tensor:
    """The inverse of `quantise`, up to the rounding."""
    return low + codes.float() / LEVELS * (high - low).clamp(min=1e-6)


def write(dataset: str, codec: nn.Module) -> str:
    """Encode the original images and write the codes beside the codec.

    Returns the file's sha256, which the card of the codec must hold.

    For each split it holds `codes` (N, D) and `labels` (N,), both uint8, and `index` (N,)
    int32, the image's index in the split; `low` and `high` (D,) are their scale.
    """
    train, test = datasets.original(dataset, "train"), datasets.original(dataset, "test")
    kept, _ = datasets.split_off_validation(len(train.pixels))
    count = min(TRAINING_CODES, len(kept))
    chosen = np.sort(np.random.default_rng(0).choice(kept, count, replace=False))
    z = inference.encode(codec, datasets.to_tensor(train.pixels[chosen]))
    low, high = z.amin(0), z.amax(0)
    tensors = {"low": low, "high": high}
    everything = np.arange(len(test.pixels))
    for split, images, index in (("train", train, chosen), ("test", test, everything)):
        z = inference.encode(codec, datasets.to_tensor(images.pixels[index]))
        tensors[f"{split}.codes"] = quantise(z, low, high)
        tensors[f"{split}.labels"] = torch.from_numpy(images.labels[index]).byte()
        tensors[f"{split}.index"] = torch.from_numpy(index).int()
    return checkpoint.write(dataset, NAME, FILE, checkpoint.to_bytes(tensors))


def pictures(dataset: str, split: datasets.Split, codec: nn.Module) -> tuple[Tensor, Tensor]:
    """Decode a split: (N, 1, 28, 28) in [0, 1] and labels (N,). Raises `CheckpointError`."""
    tensors = _read(dataset)
    z = restore(tensors[f"{split}.codes"], tensors["low"], tensors["high"])
    return inference.decode(codec, z), tensors[f"{split}.labels"].long()


@lru_cache(maxsize=4)
def load(dataset: str, split: datasets.Split) -> datasets.Images:
    """The decoded images: 5,000 to train, 10,000 to test. Raises `CheckpointError`."""
    codec = checkpoint.load(dataset, NAME)
    images, labels = pictures(dataset, split, codec)
    return datasets.frozen(datasets.to_pixels(images), labels.numpy(), decoded=True)


def index(dataset: str, split: datasets.Split) -> Tensor:
    """Index (N,) of each gallery image in the original split."""
    return _read(dataset)[f"{split}.index"].long()


def _read(dataset: str) -> dict[str, Tensor]:
    path = folder(dataset, NAME) / FILE
    try:
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() != read_card(dataset, NAME).files.get(FILE):
            raise ValueError("its sha256 is not the card's")
        return _checked(parse_safetensors(content), len(datasets.DATASETS[dataset].classes))
    except (OSError, ValueError, SafetensorError) as error:
        raise checkpoint.unusable(path, error) from error


def _checked(tensors: dict[str, Tensor], classes: int) -> dict[str, Tensor]:
    """The tensors of a file of codes, if they are what `write` writes. Raises `ValueError`."""
    expected = {"low": (torch.float32, 1), "high": (torch.float32, 1)}
    for split in ("train", "test"):
        expected[f"{split}.codes"] = (torch.uint8, 2)
        expected[f"{split}.labels"] = (torch.uint8, 1)
        expected[f"{split}.index"] = (torch.int32, 1)
    if {key: (t.dtype, t.ndim) for key, t in tensors.items()} != expected:
        raise ValueError("its tensors are not those of a gallery")
    dim = len(tensors["low"])
    if (
        len(tensors["high"]) != dim
        or not torch.cat([tensors["low"], tensors["high"]]).isfinite().all()
    ):
        raise ValueError("its scale is not one finite range a dimension")
    for split in ("train", "test"):
        codes, labels = tensors[f"{split}.codes"], tensors[f"{split}.labels"]
        if codes.shape != (len(labels), dim) or len(tensors[f"{split}.index"]) != len(labels):
            raise ValueError(f"the codes of {split} do not have one label and one index each")
        if labels.max() >= classes:
            raise ValueError(f"the labels of {split} are not 0 … {classes - 1}")
    return tensors
