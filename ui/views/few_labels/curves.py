"""The Few labels page's shipped curves, and the choice of classifiers and features."""

import streamlit as st

from ae_models.tasks.few_labels import methods
from ae_models.tasks.few_labels.methods import CHECKPOINTS, FEATURES, HEADS, NETS, PIXELS, RANDOM
from ae_models.tasks.few_labels.study import combinations
from ui.base.language import _
from ui.base.model_titles import model_title
from ui.plots.basic import CLASS_COLOURS, DASHES
from ui.views.few_labels import plots
from ui.views.few_labels.plots import GREY, Line
from ui.widgets import controls
from ui.widgets.plotly_chart import chart

Method = tuple[str, str]  # a classifier and its features
STANDARD_HEADS = ("RBF SVM", "label spreading", "fine-tuned net")
STANDARD_FEATURES = ("conv", "stacked", methods.TOGETHER)
COLOURS = dict(zip(FEATURES[1:], CLASS_COLOURS, strict=False)) | {
    PIXELS: GREY,
    RANDOM: GREY,
}
STYLES = {
    head: (dash, symbol)
    for head, dash, symbol in zip(
        (*HEADS, *NETS),
        (DASHES[2], DASHES[1], DASHES[0], DASHES[3]),
        ("circle", "square", "diamond", "cross"),
        strict=True,
    )
}


def features_title(name: str) -> str:
    """The title of features in the visitor's language: for codes that of their model."""
    if name in CHECKPOINTS:
        return model_title(name)
    return _(methods.FEATURE_TITLES.get(name, name))


def method_name(method: Method) -> str:
    """A classifier and its features, in the visitor's language."""
    head, name = method
    return _("{head} on {features}").format(head=_(head), features=features_title(name))


def choose_methods() -> list[Method]:
    """Controls for classifiers and features; pixels and random weights are always included."""
    with st.container(horizontal=True, gap="small"):
        heads = controls.several(
            _("Classifier"),
            controls.named([*HEADS, *NETS]),
            "heads",
            default=STANDARD_HEADS,
            width=460,
        )
        names = controls.several(
            _("Features"),
            {name: features_title(name) for name in FEATURES[1:]},
            "features",
            default=STANDARD_FEATURES,
            width=460,
        )
    chosen = {*names, PIXELS, RANDOM}
    return [(head, name) for head, name in combinations() if head in heads and name in chosen]


def accuracy_curves(curves: methods.Curves, chosen: list[Method]) -> None:
    """The shipped curves: mean and standard deviation over the splits."""
    lines, rows = {}, {}
    for curve in curves.curves:
        method = (curve.head, curve.features)
        if method not in chosen:
            continue
        mean, deviation = methods.mean_and_deviation(curve.accuracy)
        lines[method_name(method)] = Line(COLOURS[method[1]], *STYLES[method[0]], mean, deviation)
        rows[method_name(method)] = [
            f"{m:.1%} ± {s:.1%}" for m, s in zip(mean.tolist(), deviation.tolist(), strict=True)
        ]
    if not lines:
        st.info(_("Choose a classifier; its curve appears here."))
        return
    titles = (_("labels in total, equally many of each class"), _("test accuracy"))
    figure = plots.accuracy_lines(curves.sizes, lines, titles)
    chart(figure, key="curves", alt=_("Test accuracy by number of labels"))
    splits = len(curves.curves[0].accuracy[0])
    st.caption(
        _(
            "Mean and standard deviation over {splits} splits on all 10,000 original test images, "
            "measured when the curves were made. The unlabelled pool has {unlabelled} "
            "training images."
        ).format(splits=splits, unlabelled=f"{curves.unlabelled:,}")
    )
    with st.expander(_("Accuracy as a table")):
        table = {_("method"): list(rows)} | {
            _("{count} labels").format(count=f"{size:,}"): [row[k] for row in rows.values()]
            for k, size in enumerate(curves.sizes)
        }
        st.dataframe(table, hide_index=True)
