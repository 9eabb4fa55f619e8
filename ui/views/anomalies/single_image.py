"""One picture before a detector: its score, what the net draws, and where they differ."""

import numpy as np
from numpy.typing import NDArray

from ae_models import datasets
from ui.base.language import _
from ui.components.picture_sheet import Row, picture_sheet
from ui.plots import basic
from ui.views.anomalies import cache
from ui.views.anomalies.cache import BOTH
from ui.views.anomalies.detection import Asked


def show(asked: Asked, pixels: NDArray[np.uint8]) -> None:
    """One picture (28, 28): its score among the normal ones, what the net draws, and where."""
    marks = cache.marks(asked.dataset, asked.normal_class, pixels[None])
    crowd, score = asked.crowd(), float(marks.scores[0])
    below = float((crowd.scores[BOTH][~crowd.strange] < score).mean())
    heat = basic.error_colours(marks.where.numpy(), max(float(marks.where.max()), 0.05))
    drawn = np.repeat(datasets.to_pixels(marks.drawn)[..., None], 3, axis=3)
    own = np.repeat(pixels[None, ..., None], 3, axis=3)
    row = Row(
        _("Score {score:.1f}").format(score=score),
        np.concatenate([own, drawn, heat]),
        note=_("stranger than {below:.0%} of {normal}").format(below=below, normal=asked.normal),
        captions=[_("the picture"), _("what the net draws"), _("where they differ")],
    )
    picture_sheet([row], key="own", largest=140)
