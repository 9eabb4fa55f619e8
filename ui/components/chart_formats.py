"""Beside the camera of every chart, which saves a PNG, a button that saves an SVG."""

from ui.base.language import _
from ui.components.register import register

_mount = register(__file__)


def chart_formats(key: str = "chart_formats") -> None:
    """Serves all charts of the page, also those that come later."""
    _mount(key=key, width="content", data={"png": _("Save as PNG"), "svg": _("Save as SVG")})
