"""The Few labels page's shipped curves, and which of them are on show."""

import streamlit as st

from ae_models.tasks.few_labels import methods
from ae_models.tasks.few_labels.methods import FEATURES, HEADS, NETS, PIXELS, RANDOM
from ae_models.tasks.few_labels.study import ways
from ui.base.language import _
from ui.plots.basic import CLASS_COLOURS, DASHES
from ui.views.few_labels import plots
from ui.views.few_labels.plots import QUIET, Line
from ui.widgets import controls
from ui.widgets.plotly_chart import chart

Way = tuple[str, str]  # a head and the features that it learns on
STANDARD_HEADS = ("RBF SVM", "label spreading", "fine-tuned net")
STANDARD_FEATURES = ("conv", "stacked", methods.TOGETHER)
COLOURS = dict(zip(FEATURES[1:], CLASS_COLOURS, strict=False)) | {
    PIXELS: QUIET,
    RANDOM: QUIET,
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


def in_words(way: Way) -> str:
    """A way to learn, as legends have it."""
    head, name = way
    return _("{head} on {features}").format(head=_(head), features=_(name))


def choose_ways() -> list[Way]:
    """The ways on show, in their order; pixels and random weights stand beside always."""
    with st.container(horizontal=True, gap="medium"):
        heads = controls.several(
            _("Learner"),
            controls.named([*HEADS, *NETS]),
            "heads",
            default=STANDARD_HEADS,
            width=460,
        )
        names = controls.several(
            _("Learns on"),
            controls.named(FEATURES[1:]),
            "features",
            default=STANDARD_FEATURES,
            width=460,
        )
    chosen = {*names, PIXELS, RANDOM}
    return [(head, name) for head, name in ways() if head in heads and name in chosen]


def accuracy_curves(curves: methods.Curves, chosen: list[Way]) -> None:
    """The shipped curves of some ways: mean of the draws and a band of their spread."""
    lines, rows = {}, {}
    for curve in curves.curves:
        way = (curve.head, curve.features)
        if way not in chosen:
            continue
        mean, spread = methods.mean_and_spread(curve.accuracy)
        lines[in_words(way)] = Line(COLOURS[way[1]], *STYLES[way[0]], mean, spread)
        rows[in_words(way)] = [
            f"{m:.1%} ± {s:.1%}" for m, s in zip(mean.tolist(), spread.tolist(), strict=True)
        ]
    if not lines:
        st.info(_("Choose a learner; its curve appears here."))
        return
    titles = (_("labels in all, as many of each class"), _("test images told right"))
    figure = plots.accuracy_lines(curves.sizes, lines, titles)
    chart(figure, key="curves", alt=_("Accuracy against number of labels"))
    draws = len(curves.curves[0].accuracy[0])
    st.caption(
        _(
            "Measured when the curves were made: mean and standard deviation of {draws} draws, all "
            "10,000 original test images; {unlabelled} training images stand by without a label."
        ).format(draws=draws, unlabelled=f"{curves.unlabelled:,}")
    )
    with st.expander(_("The same as numbers")):
        table = {_("way"): list(rows)} | {
            _("{count} labels").format(count=f"{size:,}"): [row[k] for row in rows.values()]
            for k, size in enumerate(curves.sizes)
        }
        st.dataframe(table, hide_index=True)
