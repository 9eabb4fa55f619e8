"""What the ways of the Morph page share: the film, its controls, and what is taken away."""

from typing import NamedTuple

import numpy as np
import streamlit as st
import torch
from numpy.typing import NDArray
from torch import Tensor

from ae_models import datasets, inference
from ae_models.images import animation as films
from ae_models.images import export
from ui.base.language import _
from ui.cache import image_sets, models
from ui.components.animation import film
from ui.widgets import controls
from ui.widgets.image_selection import Subject

MOST_FRAMES = 61
Pixels = NDArray[np.uint8]


class Play(NamedTuple):
    """How a film is played: its frames one way, frames a second, and whether it comes back."""

    frames: int
    rate: int
    back: bool


def choose_play(frames: int | None, rate: int) -> Play:
    """The controls of a film; without `frames` their number is not the visitor's choice."""
    count = 0
    if frames is not None:
        count = st.slider(_("Frames"), 3, MOST_FRAMES, frames, key="frames", bind="query-params")
    speed = st.slider(_("Frames a second"), 1, 25, rate, key=f"rate_{rate}", bind="query-params")
    back = st.toggle(_("There and back"), value=True, key="back", bind="query-params")
    return Play(count, speed, back)


def show_film(strip: Pixels, frames: Pixels, play: Play, *, alt: str, stem: str) -> None:
    """Plays the frames (N, 28, 28), and gives them and the strip (R, S, 28, 28) away."""
    ends = (0, len(frames) - 1) if play.back and play.frames else ()
    shown = films.there_and_back(frames) if play.back else frames
    milliseconds = films.durations(len(shown), play.rate, rest=ends)
    film(shown, milliseconds, key="film", alt=alt)
    files = {
        "PNG": (lambda: export.to_png(strip.reshape(-1, 28, 28), strip.shape[1]), "image/png"),
        "GIF": (lambda: films.to_gif(shown, milliseconds), "image/gif"),
        "WebP": (lambda: films.to_webp(shown, milliseconds), "image/webp"),
    }
    controls.downloads(files, stem)
    side = 28 * films.SCALE
    st.caption(
        _("PNG: the strips above. GIF and WebP: {count} frames of {side}×{side}, for ever.").format(
            count=len(shown), side=side
        )
    )


def told(dataset: str, name: str, labels: NDArray[np.int64]) -> Tensor | None:
    """The labels (N,) where a model must be told them."""
    return torch.from_numpy(labels.copy()) if models.needs_label(dataset, name) else None


def opinions(dataset: str, x: Tensor) -> NDArray[np.float32]:
    """What the judge sees: (N, 1, 28, 28) -> probabilities (N, 10)."""
    found: NDArray[np.float32] = inference.opinions(models.model(dataset, "judge"), x).numpy()
    return found


def seen(dataset: str, opinion: NDArray[np.float32]) -> str:
    """The class that the judge sees, and how sure it is."""
    best = int(opinion.argmax())
    return f"{_(datasets.CLASS_NAMES[dataset][best])} {100 * opinion[best]:.0f}\u00a0%"


def about(dataset: str, chosen: Subject) -> str:
    """Where an own image's label comes from, and on which pictures this page works."""
    said = []
    if chosen.judged:
        said.append(
            _("Read as {name}, by the judge's opinion.").format(name=chosen.names(dataset)[0])
        )
    if image_sets.images(dataset).decoded:
        said.append(_("All on decoded pictures."))
    return " ".join(said)
