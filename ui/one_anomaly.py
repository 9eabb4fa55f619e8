"""One picture before a detector: its score, what the net draws, and where they differ."""

import numpy as np
from numpy.typing import NDArray

from ae_models import data
from ui import figures
from ui.anomalous import Asked
from ui.cached import anomalies
from ui.cached.anomalies import BOTH
from ui.components.picture_sheet import Row, picture_sheet
from ui.language import _


def show(asked: Asked, pixels: NDArray[np.uint8]) -> None:
    """One picture (28, 28): its score among the normal ones, what the net draws, and where."""
    marks = anomalies.marks(asked.dataset, asked.normal_class, pixels[None])
    crowd, score = asked.crowd(), float(marks.scores[0])
    below = float((crowd.scores[BOTH][~crowd.strange] < score).mean())
    heat = figures.error_colours(marks.where.numpy(), max(float(marks.where.max()), 0.05))
    drawn = np.repeat(data.to_pixels(marks.drawn)[..., None], 3, axis=3)
    own = np.repeat(pixels[None, ..., None], 3, axis=3)
    row = Row(
        _("Score {score:.1f}").format(score=score),
        np.concatenate([own, drawn, heat]),
        note=_("stranger than {below:.0%} of {normal}").format(below=below, normal=asked.normal),
        captions=[_("the picture"), _("what the net draws"), _("where they differ")],
    )
    picture_sheet([row], key="own", largest=140)
