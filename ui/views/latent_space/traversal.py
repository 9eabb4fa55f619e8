"""From the chosen points of the map onwards: a walk, the way between them, and the CSV."""

import csv
import io

import numpy as np
import streamlit as st

from ae_models import datasets
from ae_models.tasks import interpolation, projection
from ui.base.language import _
from ui.components.picture_sheet import Row, picture_sheet
from ui.components.plot_marks import Mark, plot_marks
from ui.views.latent_space.latent_map import CHART, Ids, Pair, Space, decode, given
from ui.widgets import controls

DIRECTIONS = 6
STEPS = 11


@st.fragment
def walk(space: Space, pair: Pair) -> None:
    """Sliders along the strongest directions of the code, decoded as they move."""
    shares = projection.shares(space.principal)[:DIRECTIONS].tolist()
    with st.container(horizontal=True, gap="medium"):
        picture = st.container(width=112)
        with st.container(width="stretch", gap="small"):
            start = controls.choice(
                _("Walk from"), {"a": _("A"), "b": _("B"), "mean": _("Mean of all")}, "from"
            )
            st.button(_("Back to 0"), on_click=_stand_still, key="stand_still")
    with st.container(horizontal=True, gap="small"):
        steps = [_slider(number, share) for number, share in enumerate(shares, 1)]
    origin = pair.b if start == "b" else pair.a  # lends the mean its label
    z = projection.along(
        space.principal.mean if start == "mean" else space.codes[origin],
        space.principal,
        np.array(steps, np.float32),
    )[None]
    with picture:
        here = Row(_("You are here"), datasets.to_pixels(decode(space, z, [origin])))
        picture_sheet([here], key="walked", largest=112)
    place = space.on_map(z)
    plot_marks(CHART, [Mark(*place[0])] if place and any(steps) else [], key="latent_here")


def _slider(number: int, share: float) -> float:
    label = _("Direction {number} · {share:.0%}").format(number=number, share=share)
    key = f"d{number}"
    return st.slider(label, -3.0, 3.0, 0.0, 0.1, key=key, width=150, bind="query-params")


def _stand_still() -> None:
    for number in range(1, DIRECTIONS + 1):
        if f"d{number}" in st.session_state:
            st.session_state[f"d{number}"] = 0.0


def strip(space: Space, pair: Pair) -> None:
    """From A to B in even steps, straight and along the arc."""
    start, end = space.codes[pair.a], space.codes[pair.b]
    told = [pair.a if step < STEPS / 2 else pair.b for step in range(STEPS)]
    ways = {_("Straight line"): interpolation.linear, _("Arc"): interpolation.spherical}
    rows = [
        Row(
            label,
            datasets.to_pixels(decode(space, way(start, end, STEPS), told)),
            note=given(space),
            captions=["A", *[""] * (STEPS - 2), "B"],
            alt=_("Decoded steps from A to B: {way}").format(way=label),
        )
        for label, way in ways.items()
    ]
    picture_sheet(rows, key="strip", largest=84)


def take_away(space: Space, ids: Ids, pair: Pair) -> None:
    """The shown points as CSV, the chosen two first."""
    st.download_button(
        _("Codes of the shown points, CSV"),
        lambda: to_csv(space, ids, pair),
        file_name=f"codes-{space.dataset}-{space.name}.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key="csv",
    )


def to_csv(space: Space, ids: Ids, pair: Pair) -> str:
    """A comment line, a header, then a line a point: A, B, and the shown ones."""
    out = io.StringIO()
    kind = "decoded pictures" if space.images.decoded else "original images"
    out.write(
        f"# data set {space.dataset}, test split, {kind}; model {space.name}; map {space.axes}\n"
    )
    lines = csv.writer(out, lineterminator="\n")
    dimensions = [f"z{d}" for d in range(1, space.codes.shape[1] + 1)]
    lines.writerow(["id", "chosen", "label", "class", "x", "y", *dimensions])
    chosen = {pair.b: "B", pair.a: "A"}
    for i in [*dict.fromkeys(pair), *(i for i in ids.tolist() if i not in chosen)]:
        label = int(space.images.labels[i])
        numbers = [f"{value:.6g}" for value in (*space.plane[i], *space.codes[i])]
        name = datasets.CLASS_NAMES[space.dataset][label]
        lines.writerow([i, chosen.get(i, ""), label, name, *numbers])
    return out.getvalue()
