"""The test images with the highest scores and those near the threshold, with anomaly maps."""

import numpy as np
import streamlit as st

from ae_models.tasks.anomaly.evaluation import COMBINED, ScoredSet
from ui.base.language import _
from ui.cache import image_sets
from ui.components.picture_sheet import Row, picture_sheet
from ui.plots import basic
from ui.views.anomalies import cache
from ui.views.anomalies.selection import Selection

SHOWN = 10  # images in a row


def show(selection: Selection, scored: ScoredSet, threshold: float) -> None:
    """The highest scores and the images near the threshold, each with its anomaly map."""
    scores = scored.scores[COMBINED]
    order = np.argsort(-scores, kind="stable")
    anomalies, normal = order[scored.is_anomaly[order]], order[~scored.is_anomaly[order]]
    detected = anomalies[scores[anomalies] > threshold]
    missed = anomalies[scores[anomalies] <= threshold]
    groups = {
        _("Anomalies, highest scores"): anomalies[:SHOWN],
        _("True positives near the threshold"): detected[::-1][:SHOWN],
        _("False negatives, lowest scores"): missed[::-1][:SHOWN],
        _("False positives, highest scores"): normal[scores[normal] > threshold][:SHOWN],
    }
    maps = {
        title: cache.scores(
            selection.dataset, selection.normal_class, scored.pixels[chosen]
        ).anomaly_map.numpy()
        for title, chosen in groups.items()
        if len(chosen)
    }
    largest = max(float(np.quantile(each, 0.998)) for each in maps.values())
    rows = []
    for title, anomaly_map in maps.items():
        chosen = groups[title]
        values = [f"{scores[n]:z.1f}".replace("-", "−") for n in chosen]
        captions = [
            f"{selection.class_name(scored, n)} · {value}"
            for n, value in zip(chosen, values, strict=True)
        ]
        rows.append(Row(title, scored.pixels[chosen], captions=captions))
        colours = basic.error_colours(anomaly_map, largest)
        alt = _("{title}: anomaly maps").format(title=title)
        rows.append(Row(_("Anomaly map"), colours, alt=alt))
    picture_sheet(rows, key="pictures", largest=84)
    st.caption(sample(selection, scored))


def sample(selection: Selection, scored: ScoredSet) -> str:
    """A caption on the evaluated images, captions and maps."""
    anomalies = int(scored.is_anomaly.sum())
    sources = [selection.dataset, *([cache.other(selection.dataset)] if selection.foreign else [])]
    decoded = any(image_sets.images(name).decoded for name in sources)
    measured = (
        _("Measured on {normal} decoded normal test images and {anomalies} decoded anomalies.")
        if decoded
        else _("Measured on {normal} normal test images and {anomalies} anomalies.")
    )
    fitted = len(cache.fitted(selection.dataset, selection.normal_class).images)
    return (
        measured.format(
            normal=f"{len(scored.is_anomaly) - anomalies:,}", anomalies=f"{anomalies:,}"
        )
        + " "
        + _(
            "PCA and k-NN are fitted on {count} normal training images. Below each image: class "
            "and combined score. Anomaly map: squared difference between the blurred image and "
            "its reconstruction, all maps on one scale."
        ).format(count=f"{fitted:,}")
    )
