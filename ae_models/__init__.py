"""Autoencoders for MNIST and Fashion-MNIST: models, training and tasks, without the user interface.

Public names are imported lazily: torch takes seconds to import, and the first page must
not wait for it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ae_models.artifacts.checkpoint import available as available
    from ae_models.artifacts.checkpoint import load as load
    from ae_models.images.noise import NOISES as NOISES
    from ae_models.variants import VARIANTS as VARIANTS

HOME = {
    "available": "ae_models.artifacts.checkpoint",
    "load": "ae_models.artifacts.checkpoint",
    "NOISES": "ae_models.images.noise",
    "VARIANTS": "ae_models.variants",
}
__all__ = ["NOISES", "VARIANTS", "available", "load"]


def __getattr__(name: str) -> Any:
    if name in HOME:
        return getattr(import_module(HOME[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
