"""The controls for the hidden region: patches, pixels, one half, or a rectangle."""

from typing import NamedTuple

import streamlit as st
import torch
from torch import Tensor

from ae_models.images.corruptions import SIDES, hide_side
from ae_models.tasks import inpainting
from ae_models.tasks.restoration.study import Case
from ui.base.language import _
from ui.components.block_pad import SIDE, block_pad, blocked
from ui.widgets import controls
from ui.widgets.image_selection import SelectedImages

PAD = "block_pad"
BLOCK = (9, 19)  # from pixel 9 to before pixel 19, across and down


class Hidden(NamedTuple):
    """The hidden pixels of N images, and the matching case of the restoration study."""

    pixels: Tensor  # (N, 1, 28, 28) of bool
    case: Case | None = None
    single: bool = False  # single pixels, not whole patches


def choose(chosen: SelectedImages) -> Hidden | None:
    """The chosen region; None, with a notice, where nothing or everything is hidden."""
    kinds = {
        "patches": _("Random patches"),
        "pixels": _("Random pixels"),
        "half": _("One half"),
        "block": _("Rectangle set by hand"),
    }
    kind = controls.choice(_("Hidden region"), kinds, "hide")
    if kind in ("patches", "pixels"):
        return at_random(kind, chosen)
    if kind == "half":
        side = controls.choice(_("Half"), controls.named(SIDES), "side")
        return Hidden(hide_side(side).expand(len(chosen.pixels), -1, -1, -1), Case("half", 0.5))
    return by_hand(chosen)


def at_random(kind: str, chosen: SelectedImages) -> Hidden:
    """The same fraction of each image, drawn independently."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        part = st.slider(_("Fraction hidden"), 0.1, 0.9, 0.5, 0.05, key="part", bind="query-params")
        generator = torch.Generator().manual_seed(controls.seed())
    if kind == "patches":
        return Hidden(inpainting.hide_patches(chosen.x, part, generator))
    pixels = inpainting.hide_pixels(chosen.x, part, generator)
    return Hidden(pixels, Case("masking", round(part, 2)), single=True)


def by_hand(chosen: SelectedImages) -> Hidden | None:
    """The same rectangle of every image, drawn on the first one or set by sliders."""
    with st.container(horizontal=True, vertical_alignment="top", gap="large"):
        pad = st.container(width="content")
        with st.container(width=320):
            left, right = ends(_("Columns"), "across")
            top, bottom = ends(_("Rows"), "down")
            st.caption(_("Drag a rectangle on the image, tap to move it, or set it here."))
    with pad:
        block_pad(chosen.pixels[0], (left, right, top, bottom), key=PAD, on_block=take)
    hidden = inpainting.hide_block(len(chosen.pixels), (left, right), (top, bottom))
    if not hidden.any():
        st.info(_("Nothing is hidden: make the rectangle at least one pixel wide and high."))
    elif hidden.all():
        st.info(_("Everything is hidden: leave some pixels visible."))
    else:
        return Hidden(hidden)
    return None


def ends(label: str, key: str) -> tuple[int, int]:
    """Begin and end of the rectangle along one axis, in pixels."""
    low, high = st.slider(label, 0, SIDE, BLOCK, key=key, bind="query-params")
    return int(low), int(high)


def take() -> None:
    """Copy the drawn rectangle to the sliders, and with them to the address."""
    block = blocked(st.session_state.get(PAD))
    if block is not None:
        st.session_state["across"], st.session_state["down"] = block[:2], block[2:]
