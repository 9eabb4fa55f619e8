"""The Anomalies page's detection: threshold, confusion counts, ROC curves, study figures."""

import math

import streamlit as st

from ae_models import datasets, metrics
from ae_models.artifacts.card import CheckpointError
from ae_models.metric_key import Metric
from ae_models.tasks.anomaly import evaluation
from ae_models.tasks.anomaly.evaluation import COMBINED, SCORES, ConfusionCounts, ScoredSet
from ui.base.language import _, said
from ui.views.anomalies import cache, examples, plots
from ui.views.anomalies.selection import Selection
from ui.widgets.plotly_chart import chart

RANGE = (-4.0, 12.0)  # of the threshold
PREVALENCES = (1, 10, 50, 100, 250, 500)  # anomalies per 1,000 images


def usable(selection: Selection) -> bool:
    """Whether the detector can be loaded; a warning names the file where it cannot."""
    try:
        cache.detector(selection.dataset, selection.normal_class)
    except CheckpointError as error:
        st.warning(said(error))
        return False
    return True


@st.fragment
def evaluate(selection: Selection) -> None:
    """Histogram with threshold, confusion counts, ROC curves, and images near the threshold."""
    scored = selection.scored_set()
    scores = scored.scores[COMBINED]
    threshold, prevalence = choose_threshold()
    counts = evaluation.confusion_counts(scores, scored.is_anomaly, threshold, prevalence / 1_000)
    left, right = st.columns(2, gap="large")
    with left:
        groups = {
            _("normal: {name}").format(name=selection.normal): scores[~scored.is_anomaly],
            _("anomalies"): scores[scored.is_anomaly],
        }
        titles = (_("combined score (last bin: all above)"), _("share of images"))
        figure = plots.score_histogram(groups, RANGE, threshold, titles)
        alt = _("Histogram of the combined scores of normal images and of anomalies")
        chart(figure, key="histogram", alt=alt)
        confusion(counts, prevalence)
    with right:
        roc_curves(scored, counts)
    examples.show(selection, scored, threshold)


def choose_threshold() -> tuple[float, int]:
    """Controls for the threshold of the combined score and the anomalies per 1,000 images."""
    with st.container(horizontal=True, gap="small"):
        threshold = st.slider(
            _("Threshold"),
            *RANGE,
            2.0,
            0.1,
            key="threshold",
            bind="query-params",
            width=460,
            help=_("Images with a higher combined score are classified as anomalies."),
        )
        prevalence = st.select_slider(
            _("Prevalence, per 1,000 images"),
            PREVALENCES,
            50,
            key="share",
            bind="query-params",
            width=300,
            help=_("The precision depends on the prevalence; the recall and the ROC do not."),
        )
    return threshold, int(prevalence)


def confusion(counts: ConfusionCounts | None, prevalence: int) -> None:
    """Precision, recall and confusion matrix; n/a where one kind of image is missing."""
    if counts is None:
        st.info(_("Precision, recall and ROC need both normal images and anomalies."))
        precision = recall = math.nan
    else:
        precision, recall = counts.precision, counts.recall
    st.markdown(
        _("**Precision {precision}, recall {recall}**").format(
            precision=percent(precision), recall=percent(recall)
        )
    )
    if counts is not None:
        st.table(
            {
                _("of 1,000 images"): [
                    _("{count} anomalies").format(count=prevalence),
                    _("{count} normal").format(count=1_000 - prevalence),
                ],
                _("classified as anomaly"): [
                    f"{counts.true_positives:.1f}",
                    f"{counts.false_positives:.1f}",
                ],
                _("classified as normal"): [
                    f"{counts.false_negatives:.1f}",
                    f"{counts.true_negatives:.1f}",
                ],
            }
        )


def percent(share: float) -> str:
    """A share in percent, as text."""
    return _("n/a") if math.isnan(share) else f"{share:.1%}"


def roc_curves(scored: ScoredSet, counts: ConfusionCounts | None) -> None:
    """The ROC curve and the AUROC of every score."""
    lines = {}
    for name, scores in scored.scores.items():
        curve = evaluation.roc(scores, scored.is_anomaly)
        if curve is not None:
            area = metrics.auroc(scores, scored.is_anomaly)
            lines[f"{_(name)}, {area:.3f}"] = (
                curve.false_positive_rate,
                curve.true_positive_rate,
            )
    if counts is None or not lines:
        st.info(_("AUROC: n/a"))
        return
    titles = (_("false positive rate"), _("true positive rate"))
    point = (counts.false_positive_rate, counts.recall)
    figure = plots.roc_curves(lines, point, titles)
    alt = _("ROC curves of the autoencoder's scores and of the baselines, with their AUROC")
    chart(figure, key="roc", alt=alt)
    st.caption(_("Legend: score and AUROC. The marked point is the threshold chosen above."))


def study_figures(dataset: str) -> None:
    """The AUROC on the whole test split, as measured when the detectors were made."""
    try:
        test = cache.figures(dataset).test
    except CheckpointError:
        return  # the page already shows which file is missing
    if test is None:
        return
    foreign = cache.other(dataset)

    def column(aggregate: str = "", source: str = "") -> list[str]:
        keys = [Metric("auroc", method=name, aggregate=aggregate, source=source) for name in SCORES]
        found = [test.get(key) for key in keys]
        return [_("n/a") if value is None else f"{value:.3f}" for value in found]

    st.table(
        {
            _("AUROC by score"): [_(name) for name in SCORES],
            _("class against the others, mean"): column(aggregate="classes"),
            _("data set against {title}").format(title=datasets.DATASETS[foreign].title): column(
                source=foreign
            ),
        }
    )
    st.caption(
        _(
            "Measured on all {count} original test images. Mean: each class in turn is the normal "
            "class. Last column: all classes are normal, anomalies are images of the other set."
        ).format(count=f"{test.images:,}")
    )
