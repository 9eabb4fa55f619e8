"""Two groups of test images, chosen by an attribute, as two classes, or on the map."""

import math
from typing import NamedTuple

import numpy as np
import streamlit as st

from ae_models import datasets
from ae_models.images import attributes
from ae_models.tasks import interpolation, projection
from ae_models.tasks.interpolation import Floats, Groups
from ui.base.language import _
from ui.base.model_titles import model_title
from ui.cache import image_sets, latent
from ui.components.plot_marks import Line, Mark, plot_marks
from ui.components.webgl import webgl_missing
from ui.plots.latent_scatter import latent_scatter
from ui.views.morph import cache as measured
from ui.widgets import controls
from ui.widgets.image_selection import SelectedImages
from ui.widgets.plotly_chart import chart

CHART = "morph_map"
ON_MAP = 2_000  # points that the map shows; groups take in all test images
MOST_AS_SVG = 1_000
MOST_CORNERS = 30  # of a group's outline in the address
FURTHEST = 1e6


class Found(NamedTuple):
    """Two groups, their names, and the attribute that they were chosen by, if any."""

    groups: Groups
    names: tuple[str, str]
    attribute: str | None = None
    classes: tuple[int, int] | None = None


def choose(dataset: str, name: str, chosen: SelectedImages) -> Found:
    """Controls for the two groups."""
    ways = {"attribute": _("By an attribute"), "classes": _("Two classes"), "map": _("On the map")}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        how = controls.choice(_("Groups"), ways, "groups")
        if how == "attribute":
            return by_attribute(dataset, chosen)
        if how == "classes":
            return by_class(dataset)
    return on_map(dataset, name)


def by_attribute(dataset: str, chosen: SelectedImages) -> Found:
    """The fifths of the images with the lowest and the highest values of an attribute."""
    first = datasets.DATASETS[dataset].attributes
    offered = [*first, *(each for each in attributes.MEASURES if each not in first)]
    attribute = controls.choice(_("Attribute"), controls.named(offered), "attribute")
    same = st.toggle(
        _("Same class only"),
        value=True,
        key="same",
        bind="query-params",
        help=_(
            "Otherwise the direction also contains differences between classes, for example that "
            "one class is thicker on average."
        ),
    )
    labels = image_sets.images(dataset).labels
    ids = np.flatnonzero(labels == chosen.labels[0]) if same else np.arange(len(labels))
    groups = interpolation.ends(measured.attribute(dataset, attribute), ids)
    names = (
        _("lowest {attribute}").format(attribute=_(attribute)),
        _("highest {attribute}").format(attribute=_(attribute)),
    )
    return Found(groups, names, attribute=attribute)


def by_class(dataset: str) -> Found:
    """All images of one class, and all of another."""
    called = controls.classes(dataset)
    classes, names = list(called), list(called.values())
    one, other = (
        classes.index(controls.pick(label, called, key, default=classes[start], width=160))
        for label, start, key in zip(
            (_("From class"), _("To class")),
            datasets.DATASETS[dataset].similar_classes,
            ("one", "other"),
            strict=True,
        )
    )
    groups = interpolation.classes(image_sets.images(dataset).labels, one, other)
    return Found(groups, (names[one], names[other]), classes=(one, other))


def on_map(dataset: str, name: str) -> Found:
    """The images inside two outlines drawn on the map."""
    images, axes = image_sets.images(dataset), latent.principal(dataset, name)
    plane = projection.on_plane(latent.codes(dataset, name), axes)
    if plane.shape[1] == 1:
        plane = np.pad(plane, ((0, 0), (0, 1)))
    controls.choice(
        _("Assign the selection to"), {"1": _("Group 1"), "2": _("Group 2")}, "selecting"
    )
    st.caption(_("Select points with the lasso or box tool of the map."))
    no_webgl = webgl_missing()
    ids = np.arange(min(MOST_AS_SVG if no_webgl else ON_MAP, len(plane)))
    title = _("PC {number}")
    titles = (title.format(number=1), title.format(number=2))
    classes = [_(each) for each in datasets.DATASETS[dataset].classes]
    figure = latent_scatter(
        plane[ids], images.labels[ids], ids, classes, titles, webgl=not no_webgl
    )
    figure.update_layout(dragmode="lasso", height=460)
    alt = _("Latent codes of {count} test images in {name}, colour and marker by class")
    chart(
        figure,
        key=CHART,
        on_select=take_selection,
        selection_mode=("lasso", "box"),
        alt=alt.format(count=len(ids), name=model_title(name)),
    )
    outlines = [outline(f"group{number}", plane, number) for number in (1, 2)]
    groups = Groups(*(interpolation.inside(plane, corners) for corners in outlines))
    marks = [
        Mark(float(x), float(y), str(number))
        for number, group in enumerate(groups, 1)
        if len(group)
        for x, y in [plane[group].mean(axis=0)]
    ]
    lines = [
        Line([(float(x), float(y)) for x, y in (*corners, corners[0])], dashed=number == 2)
        for number, corners in enumerate(outlines, 1)
    ]
    plot_marks(CHART, marks, lines, key="morph_marks")
    return Found(groups, (_("outlined on the map"), _("outlined on the map, dashed")))


def outline(key: str, plane: Floats, number: int) -> Floats:
    """The corners (K, 2) in the address; by default the left or the right fifth of the map."""
    found = read_corners(st.query_params.get(key, ""))
    if found is not None:
        return found
    left, right = np.quantile(plane[:, 0], (0, 0.2) if number == 1 else (0.8, 1))
    low, high = np.quantile(plane[:, 1], (0, 1))
    return np.array([[left, low], [right, low], [right, high], [left, high]], np.float32)


def take_selection() -> None:
    """An outline drawn on the map goes into the address as the group that is being selected."""
    selection = getattr(st.session_state.get(CHART), "selection", None) or {}
    drawn = [*selection.get("lasso", []), *selection.get("box", [])]
    if not drawn:
        return
    x, y = drawn[-1]["x"], drawn[-1]["y"]
    if len(x) == 2:  # a box has two corners
        x, y = [x[0], x[1], x[1], x[0]], [y[0], y[0], y[1], y[1]]
    number = "2" if st.session_state.get("selecting") == "2" else "1"
    st.query_params[f"group{number}"] = write_corners(x, y)


def write_corners(x: list[float], y: list[float]) -> str:
    """Corners (K, 2) as text, thinned to MOST_CORNERS."""
    kept = np.unique(np.linspace(0, len(x) - 1, min(len(x), MOST_CORNERS)).round().astype(int))
    return ";".join(f"{x[i]:.5g},{y[i]:.5g}" for i in kept)


def read_corners(text: str) -> Floats | None:
    """The inverse: (K, 2), or None where the text is no outline."""
    try:
        pairs = [[float(number) for number in pair.split(",")] for pair in text.split(";")]
    except ValueError:
        return None
    sane = all(
        len(pair) == 2 and all(math.isfinite(c) and abs(c) < FURTHEST for c in pair)
        for pair in pairs
    )
    return np.array(pairs, np.float32) if sane and 3 <= len(pairs) <= MOST_CORNERS else None
