"""What models are called on screen, in the visitor's language; their keys stay in addresses."""

from collections.abc import Iterable

from ae_models.artifacts.titles import title
from ui.base.language import said


def model_title(name: str) -> str:
    """The title of one model, or its key where it has none."""
    return said(title(name))


def model_titles(names: Iterable[str]) -> dict[str, str]:
    """Each key with its title, as controls take them."""
    return {name: model_title(name) for name in names}
