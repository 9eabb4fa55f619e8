"""Latent traversal, the interpolation between the chosen points, and the CSV download."""

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

COMPONENTS = 6
STEPS = 11


@st.fragment
def sliders(space: Space, pair: Pair) -> None:
    """Sliders along the first principal components of the codes; the moved code is decoded."""
    shares = projection.shares(space.principal)[:COMPONENTS].tolist()
    with st.container(horizontal=True, gap="small"):
        picture = st.container(width=112)
        with st.container(width="stretch", gap="small"):
            start = controls.choice(
                _("Latent traversal from"),
                {"a": _("A"), "b": _("B"), "mean": _("Mean code")},
                "from",
                help=_(
                    "Moves the code along principal components (PC) of the test codes, in standard "
                    "deviations. Each percentage is the share of the variance that a component "
                    "explains."
                ),
            )
            st.button(_("Reset to 0"), on_click=_reset_sliders, key="reset_sliders")
    with st.container(horizontal=True, gap="small"):
        steps = [_slider(number, share) for number, share in enumerate(shares, 1)]
    origin = pair.b if start == "b" else pair.a  # its label is used for the mean code too
    z = projection.along(
        space.principal.mean if start == "mean" else space.codes[origin],
        space.principal,
        np.array(steps, np.float32),
    )[None]
    with picture:
        here = Row(_("Decoded code"), datasets.to_pixels(decode(space, z, [origin])))
        picture_sheet([here], key="traversal", largest=112)
    place = space.on_map(z)
    plot_marks(CHART, [Mark(*place[0])] if place and any(steps) else [], key="latent_here")


def _slider(number: int, share: float) -> float:
    label = _("PC {number} · {share:.0%}").format(number=number, share=share)
    key = f"d{number}"
    return st.slider(label, -3.0, 3.0, 0.0, 0.1, key=key, width=150, bind="query-params")


def _reset_sliders() -> None:
    for number in range(1, COMPONENTS + 1):
        if f"d{number}" in st.session_state:
            st.session_state[f"d{number}"] = 0.0


def interpolation_rows(space: Space, pair: Pair) -> None:
    """From A to B in even steps, by linear and by spherical interpolation."""
    start, end = space.codes[pair.a], space.codes[pair.b]
    labelled = [pair.a if step < STEPS / 2 else pair.b for step in range(STEPS)]
    methods = {
        _("Linear (lerp)"): interpolation.linear,
        _("Spherical (slerp)"): interpolation.spherical,
    }
    rows = [
        Row(
            label,
            datasets.to_pixels(decode(space, interpolate(start, end, STEPS), labelled)),
            note=given(space),
            captions=["A", *[""] * (STEPS - 2), "B"],
            alt=_("Decoded steps from A to B: {way}").format(way=label),
        )
        for label, interpolate in methods.items()
    ]
    picture_sheet(rows, key="interpolation", largest=84)


def download(space: Space, ids: Ids, pair: Pair) -> None:
    """The shown points as CSV, the chosen two first."""
    st.download_button(
        _("Codes of the points shown, CSV"),
        lambda: to_csv(space, ids, pair),
        file_name=f"codes-{space.dataset}-{space.name}.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key="csv",
    )


def to_csv(space: Space, ids: Ids, pair: Pair) -> str:
    """CSV of a comment, a header, and one line per point: A, B, and the shown ones."""
    out = io.StringIO()
    kind = "decoded images" if space.images.decoded else "original images"
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
        name = datasets.DATASETS[space.dataset].classes[label]
        lines.writerow([i, chosen.get(i, ""), label, name, *numbers])
    return out.getvalue()
