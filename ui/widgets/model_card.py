"""A model card: training, figures, curves and layers."""

import math
import re
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ae_models.artifacts import graph
from ae_models.artifacts.card import FAMILIES, Card, CheckpointError, Epoch, Graph
from ae_models.artifacts.titles import DESCRIPTIONS, title
from ae_models.metric_key import term_title
from ui.base.language import _, said
from ui.base.model_titles import model_title, model_titles
from ui.cache import models
from ui.plots import basic
from ui.widgets import controls
from ui.widgets.plotly_chart import chart

MOST_WITH_LEGEND = 10  # lines; a longer legend is taller than the chart


def choose_card(names: list[str]) -> str:
    """One of all models, also of those that ship without weights."""
    first = next((name for name in names if name in controls.SIX), names[0])
    return controls.pick(_("Model"), model_titles(names), "card", default=first, width=300)


def card_and_curves(shown: Card) -> DeltaGenerator:
    """Both beside each other; returns the column of the curves, for what else belongs there."""
    left, right = st.columns(2, gap="large")
    with left:
        card(shown)
    with right:
        curves(shown)
    return right


def card(shown: Card) -> None:
    """The fields of a card."""
    lines = {
        _("Family"): _(FAMILIES[shown.family]),
        **({_("Description"): _(DESCRIPTIONS[shown.name])} if shown.name in DESCRIPTIONS else {}),
        _("Training"): said(shown.describe()),
        _("Seed, epochs"): f"{shown.seed}, {shown.epochs}",
        _("Training time"): _("{seconds:.0f} s on {device}").format(
            seconds=shown.training_seconds, device=device(shown)
        ),
        _("Parameters"): f"{shown.parameters:,}",
    }
    if shown.sha256 is None:
        lines[_("Weights")] = _("not shipped; only the card and its training curves")
    for key, value in shown.test.values.items() if shown.test else ():
        shown_value = said(key.shown(value))
        if spread := shown.spread.get(key):
            shown_value = _("{value} ({low} – {high}, {count} seeds)").format(
                value=shown_value,
                low=said(key.shown(min(spread))),
                high=said(key.shown(max(spread))),
                count=len(spread),
            )
        lines[_("Test {figure}").format(figure=said(key.title(title)))] = shown_value
    st.table({"": list(lines), model_title(shown.name): list(lines.values())})
    if shown.graphs:
        with st.popover(_("ONNX files"), icon=":material/download:"):
            onnx_files(shown)


def onnx_files(shown: Card) -> None:
    """One self-contained file a graph, joined on request; a damaged graph is named instead."""
    st.caption(
        _(
            "Each file holds one function of the model with its weights and runs in ONNX Runtime. "
            "B is the number of images; pixel values are in [0, 1]."
        )
    )
    usable: dict[str, Graph] = {}
    for file, record in shown.graphs.items():
        try:
            graph.read(shown.dataset, shown.name, file)
            usable[file] = record
        except CheckpointError as error:
            st.warning(said(error))
    with st.container(horizontal=True):
        for file in usable:
            st.download_button(
                file.removesuffix(".onnx"),
                partial(graph.self_contained, shown.dataset, shown.name, file),
                f"{shown.dataset}-{shown.name}-{file}",
                "application/octet-stream",
                icon=":material/download:",
                on_click="ignore",
                key=f"download_{file}",
            )
    st.table(
        {
            "": [file.removesuffix(".onnx") for file in usable],
            _("Inputs"): [_ports(record.inputs) for record in usable.values()],
            _("Outputs"): [_ports(record.outputs) for record in usable.values()],
        }
    )


def _ports(described: dict[str, str]) -> str:
    """Names with types and shapes as code, for a table."""
    return ", ".join(f"`{name}` {about}" for name, about in described.items())


def device(shown: Card) -> str:
    """What the model was trained on; a CPU with its threads is said in the visitor's language."""
    found = re.fullmatch(r"CPU, (\d+) threads", shown.device)
    if found is None:
        return shown.device
    return (
        _("CPU, 1 thread") if found[1] == "1" else _("CPU, {count} threads").format(count=found[1])
    )


def curves(shown: Card) -> None:
    """A chart of the training history: one of the records in the card."""
    titles = {
        "validation": _("Validation"),
        "loss": _("Loss terms"),
        "gradients": _("Gradient norms"),
    }
    offered = {kind: title for kind, title in titles.items() if len(of(shown.history, kind)) > 0}
    if len(shown.history) < 2 or not offered:
        return
    kind = controls.choice(_("Training curves"), offered, "curves")
    lines = of(shown.history, kind)
    if kind != "gradients":
        lines = {_(term_title(name)): line for name, line in lines.items()}
    figure = basic.curves(list(range(1, len(shown.history) + 1)), lines, _("epoch"), "")
    figure.update_layout(
        height=300 + 12 * min(len(lines), MOST_WITH_LEGEND),
        showlegend=len(lines) <= MOST_WITH_LEGEND,
        hovermode="closest",
    )
    if all(value > 0 for line in lines.values() for value in line if not math.isnan(value)):
        figure.update_yaxes(type="log")
    alt = _("{title} of {name} by epoch").format(title=offered[kind], name=model_title(shown.name))
    chart(figure, key="history", alt=alt)


def of(history: list[Epoch], kind: str) -> dict[str, list[float]]:
    """One line per name over all epochs; not a number where an epoch did not record it."""
    records: list[dict[str, float]] = [getattr(epoch, kind) for epoch in history]
    names = dict.fromkeys(name for record in records for name in record)
    return {name: [record.get(name, math.nan) for record in records] for name in names}


def structure(shown: Card) -> None:
    """The layers, as torch prints them."""
    st.markdown(_("**Structure**"))
    st.code(models.structure(shown.dataset, shown.name), language=None, wrap_lines=True)
