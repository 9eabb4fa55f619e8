"""Illustrations as numbers and curves: a neuron, two losses, the timeline."""

import plotly.graph_objects as go
import streamlit as st

from ae_models.tasks import neuron
from ui.base.language import _, language
from ui.base.learn_steps import events
from ui.plots.basic import CLASS_COLOURS, MARGIN, curves
from ui.widgets import controls
from ui.widgets.plotly_chart import chart

INPUTS = (1.0, -0.5)
BIAS = 0.1
RATES = (0.1, 0.3, 1.0, 3.0)
ABOVE = {"orientation": "h", "yanchor": "bottom", "y": 1.01}  # legend of a low chart


@st.fragment
def one_neuron(dataset: str) -> None:
    """A neuron with two inputs, and one step of gradient descent with all its numbers."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        titles = {name: _(title) for name, title in neuron.TITLES.items()}
        activation = controls.choice(_("Activation"), titles, "activation")
        first = slider(_("First weight"), "w1", -8.0, 8.0, 0.5)
        second = slider(_("Second weight"), "w2", -8.0, 8.0, -0.5)
        target = slider(_("Target"), "target", 0.0, 1.0, 0.0)
        rate = st.select_slider(
            _("Learning rate"), RATES, 1.0, key="rate", bind="query-params", width=160
        )
    found = neuron.step((first, second, BIAS), INPUTS, target, activation, rate)
    left, right = st.columns([3, 2], gap="large", vertical_alignment="center")
    with left:
        title = _("Activation of the weighted sum before and after the step")
        chart(activation_curve(activation, found, target), key="neuron", alt=title)
    with right:
        names = [
            _("first weight, input {value:g}").format(value=INPUTS[0]),
            _("second weight, input {value:g}").format(value=INPUTS[1]),
            _("bias"),
        ]
        before = (first, second, BIAS)
        st.table(
            {
                "": [*names, _("weighted sum"), _("output"), _("squared error")],
                _("before"): [f"{v:.3f}" for v in (*before, *found.before)],
                _("gradient"): [*(f"{v:.4f}" for v in found.gradient), "", "", ""],
                _("after"): [f"{v:.3f}" for v in (*found.parameters, *found.after)],
            }
        )


def activation_curve(activation: str, found: neuron.Step, target: float) -> go.Figure:
    """The curve of an activation with the neuron's place on it before and after a step."""
    sums, outputs = neuron.curve(activation)
    figure = curves(
        sums.tolist(), {_("activation"): outputs.tolist()}, _("weighted sum"), _("output")
    )
    for name, state, symbol in (
        (_("before"), found.before, "circle"),
        (_("after"), found.after, "diamond"),
    ):
        figure.add_scatter(
            x=[state.sum],
            y=[state.output],
            name=name,
            mode="markers",
            marker={"size": 13, "symbol": symbol, "color": CLASS_COLOURS[6]},
        )
    figure.add_hline(y=target, line_dash="dot", line_width=1)
    figure.update_layout(height=300, legend=ABOVE)
    return figure


@st.fragment
def two_losses(dataset: str) -> None:
    """Squared error and cross-entropy of one pixel, and their gradients at the weighted sum."""
    target = slider(_("Target pixel"), "pixel", 0.0, 1.0, 1.0)
    found = neuron.losses(target)
    columns = st.columns(2, gap="large")
    titles = (
        (_("loss"), found.squared, found.cross),
        (_("gradient at the weighted sum"), found.squared_slope, found.cross_slope),
    )
    for column, (title, squared, cross) in zip(columns, titles, strict=True):
        lines = {_("squared error"): squared.tolist(), _("cross-entropy"): cross.tolist()}
        with column:
            figure = curves(found.predictions.tolist(), lines, _("predicted pixel"), title)
            figure.update_layout(height=300, legend=ABOVE)
            chart(figure, key=f"loss_{title}", alt=title)


def years(dataset: str) -> None:
    """The timeline, one line per event."""
    found = events(language())
    figure = go.Figure(
        go.Scatter(
            x=[event.year for event in found],
            y=[0] * len(found),
            mode="markers+lines",
            marker={"size": 11, "color": CLASS_COLOURS[0]},
            line={"width": 1},
            text=[event.title for event in found],
            hovertemplate="%{x}: %{text}<extra></extra>",
        )
    )
    figure.update_yaxes(visible=False)
    figure.update_layout(height=90, margin=MARGIN, showlegend=False)
    chart(figure, key="years", alt=_("Timeline of the events listed below"))
    for event in found:
        st.markdown(
            _("**{year} · {title}.** {text}").format(
                year=event.year, title=event.title, text=event.text
            )
        )


def slider(label: str, key: str, low: float, high: float, start: float) -> float:
    """A narrow slider in tenths that lives in the address."""
    return st.slider(label, low, high, start, 0.1, key=key, bind="query-params", width=160)
