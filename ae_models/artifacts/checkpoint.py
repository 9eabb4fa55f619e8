"""Save, load, list and verify checkpoints: model.safetensors with a card beside it.

Nothing is unpickled. Weights are checked against the card's sha256, then for names,
shapes, types and finite values, before a model is built from them. A file may hold its
weights in half precision; a model always has them in float32.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path
from typing import TypeVar

import torch
from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.torch import load as parse_safetensors
from safetensors.torch import save as safetensors_bytes
from torch import Tensor, nn

from ae_models.artifacts.card import (
    FAMILIES,
    Card,
    NotTrained,
    folder,
    read_card,
    verified_content,
)
from ae_models.artifacts.card import CheckpointError as CheckpointError  # importable without torch
from ae_models.base import Model, Trainable
from ae_models.datasets import DATASETS
from ae_models.i18n import N_, Sentence
from ae_models.networks.classifier import ReferenceClassifier
from ae_models.variants import VARIANTS

KINDS: dict[str, type[Model]] = {**VARIANTS, "judge": ReferenceClassifier}
NOT_COMPARED = ("service",)  # auxiliary models, not shown for comparison
Shipped = TypeVar("Shipped", bound=Trainable)

CARD_ALONE = N_("{name} of {dataset} ships its card alone: it has no weights to run")
MISSING = N_(
    "checkpoints/{dataset}/{name}/{file} is missing; restore it with: "
    "git checkout checkpoints, or python -m ae_models train {name} --dataset {dataset}"
)
DAMAGED = N_(
    "checkpoints/{dataset}/{name}/{file} is damaged ({reason}); restore it with: "
    "git checkout checkpoints, or python -m ae_models train {name} --dataset {dataset}"
)
NOT_TRAINED = N_(
    "{name} has not been trained for {title}: python -m ae_models train {name} --dataset {dataset}"
)
UNREADABLE = N_("it is not what it should be")


def available(
    dataset: str, having: type[nn.Module] | None = None, *, weightless: bool = False
) -> list[str]:
    """Names of the checkpoints for comparison, simple ones first.

    The order is that of `FAMILIES`, then of `VARIANTS`; after that a small code comes before
    a large one, and trained on clean images before trained on noisy ones. `having` is an
    ability from `base`: `Reconstructs`, `Codes`, `Samples`, `Inpaints`. A checkpoint whose card
    cannot be read is left out, and so is one that ships without weights, unless `weightless`:
    its card can be read, though it cannot be run.
    """
    names = []
    for path in folder(dataset).glob("*/card.json"):
        name = path.parent.name
        try:
            card = read_card(dataset, name)
        except (OSError, ValueError):
            continue
        kind = VARIANTS.get(card.variant)
        if kind is None or card.family in NOT_COMPARED or not (card.sha256 or weightless):
            continue
        if having is None or issubclass(kind, having):
            names.append((_place(card), name))
    return [name for _, name in sorted(names)]


def _place(card: Card) -> tuple[float, ...]:
    """Sort key of a card: family, variant, latent dimension, size, training noise."""
    return (
        list(FAMILIES).index(card.family),
        list(VARIANTS).index(card.variant),
        card.latent_dim or 0,
        card.parameters,
        *(strength for reach in card.trained_with.values() for strength in reach),
    )


def load(dataset: str, name: str, device: torch.device | None = None) -> Model:
    """The verified model in eval mode, its parameters frozen. Raises `CheckpointError`."""
    path = folder(dataset, name) / "model.safetensors"
    try:
        card = read_card(dataset, name)
        model = build(card)
    except (
        OSError,
        ValueError,
        RuntimeError,
    ) as error:  # torch raises RuntimeError for absurd sizes
        raise unusable(path.with_name("card.json"), error) from error
    if card.sha256 is None:
        raise CheckpointError(Sentence(CARD_ALONE, name=name, dataset=dataset))
    try:
        inherited = _inherited(card)
        own = {key: t for key, t in model.state_dict().items() if key not in inherited}
        model.load_state_dict(verified(path, card.sha256, own) | inherited)
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        if isinstance(error, CheckpointError):  # of the origin, which names its own file
            raise
        raise unusable(path, error) from error
    return model.requires_grad_(False).eval().to(device or best_device())


def _inherited(card: Card) -> dict[str, Tensor]:
    """The tensors stored with the checkpoint that training started from. Raises `ValueError`."""
    if not card.inherited:
        return {}
    ((name, sha256),) = card.origin.items()
    if read_card(card.dataset, name).sha256 != sha256:
        raise ValueError(f"it belongs to other weights of {name}")
    tensors = load(card.dataset, name, torch.device("cpu")).state_dict()
    return {key: tensors[key] for key in card.inherited if key in tensors}


def unusable(path: Path, error: Exception) -> CheckpointError:
    """The error for a file of a checkpoint: which one, why, and how to restore it."""
    dataset, name, file = path.parts[-3:]
    record = DATASETS.get(dataset)
    if record is not None and not record.shipped and not path.parent.exists():
        return NotTrained(Sentence(NOT_TRAINED, name=name, title=record.title, dataset=dataset))
    account = MISSING if isinstance(error, FileNotFoundError) else DAMAGED
    reason: object = error
    if isinstance(error, ValidationError):
        reason = UNREADABLE  # pydantic's message is a page long
    return CheckpointError(Sentence(account, dataset=dataset, name=name, file=file, reason=reason))


def build(card: Card) -> Model:
    """An untrained model of the card's kind and configuration. Raises `ValueError`."""
    if card.variant not in KINDS:
        raise ValueError(f"no variant is called {card.variant!r}")
    kind = KINDS[card.variant]
    return as_shipped(kind(kind.Config.model_validate(card.config)))


def as_shipped(model: Shipped) -> Shipped:
    """Remove the parts that are needed in training alone, in place; returns the model."""
    for name in model.training_only:
        if hasattr(model, name):  # depends on the configuration
            delattr(model, name)
    return model


def verified(path: Path, sha256: str, expected: dict[str, Tensor]) -> dict[str, Tensor]:
    """The tensors of a file, with names, shapes and types as expected. Raises `ValueError`."""
    tensors = parse_safetensors(verified_content(path, sha256))
    if tensors.keys() != expected.keys():
        different = sorted(tensors.keys() ^ expected.keys())
        raise ValueError(f"tensors missing or not expected: {', '.join(different)}")
    for key, tensor in tensors.items():
        if tensor.shape != expected[key].shape or not _fits(tensor.dtype, expected[key].dtype):
            raise ValueError(f"{key} has the wrong shape or type")
        if tensor.is_floating_point() and not tensor.isfinite().all():
            raise ValueError(f"{key} has values that are not finite")
    return tensors


def _fits(found: torch.dtype, expected: torch.dtype) -> bool:
    """Whether a tensor of a file may fill one of a model: the same type, or half of float32."""
    return found == expected or (found == torch.float16 and expected == torch.float32)


def halved(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """float32 tensors in half precision, all others as they are."""
    return {k: t.half() if t.dtype == torch.float32 else t for k, t in tensors.items()}


def to_bytes(tensors: dict[str, Tensor]) -> bytes:
    """Tensors as the content of a safetensors file."""
    return safetensors_bytes({key: t.detach().cpu().contiguous() for key, t in tensors.items()})


def write(dataset: str, name: str, file: str, content: bytes) -> str:
    """Write one file of a checkpoint atomically; returns its sha256."""
    target = folder(dataset, name)
    target.mkdir(parents=True, exist_ok=True)
    handle, partial = tempfile.mkstemp(dir=target, prefix=".part-")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        os.chmod(partial, 0o644)
        os.replace(partial, target / file)
    except BaseException:
        Path(partial).unlink(missing_ok=True)
        raise
    return hashlib.sha256(content).hexdigest()


def write_card(card: Card) -> None:
    """Write a card as indented JSON."""
    write(card.dataset, card.name, "card.json", (card.model_dump_json(indent=1) + "\n").encode())


def best_device() -> torch.device:
    """The GPU if there is one, else the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")
