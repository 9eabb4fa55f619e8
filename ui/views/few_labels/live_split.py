"""One split, fitted on request: its labelled images, the accuracies, and misclassified images."""

from typing import NamedTuple

import numpy as np
import streamlit as st

from ae_models import datasets
from ae_models.artifacts.card import CheckpointError
from ae_models.tasks.few_labels import methods
from ae_models.tasks.few_labels.methods import HEADS, TooFew
from ui.base.language import _, said
from ui.base.session_keys import page_key
from ui.components.picture_sheet import Row, picture_sheet
from ui.views.few_labels import cache, plots
from ui.views.few_labels.curves import COLOURS, Method, method_name
from ui.widgets import controls
from ui.widgets.plotly_chart import chart

FOUND, FOUND_FOR, REASON = (
    page_key("few_labels", name) for name in ("predictions", "predictions_for", "reason")
)
SHOWN = 20  # labelled images of a class, and half as many as of misclassified ones


class Split(NamedTuple):
    """Number of labels in total, seed, and the classes that get none."""

    total: int
    seed: int
    without: tuple[int, ...]


def choose_split(dataset: str) -> Split:
    """Controls for the number of labels, the seed, and classes without a label."""
    names = controls.classes(dataset)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        total = st.select_slider(
            _("Labels in total"),
            [str(size) for size in methods.SIZES],
            "100",
            key="total",
            width=300,
            bind="query-params",
        )
        seed = controls.seed("draw", _("Split (seed)"))
        without = controls.several(_("Classes without a label"), names, "without", none=_("None"))
    return Split(int(total), seed, tuple(int(label) for label in without))


@st.fragment
def show(dataset: str, methods_shown: list[Method], curves: methods.Curves | None) -> None:
    """One split: its labelled images, the accuracies, and what is misclassified."""
    split = choose_split(dataset)
    labelled_images(dataset, cache.labelled(dataset, *split))
    live = [method for method in methods_shown if method[0] in HEADS]
    predictions = fit(dataset, live, split)
    if predictions:
        accuracies(dataset, predictions, split, curves)


def labelled_images(dataset: str, rows: methods.Ints) -> None:
    """The labelled images, one row per class."""
    pool = cache.pool(dataset)
    labels = pool.labels[rows]
    sheet = []
    for number, name in enumerate(datasets.DATASETS[dataset].classes):
        of_class = rows[labels == number]
        if len(of_class):
            note = _("{count} labels").format(count=len(of_class))
            if len(of_class) > SHOWN:
                note = _("{shown} of {count} labels").format(shown=SHOWN, count=len(of_class))
            sheet.append(Row(_(name), pool.pixels[of_class[:SHOWN]], note=note))
    if sheet:
        picture_sheet(sheet, key="drawn", largest=44)


def fit(dataset: str, chosen: list[Method], split: Split) -> dict[Method, methods.Ints | None]:
    """The predictions of each method, one after the other, while the switch is on.

    None where the labels do not suffice. What is there stays when it is switched off.
    """
    token = (dataset, split)
    if st.session_state.get(FOUND_FOR) != token:
        st.session_state[FOUND_FOR] = token
        st.session_state[FOUND] = {}
    found: dict[Method, methods.Ints | None] = st.session_state[FOUND]
    waiting = [method for method in chosen if method not in found]
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        on = st.toggle(
            _("Fit the classifiers to this split"),
            key="fit",
            bind="query-params",
            width="content",
            help=_("Off: fitting stops; what has been fitted stays."),
        )
        place = st.empty()
    if on and waiting:
        progress = place.progress(0.0, width=460)
        for number, method in enumerate(waiting):
            progress.progress(number / len(waiting), method_name(method))
            try:
                found[method] = cache.predictions(dataset, method, *split)
            except TooFew as error:
                found[method] = None
                st.session_state[REASON] = str(error)
            except CheckpointError as error:
                st.warning(said(error))
        place.empty()
    return {method: found[method] for method in chosen if method in found}


def accuracies(
    dataset: str,
    predictions: dict[Method, methods.Ints | None],
    split: Split,
    curves: methods.Curves | None,
) -> None:
    """A bar for the accuracy of each method, and the images that one of them misclassifies."""
    queries = cache.queries(dataset)
    if any(predicted is None for predicted in predictions.values()):
        reason = st.session_state[REASON]
        st.info(_(reason))
    bars = {
        method_name(method): float("nan")
        if predicted is None
        else methods.accuracy(predicted, queries.labels)
        for method, predicted in predictions.items()
    }
    reference = {}
    # Accuracies on decoded pictures are never shown beside figures of original images.
    if curves is not None and not queries.decoded and not split.without:
        at = curves.sizes.index(split.total)
        for curve in curves.curves:
            mean, deviation = methods.mean_and_deviation(curve.accuracy)
            reference[method_name((curve.head, curve.features))] = (
                float(mean[at]),
                float(deviation[at]),
            )
    titles = (_("test accuracy"), _("mean and standard deviation of the curves above"))
    colours = [COLOURS[name] for _head, name in predictions]
    figure = plots.accuracy_bars(bars, colours, reference, titles)
    chart(figure, key="right", alt=_("Test accuracy of this split"))
    kind = _("on decoded images") if queries.decoded else _("on original images")
    st.caption(
        _(
            "One split of a pool of {pool} training images; accuracy on the first {count} test "
            "images, {kind}. Nets are not fine-tuned live."
        ).format(
            pool=f"{len(cache.pool(dataset).labels):,}",
            count=f"{len(queries.labels):,}",
            kind=kind,
        )
    )
    fitted = {method: each for method, each in predictions.items() if each is not None}
    if fitted:
        misclassified(dataset, fitted)


def misclassified(dataset: str, predictions: dict[Method, methods.Ints]) -> None:
    """The first test images that one method misclassifies, with label and predicted class."""
    chosen = {"/".join(method): method for method in predictions}
    names = {name: method_name(method) for name, method in chosen.items()}
    name = controls.pick(_("Misclassified by"), names, "wrong", default=list(names)[-1], width=340)
    queries = cache.queries(dataset)
    predicted = predictions[chosen[name]]
    wrong = np.flatnonzero(predicted != queries.labels)
    classes = [_(name) for name in datasets.DATASETS[dataset].classes]
    shown = wrong[: 2 * SHOWN]
    captions = [f"{classes[queries.labels[i]]} → {classes[predicted[i]]}" for i in shown]
    note = _("{wrong} of {count}").format(wrong=f"{len(wrong):,}", count=f"{len(predicted):,}")
    picture_sheet(
        [Row(_("Label → predicted class"), queries.pixels[shown], note, captions)],
        key="wrong_pictures",
        largest=64,
    )
