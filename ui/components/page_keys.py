"""Keys that step while presenting; a presentation remote sends Page Up and Page Down."""

from ui.components.register import register

_mount = register(__file__)


def stepping(key: str = "stepping") -> None:
    """Map keys to the next step or, without steps, the next page; and to leaving the mode."""
    _mount(key=key, width="content")
