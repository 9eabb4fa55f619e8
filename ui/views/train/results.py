"""Results of a live training: images, curves, gradients, codes."""

from collections.abc import Sequence

import streamlit as st

from ae_models import datasets
from ae_models.live.config import Choice
from ae_models.live.session import Snapshot
from ui.base.language import _
from ui.components.picture_sheet import Row, picture_sheet
from ui.views.train import plots
from ui.widgets.plotly_chart import chart


def images(names: Sequence[str], snapshots: Sequence[Snapshot]) -> None:
    """The same ten images through each run, and random pixels."""
    rows: list[Row] = []
    for name, snapshot in zip(names, snapshots, strict=True):
        if not rows or (snapshots[0].shown != snapshot.shown).any():
            rows.append(Row(_("{name}input").format(name=name if rows else ""), snapshot.shown))
        rows.append(
            Row(
                _("{name}output").format(name=name),
                snapshot.reconstructed,
                note=_("MSE {mse:.4f} on {count} validation images").format(
                    mse=snapshot.points[-1].mse, count=len(snapshot.labels)
                ),
                alt=_("{name}reconstructions of ten validation images").format(name=name),
            )
        )
    picture_sheet(rows, key="live", largest=72)
    rows = [Row(_("Random pixels"), snapshots[0].copied[0])]
    for name, snapshot in zip(names, snapshots, strict=True):
        note = _("MSE {mse:.4f}").format(mse=snapshot.copied_mse)
        alt = _("{name}reconstructions of random pixels").format(name=name)
        rows.append(
            Row(_("{name}output").format(name=name), snapshot.copied[1], note=note, alt=alt)
        )
    picture_sheet(rows, key="random", largest=56)


def charts(names: Sequence[str], snapshots: Sequence[Snapshot]) -> None:
    """Charts of loss terms, MSE per pixel, and gradient norm of each layer."""
    left, middle, right = st.columns(3, gap="medium")
    x_title = _("batches")
    with left:
        st.markdown(_("**Loss terms**"))
        lines: dict[str, plots.Line] = {}
        colours: dict[str, str] = {}
        pale: set[str] = set()
        for name, snapshot, shades in zip(names, snapshots, plots.SHADES, strict=False):
            for place, term in enumerate(snapshot.points[-1].validation):
                lines_of_term = loss_lines(name, term, snapshot)
                lines |= lines_of_term
                colours |= dict.fromkeys(lines_of_term, shades[place % len(shades)])
                pale.add(list(lines_of_term)[-1])
        figure = plots.falling_lines(
            lines, colours, frozenset(pale), (x_title, _("loss per image"))
        )
        chart(figure, key="losses", alt=_("Loss terms by batch"))
    with middle:
        st.markdown(_("**Error per pixel and generalisation gap**"))
        lines, colours, pale = {}, {}, set()
        for name, snapshot, colour in zip(names, snapshots, plots.RUN_COLOURS, strict=False):
            steps = [point.step for point in snapshot.points]
            known, other = _("{name}training images"), _("{name}validation")
            lines[known.format(name=name)] = (steps, [p.mse_trained for p in snapshot.points])
            lines[other.format(name=name)] = (steps, [p.mse for p in snapshot.points])
            colours |= {known.format(name=name): colour, other.format(name=name): colour}
            pale.add(other.format(name=name))
        figure = plots.falling_lines(lines, colours, frozenset(pale), (x_title, _("MSE per pixel")))
        chart(figure, key="errors", alt=_("Error on training and validation images"))
    with right:
        st.markdown(_("**Gradient of each layer**"))
        norms = {
            name + _("now"): layers(snapshot.points[-1].gradients)
            for name, snapshot in zip(names, snapshots, strict=True)
        }
        figure = plots.layer_lines(norms, (_("image ↓ to code ↑ to image"), _("gradient norm")))
        chart(figure, key="gradients", alt=_("Gradient norm of each layer"))


def loss_lines(name: str, term: str, snapshot: Snapshot) -> dict[str, plots.Line]:
    """A term of the loss of a run: of a layer alone if there is any, in training, in validation."""
    whole = f"{name}{term}"
    alone = _("{name}{term}, greedy pretraining").format(name=name, term=term)
    other = _("{name}{term}, validation").format(name=name, term=term)
    lines: dict[str, tuple[list[int], list[float]]] = {alone: ([], []), whole: ([], [])}
    part = ""
    for point in snapshot.points:
        steps, values = lines[alone if point.part else whole]
        if point.part and point.part != part:  # each layer has a line of its own
            steps.append(point.step)
            values.append(0.0)
        part = point.part
        if term in point.training:
            steps.append(point.step)
            values.append(point.training[term])
    lines[other] = (
        [p.step for p in snapshot.points],
        [p.validation[term] for p in snapshot.points],
    )
    return {line: values for line, values in lines.items() if values[0]}


def layers(gradients: dict[str, float]) -> dict[str, float]:
    """Norms by short layer names, in the order of the forward pass."""
    down = [name for name in gradients if name.startswith(("encoder", "down"))]
    up = [name for name in gradients if name not in down]
    if up and up[0].startswith("up."):
        up.reverse()
    named = {f"↓{number}": gradients[name] for number, name in enumerate(down, start=1)}
    return named | {f"↑{len(up) - place}": gradients[name] for place, name in enumerate(up)}


def planes(names: Sequence[str], choices: Sequence[Choice], snapshots: Sequence[Snapshot]) -> None:
    """A scatter plot of two-dimensional codes."""
    drawn = [
        each for each in zip(names, choices, snapshots, strict=True) if each[2].codes is not None
    ]
    for column, (name, choice, snapshot) in zip(st.columns(2, gap="large"), drawn, strict=False):
        assert snapshot.codes is not None
        with column:
            title = _("{name}codes of {count} validation images").format(
                name=name, count=len(snapshot.codes)
            )
            st.markdown(f"**{title}**")
            classes = [_(label) for label in datasets.DATASETS[choice.dataset].classes]
            figure = plots.code_plane(snapshot.codes, snapshot.labels, classes)
            chart(figure, key=f"plane_{name}", alt=title)
