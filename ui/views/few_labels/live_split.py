"""One draw of labels, learnt from live: its pictures, what is told right, and what is not."""

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
from ui.views.few_labels import cache as remembered
from ui.views.few_labels import plots
from ui.views.few_labels.curves import COLOURS, Way, in_words
from ui.widgets import controls
from ui.widgets.plotly_chart import chart

LEARNT, LEARNT_OF, STOPPED, REASON = (
    page_key("few_labels", name) for name in ("learnt", "learnt_of", "stopped", "reason")
)
SHOWN = 20  # pictures of a class, and of those told wrong twice as many


class Draw(NamedTuple):
    """What a live draw is: labels in all, its seed, and the classes that get none."""

    total: int
    seed: int
    without: tuple[int, ...]


def choose_draw(dataset: str) -> Draw:
    """How many labels, which draw, and classes that are left out of it."""
    names = controls.classes(dataset)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        total = st.select_slider(
            _("Labels in all"),
            [str(size) for size in methods.SIZES],
            "100",
            key="total",
            width=300,
            bind="query-params",
        )
        seed = controls.seed("draw", _("Draw number"))
        without = controls.several(_("Classes without a label"), names, "without", none=_("None"))
    return Draw(int(total), seed, tuple(int(label) for label in without))


@st.fragment
def live(dataset: str, ways: list[Way], curves: methods.Curves | None) -> None:
    """One draw: its pictures, what is learnt from it, and what is told wrong."""
    chosen = choose_draw(dataset)
    rows = remembered.drawn(dataset, *chosen)
    drawn_pictures(dataset, rows)
    found = learnt(dataset, [way for way in ways if way[0] in HEADS], chosen)
    if found:
        outcome(dataset, found, chosen, curves)


def drawn_pictures(dataset: str, rows: methods.Ints) -> None:
    """The very pictures that were drawn, a row a class."""
    pool = remembered.standing_by(dataset)
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


def learnt(dataset: str, ways: list[Way], chosen: Draw) -> dict[Way, methods.Ints | None]:
    """What each way tells the asked pictures to be, one after the other; may be stopped.

    None stands where there was nothing to learn. What was found stays when it is stopped.
    """
    token = (dataset, chosen)
    if st.session_state.get(LEARNT_OF) != token:
        st.session_state[LEARNT_OF] = token
        st.session_state[LEARNT] = {}
        st.session_state[STOPPED] = False
    found: dict[Way, methods.Ints | None] = st.session_state[LEARNT]
    waiting = [way for way in ways if way not in found]
    place = st.empty()
    if waiting and st.session_state[STOPPED]:
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
                st.session_state[REASON] = str(error)
            except CheckpointError as error:
                st.warning(said(error))
        place.empty()
    return {way: found[way] for way in ways if way in found}


def _stop(stopped: bool) -> None:
    st.session_state[STOPPED] = stopped


def outcome(
    dataset: str,
    found: dict[Way, methods.Ints | None],
    chosen: Draw,
    curves: methods.Curves | None,
) -> None:
    """Bars of what is told right, and the pictures that one of the ways tells wrong."""
    asked = remembered.asked(dataset)
    if any(told is None for told in found.values()):
        reason = st.session_state[REASON]
        st.info(_(reason))
    right = {
        in_words(way): float("nan") if told is None else methods.accuracy(told, asked.labels)
        for way, told in found.items()
    }
    before = {}
    # Decoded pictures have no place beside figures of original ones.
    if curves is not None and not asked.decoded and not chosen.without:
        at = curves.sizes.index(chosen.total)
        for curve in curves.curves:
            mean, spread = methods.mean_and_spread(curve.accuracy)
            before[in_words((curve.head, curve.features))] = float(mean[at]), float(spread[at])
    titles = (_("test pictures told right"), _("mean and spread of the curves above"))
    colours = [COLOURS[name] for _head, name in found]
    figure = plots.accuracy_bars(right, colours, before, titles)
    chart(figure, key="right", alt=_("Accuracy of this draw"))
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
    told = {way: answer for way, answer in found.items() if answer is not None}
    if told:
        wrong_pictures(dataset, told)


def wrong_pictures(dataset: str, told: dict[Way, methods.Ints]) -> None:
    """The first test pictures that one way tells wrong: what they are, and what it says."""
    ways = {"/".join(way): way for way in told}
    names = {name: in_words(way) for name, way in ways.items()}
    chosen = controls.pick(_("Told wrong by"), names, "wrong", default=list(names)[-1], width=340)
    asked = remembered.asked(dataset)
    answer = told[ways[chosen]]
    wrong = np.flatnonzero(answer != asked.labels)
    called = [_(name) for name in datasets.DATASETS[dataset].classes]
    shown = wrong[: 2 * SHOWN]
    captions = [f"{called[asked.labels[i]]} → {called[answer[i]]}" for i in shown]
    note = _("{wrong} of {count}").format(wrong=f"{len(wrong):,}", count=f"{len(answer):,}")
    picture_sheet(
        [Row(_("What it is → what it is told to be"), asked.pixels[shown], note, captions)],
        key="wrong_pictures",
        largest=64,
    )
