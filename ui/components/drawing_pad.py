"""A pad to draw on with mouse, pen or finger; white ink on black, as the data sets have it."""

import base64

import numpy as np

from ui.base.language import _
from ui.components.register import register

_mount = register(__file__)


def drawing_pad(key: str, *, ink: str = "") -> object:
    """Shows the pad; returns what the browser sent, None until the visitor has touched it.

    An honest value is "" for a cleared pad, else base64 of 56×56 grey bytes. It is
    untrusted: `ae_models.images.preparation.from_drawing` checks it. `ink`, of the same form,
    is what a freshly shown pad starts with; later values of it change nothing.
    """
    result = _mount(
        key=key,
        width="content",
        data={
            "ink": ink,
            "canvas": _("Drawing pad: draw with mouse, pen or finger"),
            "undo": _("Undo"),
            "clear": _("Clear"),
        },
        on_ink_change=_ignore,
    )
    return result.ink


def ink_of(image: np.ndarray) -> str:
    """The ink that shows a grey uint8 (28, 28) image on the pad."""
    return base64.b64encode(image.repeat(2, 0).repeat(2, 1).tobytes()).decode("ascii")


def _ignore() -> None:
    """The component's state needs a callback to exist; the value is read from the result."""
