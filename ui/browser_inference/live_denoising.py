"""Noisy images and what models reconstruct from them, in the browser while a slider moves."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ui.base.language import _
from ui.browser_inference.arrays import packed, packed_bytes, random_field
from ui.browser_inference.browser_model import RUNTIME, BrowserModel, client, note_failure
from ui.browser_inference.live_control import LIVE_SLIDER, Stops, failure, reported
from ui.components.register import register

_mount = register(__file__, "live_sheet.js", *LIVE_SLIDER)


@dataclass(frozen=True)
class Method:
    """What fills a row of the sheet: a model with the graph "reconstruct", or the server.

    A `conditional` model is given the labels of the images.
    """

    row: int
    model: BrowserModel | None = None
    conditional: bool = False


@dataclass(frozen=True)
class Noise:
    """A key of NOISES, the seed of its random field, and what is said of its strength."""

    name: str
    seed: int
    label: str
    help: str


def live_denoising(
    key: str,
    *,
    sheet: str,
    pixels: NDArray[np.uint8],
    labels: NDArray[np.int64],
    noise: Noise,
    strength: float,
    stops: Stops,
    noisy: int,
    methods: Sequence[Method],
    on_move: Callable[[], None],
) -> None:
    """Noise of a strength on images (N, 28, 28) with labels (N,), as a slider moves.

    Row `noisy` of the sheet has the noisy images, and those of `methods` what becomes of them;
    each shows its mean PSNR. Rows without a model fade until the server has computed them. When
    the slider is let go, `on_move` is called before the next run; `live_control.moved` gives the
    value. Call it after the sheet, so that the sheet's pictures are there when the value is.
    """
    state = st.session_state.get(key)
    models = [method.model for method in methods if method.model]
    _mount(
        key=key,
        data={
            "client": client(),
            "sheet": sheet,
            "pixels": packed_bytes(pixels),
            "labels": labels.tolist(),
            "noise": noise.name,
            "field": packed(random_field(noise.name, len(pixels), noise.seed)),
            "label": noise.label,
            "help": noise.help,
            "values": [strength],
            **stops.as_data(),
            "noisy": noisy,
            "rows": [
                {"row": method.row, "model": method.model, "conditional": method.conditional}
                for method in methods
            ],
            "psnr": _("{psnr:.1f} dB"),
            "later": _("follows on release"),
            "seq": reported(state),
        },
        on_moved_change=on_move,
        on_failed_change=lambda: _note_failures(failure(st.session_state.get(key)), models),
    )


def _note_failures(failed: object, models: Sequence[BrowserModel]) -> None:
    """Remembers what the browser reports; it is untrusted, and names models by their keys."""
    if not isinstance(failed, dict):
        return
    named = failed.get("models")
    for model in models:
        if failed.get("kind") == RUNTIME or (isinstance(named, list) and model["key"] in named):
            note_failure(failed.get("kind"), model)
