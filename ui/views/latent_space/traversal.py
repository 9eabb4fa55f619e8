"""Latent traversal, the interpolation between the chosen points, and the CSV download."""

import csv
import io

import numpy as np
import streamlit as st

from ae_models import datasets
from ae_models.tasks import interpolation, projection
from ui.base.language import _
from ui.browser_inference.browser_model import BrowserModel, browser_model, note
from ui.browser_inference.latent_traversal import Handle, latent_traversal
from ui.browser_inference.live_control import Stops, moved
from ui.components.picture_sheet import Row, picture_sheet
from ui.components.plot_marks import Mark, plot_marks
from ui.views.latent_space.latent_map import (
    CHART,
    Floats,
    Ids,
    Pair,
    Space,
    decode,
    given,
    latent_shape,
)
from ui.widgets import controls

COMPONENTS = 6
STOPS = Stops(limit=4.0, step=0.01, key_step=0.1)  # in standard deviations
MOVED = "latent_moved"
STEPS = 11


@st.fragment
def sliders(space: Space, pair: Pair) -> None:
    """Sliders along the first principal components of the codes; the moved code is decoded.

    Where the map shows these components, a handle on it moves the first two.
    """
    shares = projection.shares(space.principal)[:COMPONENTS].tolist()
    titles = [
        _("PC {number} · {share:.0%}").format(number=k, share=s) for k, s in enumerate(shares, 1)
    ]
    answer = browser_model(space.dataset, space.name, "decode")
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
    # Hidden where the browser shows its own; the address holds their values in any case.
    place = {"key": "unseen_sliders"} if answer.model else {"horizontal": True, "gap": "small"}
    with st.container(**place):
        steps = [_slider(number, title) for number, title in enumerate(titles, 1)]
    labelled = pair.b if start == "b" else pair.a  # its label is used for the mean code too
    origin = space.principal.mean if start == "mean" else space.codes[labelled]
    z = projection.along(origin, space.principal, np.array(steps, np.float32))[None]
    with picture:
        here = Row(_("Decoded code"), datasets.to_pixels(decode(space, z, [labelled])))
        picture_sheet([here], key="traversal", largest=112)
    if answer.model:
        _in_browser(space, answer.model, origin, labelled, steps, titles)
    if space.axes != "code":  # there, the decoded position has said it
        note(answer)
    point = space.on_map(z)
    handled = answer.model and space.axes == "pca"
    marks = [Mark(*point[0])] if point and any(steps) and not handled else []
    plot_marks(CHART, marks, key="latent_here")


def _in_browser(
    space: Space,
    model: BrowserModel,
    origin: Floats,
    labelled: int,
    steps: list[float],
    titles: list[str],
) -> None:
    """Sliders and handle that are answered without the server until they are let go."""
    spread = space.principal.spread[: len(steps)]
    handle = None
    if space.axes == "pca":
        ((x, y),) = projection.on_plane(origin[None], space.principal).tolist()
        handle = Handle(CHART, (x, y), (float(spread[0]), float(spread[1])), (titles[0], titles[1]))
    latent_traversal(
        MOVED,
        model,
        sheet="traversal",
        origin=origin,
        directions=spread[:, None] * space.principal.directions[: len(steps)],
        values=steps,
        stops=STOPS,
        on_move=_take,
        shape=latent_shape(space),
        label=int(space.images.labels[labelled]) if space.conditional else None,
        sliders=titles,
        handle=handle,
    )


def _take() -> None:
    """Puts what the browser reports into the controls that the address holds."""
    count = sum(f"d{number}" in st.session_state for number in range(1, COMPONENTS + 1))
    for number, value in enumerate(moved(st.session_state.get(MOVED), count, STOPS) or [], 1):
        st.session_state[f"d{number}"] = value


def _slider(number: int, label: str) -> float:
    key, limit = f"d{number}", STOPS.limit
    return st.slider(
        label, -limit, limit, 0.0, STOPS.key_step, key=key, width=150, bind="query-params"
    )


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
