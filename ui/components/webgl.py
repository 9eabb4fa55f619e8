"""Whether the visitor's browser supports WebGL; it reports only a missing one."""

from ui.components.register import register

_mount = register(__file__)


def webgl_missing(key: str = "webgl") -> bool:
    """False until the browser has reported that WebGL is missing, which causes another run."""
    result = _mount(key=key, width="content", on_missing_change=_ignore)
    return result.missing is True


def _ignore() -> None:
    """The component's state needs a callback to exist; the value is read from the result."""
