"""The Anomalies page's pieces: who is set apart, at which threshold, and what is strange there."""

import math
from typing import NamedTuple

import numpy as np
import streamlit as st

from ae_models import datasets, metrics
from ae_models.artifacts.card import CheckpointError
from ae_models.tasks.anomaly import baselines, detector
from ui.base import url_state
from ui.base.language import N_, _, said
from ui.cache import image_sets
from ui.components.picture_sheet import Row, picture_sheet
from ui.plots import basic
from ui.views.anomalies import cache, plots
from ui.views.anomalies.cache import BOTH, CODE, REDRAWING, Crowd
from ui.widgets import controls
from ui.widgets.plotly_chart import chart

SHOWN = 10  # pictures in a row
REACH = (-4.0, 12.0)  # of the threshold
SHARES = (1, 10, 50, 100, 250, 500)  # strange ones among 1,000 pictures
NAMES = {
    BOTH: N_("autoencoder, both marks"),
    REDRAWING: N_("its error alone"),
    CODE: N_("its code alone"),
}


class Asked(NamedTuple):
    """What is normal, and where strange pictures come from."""

    dataset: str
    normal_class: int | None
    foreign: bool

    @property
    def normal(self) -> str:
        """What is normal, in words."""
        if self.normal_class is None:
            return datasets.TITLES[self.dataset]
        return _(datasets.CLASS_NAMES[self.dataset][self.normal_class])

    def crowd(self) -> Crowd:
        return cache.crowd(*self)

    def class_name(self, crowd: Crowd, number: int) -> str:
        """The class of a picture, in words."""
        elsewhere = self.foreign and crowd.strange[number]
        names = datasets.CLASS_NAMES[cache.other(self.dataset) if elsewhere else self.dataset]
        return _(names[crowd.labels[number]])


def choose(dataset: str) -> Asked:
    """What is normal: a class or all; what is strange: other classes or the other data set."""
    names = {str(c): _(name) for c, name in enumerate(datasets.CLASS_NAMES[dataset])}
    names["all"] = _("all of {title}").format(title=datasets.TITLES[dataset])
    normal = controls.choice(
        _("Normal is"), names, "normal", default="8" if dataset == "mnist" else "6"
    )
    if normal == "all":
        return Asked(dataset, None, True)
    ways = {
        "classes": _("the other nine classes"),
        "foreign": datasets.TITLES[cache.other(dataset)],
    }
    strange = controls.choice(_("Strange are"), ways, "strange")
    return Asked(dataset, int(normal), strange == "foreign")


def usable(asked: Asked) -> bool:
    """Whether the detector is there; what is wrong with it is said."""
    try:
        cache.detector(asked.dataset, asked.normal_class)
    except CheckpointError as error:
        st.warning(said(error))
        return False
    return True


@st.fragment
def apart(asked: Asked) -> None:
    """Histogram, threshold, what comes of it, all curves, and the pictures at the threshold."""
    crowd = asked.crowd()
    scores = crowd.scores[BOTH]
    with st.container(horizontal=True, gap="medium"):
        threshold = st.slider(
            _("Threshold"), *REACH, 2.0, 0.1, key="threshold", bind="query-params", width=460
        )
        url_state.settle("share")
        share = int(
            st.select_slider(
                _("Strange among 1,000 pictures"),
                SHARES,
                50,
                key="share",
                bind="query-params",
                width=300,
            )
        )
    found = detector.verdicts(scores, crowd.strange, threshold, share / 1_000)
    left, right = st.columns(2, gap="large")
    with left:
        groups = {
            _("normal: {name}").format(name=asked.normal): scores[~crowd.strange],
            _("strange"): scores[crowd.strange],
        }
        titles = (_("score, the right end and beyond"), _("part of the pictures"))
        figure = plots.score_histogram(groups, REACH, threshold, titles)
        alt = _("How many normal and strange pictures have each score, with the threshold")
        chart(figure, key="histogram", alt=alt)
        outcome(found, share)
    with right:
        curves(crowd, found)
    pictures(asked, crowd, threshold)


def outcome(found: detector.Verdicts | None, share: int) -> None:
    """Precision, recall and who is taken for what; n/a where there is nothing to count."""
    if found is None:
        st.info(_("All pictures are of one kind: there is nothing to set apart."))
        precision = recall = math.nan
    else:
        precision, recall = found.precision, found.recall
    st.markdown(
        _("**Precision {precision}, recall {recall}**").format(
            precision=percent(precision), recall=percent(recall)
        )
    )
    if found is not None:
        st.table(
            {
                _("of 1,000 pictures"): [
                    _("{count} are strange").format(count=share),
                    _("{count} are normal").format(count=1_000 - share),
                ],
                _("taken for strange"): [f"{found.found:.1f}", f"{found.false_alarms:.1f}"],
                _("taken for normal"): [f"{found.missed:.1f}", f"{found.passed:.1f}"],
            }
        )


def percent(part: float) -> str:
    """A part as it is written on this page."""
    return _("n/a") if math.isnan(part) else f"{part:.1%}"


def curves(crowd: Crowd, found: detector.Verdicts | None) -> None:
    """The curve of every way of scoring, with the area below it."""
    lines = {}
    for name, scores in crowd.scores.items():
        curve = detector.roc(scores, crowd.strange)
        if curve is not None:
            area = metrics.auroc(scores, crowd.strange)
            lines[f"{_(NAMES.get(name, name))}, {area:.3f}"] = (curve.false_alarms, curve.found)
    if found is None or not lines:
        st.info(_("AUROC: n/a"))
        return
    alarms = found.false_alarms / (found.false_alarms + found.passed)
    titles = (_("part of the normal: false alarms"), _("part of the strange: found"))
    figure = plots.roc_curves(lines, (alarms, found.recall), titles)
    alt = _("ROC curves of the autoencoder and of plain ways, with their AUROC")
    chart(figure, key="roc", alt=alt)


def pictures(asked: Asked, crowd: Crowd, threshold: float) -> None:
    """The strangest, those about the threshold, and where each of them is strange."""
    scores = crowd.scores[BOTH]
    order = np.argsort(-scores, kind="stable")
    strange, normal = order[crowd.strange[order]], order[~crowd.strange[order]]
    caught, missed = strange[scores[strange] > threshold], strange[scores[strange] <= threshold]
    groups = {
        _("Strangest"): strange[:SHOWN],
        _("Nearly missed"): caught[::-1][:SHOWN],
        _("Missed"): missed[::-1][:SHOWN],
        _("False alarms"): normal[scores[normal] > threshold][:SHOWN],
    }
    heats = {
        title: cache.marks(asked.dataset, asked.normal_class, crowd.pixels[chosen]).where.numpy()
        for title, chosen in groups.items()
        if len(chosen)
    }
    largest = max(float(np.quantile(heat, 0.998)) for heat in heats.values())
    rows = []
    for title, heat in heats.items():
        chosen = groups[title]
        captions = [f"{asked.class_name(crowd, n)} · {scores[n]:.1f}" for n in chosen]
        rows.append(Row(title, crowd.pixels[chosen], captions=captions))
        colours = basic.error_colours(heat, largest)
        rows.append(Row(_("where"), colours, alt=_("{title}: where").format(title=title)))
    picture_sheet(rows, key="pictures", largest=84)
    st.caption(measured_on(asked, crowd))


def measured_on(asked: Asked, crowd: Crowd) -> str:
    """On which pictures the page measures, and what the plain ways know."""
    many = int(crowd.strange.sum())
    decoded = any(
        image_sets.images(name).decoded
        for name in (asked.dataset, *([cache.other(asked.dataset)] if asked.foreign else []))
    )
    known = len(cache.plain(asked.dataset, asked.normal_class).known)
    said = (
        _("Measured on {normal} normal and {strange} strange test pictures, on decoded pictures.")
        if decoded
        else _("Measured on {normal} normal and {strange} strange test pictures.")
    )
    return (
        said.format(normal=f"{len(crowd.strange) - many:,}", strange=f"{many:,}")
        + " "
        + _(
            "PCA and nearest pictures know {known} training pictures. Captions: class and score; "
            "bright: where it differs from what the net draws."
        ).format(known=f"{known:,}")
    )


def from_study(dataset: str) -> None:
    """The figures on the whole test split, as they were measured when the detectors were made."""
    try:
        test = cache.figures(dataset).test
    except CheckpointError:
        return  # that it is missing has been said
    if test is None:
        return
    names = [*NAMES, *baselines.WAYS]
    foreign = cache.other(dataset)

    def told(figure: str) -> list[str]:
        found = [test.values.get(f"{figure}, {name}") for name in names]
        return [_("n/a") if value is None else f"{value:.3f}" for value in found]

    st.table(
        {
            _("AUROC of"): [_(NAMES.get(name, name)) for name in names],
            _("ten classes, mean"): told("mean auroc"),
            _("against {title}").format(title=datasets.TITLES[foreign]): told(
                f"auroc against {foreign}"
            ),
        }
    )
    st.caption(
        _("All {count} original test images of a data set.").format(count=f"{test.images:,}")
    )
