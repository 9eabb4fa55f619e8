"""What the tasks of the Morph page share: the animation, its controls and its downloads."""

from typing import NamedTuple

import numpy as np
import streamlit as st
import torch
from numpy.typing import NDArray
from torch import Tensor

from ae_models import datasets, inference
from ae_models.images import animation, export
from ui.base.language import _
from ui.cache import image_sets, models
from ui.components.animation import play
from ui.widgets import controls
from ui.widgets.image_selection import SelectedImages

MOST_FRAMES = 61
Pixels = NDArray[np.uint8]


class Playback(NamedTuple):
    """How an animation is played: frames one way, frames per second, and whether it reverses."""

    frames: int
    rate: int
    back: bool


def choose_playback(frames: int | None, rate: int) -> Playback:
    """The controls of an animation; without `frames` their number cannot be chosen."""
    count = 0
    if frames is not None:
        count = st.slider(_("Frames"), 3, MOST_FRAMES, frames, key="frames", bind="query-params")
    speed = st.slider(_("Frames per second"), 1, 25, rate, key=f"rate_{rate}", bind="query-params")
    back = st.toggle(_("Forward and backward"), value=True, key="back", bind="query-params")
    return Playback(count, speed, back)


def show_animation(
    rows: Pixels, frames: Pixels, playback: Playback, *, alt: str, stem: str
) -> None:
    """Plays the frames (N, 28, 28) and offers them and the rows (R, S, 28, 28) for download."""
    ends = (0, len(frames) - 1) if playback.back and playback.frames else ()
    shown = animation.forward_and_backward(frames) if playback.back else frames
    milliseconds = animation.durations(len(shown), playback.rate, rest=ends)
    play(shown, milliseconds, key="animation", alt=alt)
    files = {
        "PNG": (lambda: export.to_png(rows.reshape(-1, 28, 28), rows.shape[1]), "image/png"),
        "GIF": (lambda: animation.to_gif(shown, milliseconds), "image/gif"),
        "WebP": (lambda: animation.to_webp(shown, milliseconds), "image/webp"),
    }
    controls.downloads(files, stem)
    side = 28 * animation.SCALE
    st.caption(
        _(
            "PNG: the rows above. GIF and WebP: {count} frames of {side}×{side} pixels, looped."
        ).format(count=len(shown), side=side)
    )


def labels_for(dataset: str, name: str, labels: NDArray[np.int64]) -> Tensor | None:
    """The labels (N,) if the model is class-conditional, else None."""
    return torch.from_numpy(labels.copy()) if models.needs_label(dataset, name) else None


def class_probabilities(dataset: str, x: Tensor) -> NDArray[np.float32]:
    """Class probabilities of the reference classifier: (N, 1, 28, 28) -> (N, classes)."""
    found: NDArray[np.float32] = inference.class_probabilities(
        models.model(dataset, "judge"), x
    ).numpy()
    return found


def predicted_class(dataset: str, probabilities: NDArray[np.float32]) -> str:
    """The most probable class and its probability."""
    best = int(probabilities.argmax())
    return f"{_(datasets.DATASETS[dataset].classes[best])} {100 * probabilities[best]:.0f}\u00a0%"


def label_source(dataset: str, chosen: SelectedImages) -> str:
    """Where the label of a visitor's image comes from, and whether images are decoded ones."""
    sentences = []
    if chosen.predicted:
        sentences.append(
            _("Label: {name}, predicted by the reference classifier.").format(
                name=chosen.names(dataset)[0]
            )
        )
    if image_sets.images(dataset).decoded:
        sentences.append(_("Computed on decoded images."))
    return " ".join(sentences)
