"""Keys that step while presenting; a presentation remote sends Page Up and Page Down."""

from ui.components.register import register

_mount = register(__file__)


def stepping(key: str = "stepping") -> None:
    """Presses what the page offers: a next step, else the link to the next page; Leave."""
    _mount(key=key, width="content")
