"""Anomaly detection for one image: its combined score, its reconstruction, and its anomaly map."""

import numpy as np
from numpy.typing import NDArray

from ae_models import datasets
from ae_models.tasks.anomaly.evaluation import COMBINED
from ui.base.language import _
from ui.components.picture_sheet import Row, picture_sheet
from ui.plots import basic
from ui.views.anomalies import cache
from ui.views.anomalies.selection import Selection


def show(selection: Selection, pixels: NDArray[np.uint8]) -> None:
    """One image (28, 28): its score among those of the normal test images, and its map."""
    found = cache.scores(selection.dataset, selection.normal_class, pixels[None])
    scored, score = selection.scored_set(), float(found.combined[0])
    below = float((scored.scores[COMBINED][~scored.is_anomaly] < score).mean())
    heat = basic.error_colours(found.anomaly_map.numpy(), max(float(found.anomaly_map.max()), 0.05))
    reconstruction = np.repeat(datasets.to_pixels(found.reconstruction)[..., None], 3, axis=3)
    own = np.repeat(pixels[None, ..., None], 3, axis=3)
    row = Row(
        _("Score {score:.1f}").format(score=score),
        np.concatenate([own, reconstruction, heat]),
        note=_("higher than that of {below:.0%} of the normal test images").format(below=below),
        captions=[_("input"), _("reconstruction"), _("anomaly map")],
    )
    picture_sheet([row], key="own", largest=140)
