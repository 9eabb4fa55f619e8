"""A drawing on the pad of a page."""

import base64

import numpy as np
from streamlit.testing.v1 import AppTest

from tests.pages.conftest import keys


def draw(at: AppTest, ink: object) -> AppTest:
    """Puts a value where the pad's value would come in."""
    (pad,) = (key for key in keys(at) if "_pad_" in key)
    at.session_state[pad] = {"ink": ink}
    return at.run()


def stroke() -> str:
    """What the pad sends for an upright line."""
    ink = np.zeros((56, 56), np.uint8)
    ink[10:46, 26:30] = 255
    return base64.b64encode(ink.tobytes()).decode()
