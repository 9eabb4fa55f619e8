"""What there is to see of networks in training: pictures, curves, gradients, codes."""

from collections.abc import Sequence

import streamlit as st

from ae_models import data
from ae_models.live.choice import Choice
from ae_models.live.trainee import Look
from ui import figures, training_figures
from ui.components.picture_sheet import Row, picture_sheet
from ui.language import _


def pictures(names: Sequence[str], looks: Sequence[Look]) -> None:
    """The same ten images through each run, and random pixels."""
    rows: list[Row] = []
    for name, look in zip(names, looks, strict=True):
        if not rows or (looks[0].shown != look.shown).any():
            rows.append(Row(_("{name}in").format(name=name if rows else ""), look.shown))
        rows.append(
            Row(
                _("{name}out").format(name=name),
                look.reconstructed,
                note=_("MSE {mse:.4f} on {count} others").format(
                    mse=look.points[-1].mse, count=len(look.labels)
                ),
                alt=_("{name}what the network makes of ten validation images").format(name=name),
            )
        )
    picture_sheet(rows, key="live", largest=72)
    rows = [Row(_("Random pixels"), looks[0].copied[0])]
    for name, look in zip(names, looks, strict=True):
        note = _("MSE {mse:.4f}").format(mse=look.copied_mse)
        alt = _("{name}what the network makes of random pixels").format(name=name)
        rows.append(Row(_("{name}out").format(name=name), look.copied[1], note=note, alt=alt))
    picture_sheet(rows, key="random", largest=56)


def charts(names: Sequence[str], looks: Sequence[Look]) -> None:
    """Loss by part, error a pixel, gradient of each layer."""
    left, middle, right = st.columns(3, gap="medium")
    x_title = _("batches")
    with left:
        st.markdown(f"**{_('Loss by part')}**")
        lines, colours, pale = {}, {}, []
        for name, look, colour in zip(names, looks, training_figures.RUN_COLOURS, strict=False):
            for line, points in loss_lines(name, look).items():
                lines[line], colours[line] = points, colour
        for place, line in enumerate(lines):
            if len(names) == 1:
                colours[line] = figures.CLASS_COLOURS[place // 2 * 2 % 10]
            if line.endswith(_("validation")):
                pale.append(line)
        figure = training_figures.falling_lines(
            lines, colours, frozenset(pale), (x_title, _("loss an image"))
        )
        st.plotly_chart(figure, key="losses", alt=_("Loss by part, batch by batch"))
    with middle:
        st.markdown(f"**{_('Error a pixel, and the gap')}**")
        lines, colours, pale = {}, {}, []
        for name, look, colour in zip(names, looks, training_figures.RUN_COLOURS, strict=False):
            steps = [point.step for point in look.points]
            known, other = _("{name}images it knows"), _("{name}validation")
            lines[known.format(name=name)] = (steps, [p.mse_trained for p in look.points])
            lines[other.format(name=name)] = (steps, [p.mse for p in look.points])
            colours |= {known.format(name=name): colour, other.format(name=name): colour}
            pale.append(other.format(name=name))
        figure = training_figures.falling_lines(
            lines, colours, frozenset(pale), (x_title, _("MSE a pixel"))
        )
        st.plotly_chart(figure, key="errors", alt=_("Error on known and other images"))
    with right:
        st.markdown(f"**{_('Gradient of each layer')}**")
        norms = {
            f"{name}{_('now')}": layers(look.points[-1].gradients)
            for name, look in zip(names, looks, strict=True)
        }
        figure = training_figures.layer_lines(
            norms, (_("image ↓ to code ↑ to image"), _("gradient norm"))
        )
        st.plotly_chart(figure, key="gradients", alt=_("Gradient norm of each layer"))


def loss_lines(name: str, look: Look) -> dict[str, training_figures.Line]:
    """The terms of the loss of a run: training, of which a part may be alone, and validation."""
    lines: dict[str, tuple[list[int], list[float]]] = {}
    for point in look.points:
        for term, value in point.training.items():
            part = f"{point.part}, " if point.part else ""
            steps, values = lines.setdefault(f"{name}{part}{term}", ([], []))
            steps.append(point.step)
            values.append(value)
        for term, value in point.validation.items():
            line = _("{name}{term}, validation").format(name=name, term=term)
            steps, values = lines.setdefault(line, ([], []))
            steps.append(point.step)
            values.append(value)
    return dict(sorted(lines.items()))


def layers(gradients: dict[str, float]) -> dict[str, float]:
    """Norms under short names, in the order in which a picture passes the layers."""
    down = [name for name in gradients if name.startswith(("encoder", "down"))]
    up = [name for name in gradients if name not in down]
    if up and up[0].startswith("up."):
        up.reverse()
    named = {f"↓{number}": gradients[name] for number, name in enumerate(down, start=1)}
    return named | {f"↑{len(up) - place}": gradients[name] for place, name in enumerate(up)}


def planes(names: Sequence[str], choices: Sequence[Choice], looks: Sequence[Look]) -> None:
    """Where the codes lie, where they have two numbers."""
    drawn = [each for each in zip(names, choices, looks, strict=True) if each[2].codes is not None]
    for column, (name, choice, look) in zip(st.columns(2, gap="large"), drawn, strict=False):
        assert look.codes is not None
        with column:
            title = _("{name}codes of {count} validation images").format(
                name=name, count=len(look.codes)
            )
            st.markdown(f"**{title}**")
            classes = [_(label) for label in data.CLASS_NAMES[choice.dataset]]
            figure = training_figures.code_plane(look.codes, look.labels, classes)
            st.plotly_chart(figure, key=f"plane_{name}", alt=title)
