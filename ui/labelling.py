"""The Few labels page's pieces: shipped curves, and one draw that is learnt from live."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import streamlit as st

from ae_models import data
from ae_models.card import CheckpointError
from ae_models.tasks import few_labels
from ae_models.tasks.few_labels import FEATURES, HEADS, NETS, PIXELS, RANDOM, TooFew
from ui import controls, few_label_figures
from ui.cached import few_labels as remembered
from ui.components.picture_sheet import Row, picture_sheet
from ui.few_label_figures import QUIET, Line
from ui.figures import CLASS_COLOURS, DASHES
from ui.language import _

Way = tuple[str, str]  # a head and the features that it learns on
SHOWN = 20  # pictures of a class, and of those told wrong twice as many
STANDARD_HEADS = ("RBF SVM", "label spreading", "fine-tuned net")
STANDARD_FEATURES = ("undercomplete", "stacked", few_labels.TOGETHER)
COLOURS = dict(zip((*FEATURES[1:], "rest"), CLASS_COLOURS[:8], strict=False)) | {
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


class Draw(NamedTuple):
    """What a live draw is: labels in all, its seed, and the classes that get none."""

    total: int
    seed: int
    without: tuple[int, ...]


def in_words(way: Way) -> str:
    """A way to learn, as legends have it."""
    head, name = way
    return _("{head} on {features}").format(head=_(head), features=_(name))


def choose_ways(curves: few_labels.Curves) -> list[Way]:
    """The curves on show, in their order; pixels and random weights stand beside always."""
    with st.container(horizontal=True, gap="medium"):
        heads = _several(_("Learner"), [*HEADS, *NETS], STANDARD_HEADS, "heads")
        names = _several(_("Learns on"), list(FEATURES[1:]), STANDARD_FEATURES, "features")
    chosen = {*names, PIXELS, RANDOM}
    every = [(curve.head, curve.features) for curve in curves.curves]
    return [(head, name) for head, name in every if head in heads and name in chosen]


def _several(label: str, names: Sequence[str], standard: Sequence[str], key: str) -> list[str]:
    """Some of several names, in their order."""
    shown = {_(name): name for name in names}
    picked = st.multiselect(
        label,
        list(shown),
        default=[_(name) for name in standard],
        key=key,
        width=460,
        bind="query-params",
    )
    return [name for words, name in shown.items() if words in picked]


def accuracy_curves(dataset: str, curves: few_labels.Curves, ways: list[Way]) -> None:
    """The shipped curves of some ways: mean of the draws and a band of their spread."""
    lines, rows = {}, {}
    for curve in curves.curves:
        way = (curve.head, curve.features)
        if way not in ways:
            continue
        mean, spread = few_labels.mean_and_spread(curve.accuracy)
        lines[in_words(way)] = Line(COLOURS[way[1]], *STYLES[way[0]], mean, spread)
        rows[in_words(way)] = [
            f"{m:.1%} ± {s:.1%}" for m, s in zip(mean.tolist(), spread.tolist(), strict=True)
        ]
    if not lines:
        st.info(_("Choose a learner; its curve appears here."))
        return
    titles = (_("labels in all, as many of each class"), _("test images told right"))
    figure = few_label_figures.accuracy_lines(curves.sizes, lines, titles)
    st.plotly_chart(figure, key="curves", alt=_("Accuracy against number of labels"))
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


def choose_draw(dataset: str) -> Draw:
    """How many labels, which draw, and classes that are left out of it."""
    names = [_(name) for name in data.CLASS_NAMES[dataset]]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        controls.settle("total")
        total = st.select_slider(
            _("Labels in all"),
            [str(size) for size in few_labels.SIZES],
            "100",
            key="total",
            width=300,
            bind="query-params",
        )
        seed = controls.seed("draw", _("Draw"))
        left_out = st.multiselect(
            _("Classes without a label"),
            names,
            key="without",
            placeholder=_("None"),
            width=300,
            bind="query-params",
        )
    return Draw(int(total), seed, tuple(names.index(name) for name in left_out if name in names))


@st.fragment
def live(dataset: str, ways: list[Way]) -> None:
    """One draw: its pictures, what is learnt from it, and what is told wrong."""
    chosen = choose_draw(dataset)
    rows = remembered.drawn(dataset, *chosen)
    drawn_pictures(dataset, rows)
    found = learnt(dataset, [way for way in ways if way[0] in HEADS], chosen)
    if found:
        outcome(dataset, found, chosen)


def drawn_pictures(dataset: str, rows: few_labels.Ints) -> None:
    """The very pictures that were drawn, a row a class."""
    pool = remembered.standing_by(dataset)
    labels = pool.labels[rows]
    sheet = []
    for number, name in enumerate(data.CLASS_NAMES[dataset]):
        of_class = rows[labels == number]
        if len(of_class):
            note = _("{count} labels").format(count=len(of_class))
            if len(of_class) > SHOWN:
                note = _("{shown} of {count} labels").format(shown=SHOWN, count=len(of_class))
            sheet.append(Row(_(name), pool.pixels[of_class[:SHOWN]], note=note))
    if sheet:
        picture_sheet(sheet, key="drawn", largest=44)


def learnt(dataset: str, ways: list[Way], chosen: Draw) -> dict[Way, few_labels.Ints | None]:
    """What each way tells the asked pictures to be, one after the other; may be stopped.

    None stands where there was nothing to learn. What was found stays when it is stopped.
    """
    token = (dataset, chosen)
    if st.session_state.get("own_learnt_of") != token:
        st.session_state["own_learnt_of"] = token
        st.session_state["own_learnt"] = {}
        st.session_state["own_stopped"] = False
    found: dict[Way, few_labels.Ints | None] = st.session_state["own_learnt"]
    waiting = [way for way in ways if way not in found]
    place = st.empty()
    if waiting and st.session_state["own_stopped"]:
        with place.container(horizontal=True, vertical_alignment="center"):
            st.caption(_("Stopped: {count} are left.").format(count=len(waiting)))
            st.button(_("Go on"), key="go_on", on_click=_stop, args=(False,))
        waiting = []
    if waiting:
        with place.container(horizontal=True, vertical_alignment="center"):
            progress = st.progress(0.0, width=460)
            st.button(_("Stop"), icon=":material/stop:", key="stop", on_click=_stop, args=(True,))
        for number, way in enumerate(waiting):
            progress.progress(number / len(waiting), in_words(way))
            try:
                found[way] = remembered.told(dataset, way, *chosen)
            except TooFew as error:
                found[way] = None
                st.session_state["own_reason"] = str(error)
            except CheckpointError as error:
                st.warning(str(error))
        place.empty()
    return {way: found[way] for way in ways if way in found}


def _stop(stopped: bool) -> None:
    st.session_state["own_stopped"] = stopped


def outcome(dataset: str, found: dict[Way, few_labels.Ints | None], chosen: Draw) -> None:
    """Bars of what is told right, and the pictures that one of the ways tells wrong."""
    asked = remembered.asked(dataset)
    if any(told is None for told in found.values()):
        st.info(_(st.session_state["own_reason"]))
    right = {
        in_words(way): float("nan") if told is None else few_labels.accuracy(told, asked.labels)
        for way, told in found.items()
    }
    before = {}
    if not asked.decoded and not chosen.without:  # decoded pictures have no place beside a card's
        shipped = remembered.curves(dataset)
        for curve in shipped.curves:
            mean, spread = few_labels.mean_and_spread(curve.accuracy)
            at = shipped.sizes.index(chosen.total)
            before[in_words((curve.head, curve.features))] = float(mean[at]), float(spread[at])
    titles = (_("test pictures told right"), _("mean and spread of the curves above"))
    colours = [COLOURS[name] for _head, name in found]
    figure = few_label_figures.accuracy_bars(right, colours, before, titles)
    st.plotly_chart(figure, key="right", alt=_("Accuracy of this draw"))
    kind = _("on decoded pictures") if asked.decoded else _("on original images")
    st.caption(
        _(
            "One draw from {pool} training pictures, all of which stand by; the first {count} test "
            "pictures, {kind}. Nets are not tuned live."
        ).format(
            pool=f"{len(remembered.standing_by(dataset).labels):,}",
            count=f"{len(asked.labels):,}",
            kind=kind,
        )
    )
    told = {in_words(way): answer for way, answer in found.items() if answer is not None}
    if told:
        wrong_pictures(dataset, told)


def wrong_pictures(dataset: str, told: dict[str, few_labels.Ints]) -> None:
    """The first test pictures that one way tells wrong: what they are, and what it says."""
    way = st.selectbox(
        _("Told wrong by"), list(told), len(told) - 1, key="wrong", width=340, bind="query-params"
    )
    asked = remembered.asked(dataset)
    answer = told[way] if way in told else next(iter(told.values()))
    wrong = np.flatnonzero(answer != asked.labels)
    names = [_(name) for name in data.CLASS_NAMES[dataset]]
    shown = wrong[: 2 * SHOWN]
    captions = [f"{names[asked.labels[i]]} → {names[answer[i]]}" for i in shown]
    note = _("{wrong} of {count}").format(wrong=f"{len(wrong):,}", count=f"{len(answer):,}")
    picture_sheet(
        [Row(_("What it is → what it is told to be"), asked.pixels[shown], note, captions)],
        key="wrong_pictures",
        largest=64,
    )
