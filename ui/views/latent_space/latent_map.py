"""The map of the Latent space page, and the two images chosen on it."""

from typing import NamedTuple

import numpy as np
import streamlit as st
import torch
from numpy.typing import NDArray

from ae_models import datasets, inference, metrics
from ae_models.tasks import interpolation, projection
from ui.base.language import _
from ui.base.model_titles import model_title
from ui.browser_inference.browser_model import browser_model
from ui.cache import image_sets, latent, models
from ui.components.hover_picture import hover_picture
from ui.components.picture_sheet import Row, picture_sheet
from ui.components.plot_marks import Line, Mark, clicked, plot_marks
from ui.components.webgl import webgl_missing
from ui.plots.latent_scatter import Background, latent_scatter
from ui.widgets import controls
from ui.widgets.plotly_chart import chart

CHART = "latent_map"
MARKS = "latent_marks"
MOST_AS_SVG = 1_000
Floats = NDArray[np.float32]
Ids = NDArray[np.int64]


class Space(NamedTuple):
    """One model's codes of the N test images, and the map they are drawn on."""

    dataset: str
    name: str
    axes: str  # "code", "pca" or "tsne"
    images: datasets.Images
    codes: Floats  # (N, D)
    principal: projection.Principal
    plane: Floats  # (N, 2)
    conditional: bool  # whether the model is class-conditional

    def on_map(self, codes: Floats) -> list[tuple[float, float]] | None:
        """Positions (K, 2) of codes (K, D) on the map; None for t-SNE, which cannot place them."""
        if self.axes == "tsne":
            return None
        plane = codes if self.axes == "code" else projection.on_plane(codes, self.principal)
        return [(float(x), float(y)) for x, y in plane]

    def class_name(self, number: int) -> str:
        return _(datasets.DATASETS[self.dataset].classes[self.images.labels[number]])


class Pair(NamedTuple):
    """The chosen images: A, clicked last, and B, chosen before it."""

    a: int
    b: int


def choose_axes(dataset: str, name: str) -> str:
    """What the map shows: the code itself if it is two-dimensional, else a projection of it."""
    flat = models.card_of(dataset, name).latent_dim == 2
    offered = {
        "code": _("Latent code") if flat else "",
        "tsne": _("t-SNE") if latent.embedding(dataset, name) is not None else "",
        "pca": _("PCA"),
    }
    return controls.choice(_("Axes"), {key: text for key, text in offered.items() if text}, "axes")


def choose_points(space: Space) -> Ids:
    """Which test images the map shows: the first so many of the chosen classes."""
    names = controls.classes(space.dataset)
    count = st.slider(
        _("Points"), 500, 10_000, 3_000, 500, key="points", width=160, bind="query-params"
    )
    only = controls.several(
        _("Only these classes"), names, "classes", none=_("All classes"), width=182
    )
    labels = [int(label) for label in only]
    ids = np.arange(len(space.images.labels))
    if labels:
        ids = ids[np.isin(space.images.labels, labels)]
    return ids[:count]


def open_space(dataset: str, name: str, axes: str) -> Space:
    """Encodes all test images, once for all visitors. Raises `CheckpointError`."""
    with st.spinner(_("Encoding the test images…")):
        codes = latent.codes(dataset, name)
        directions = latent.principal(dataset, name)
    plane = codes
    if axes != "code":
        shipped = latent.embedding(dataset, name) if axes == "tsne" else None
        plane = projection.on_plane(codes, directions) if shipped is None else shipped
    conditional = models.needs_label(dataset, name)
    images = image_sets.images(dataset)
    return Space(dataset, name, axes, images, codes, directions, plane, conditional)


def scatter(space: Space, ids: Ids, under: Background | None = None) -> None:
    """The map; the image of the point under the pointer is shown beside it."""
    no_webgl = webgl_missing()
    if no_webgl:
        ids = ids[:MOST_AS_SVG]
    names = [_(name) for name in datasets.DATASETS[space.dataset].classes]
    figure = latent_scatter(
        space.plane[ids],
        space.images.labels[ids],
        ids,
        names,
        _axis_titles(space),
        webgl=not no_webgl,
        under=under,
        anywhere=space.axes == "code",
    )
    alt = _("Latent codes of {count} test images in {name}, colour and marker by class")
    with st.container(gap=None):
        chart(figure, key=CHART, alt=alt.format(count=len(ids), name=model_title(space.name)))
        hover_picture(CHART, image_sets.sprites(space.dataset))
    if no_webgl:
        st.caption(
            _("This browser has no WebGL: {count} points are drawn without it.").format(
                count=len(ids)
            )
        )


def _axis_titles(space: Space) -> tuple[str, str]:
    if space.axes == "tsne":
        return "", ""  # its axes have neither meaning nor unit
    if space.axes == "code":
        return _("dimension 1"), _("dimension 2")
    first, second = projection.shares(space.principal)[:2]
    title = _("PC {number}, {share:.0%} of the variance")
    return title.format(number=1, share=first), title.format(number=2, share=second)


def map_caption(space: Space) -> str:
    """A caption that explains the map."""
    if space.axes == "tsne":
        return _(
            "t-SNE preserves neighbourhoods; distances between clusters have little meaning. "
            "Choose PCA to see the paths from A to B."
        )
    handle = browser_model(space.dataset, space.name, "decode").model is not None
    parts = [_("Solid line: linear interpolation from A to B. Dotted: spherical.")]
    if space.axes == "pca" and handle:
        parts.append(_("Handle: position of the latent traversal; drag it."))
    else:
        parts.append(_("Diamond: position of the latent traversal."))
    if space.axes == "code":
        parts.append(_("Handle: decoded position.") if handle else _("×: decoded position."))
    return " ".join(parts)


def choose_pair(space: Space) -> Pair:
    """Number inputs for the two chosen images; a click on the map sets them as well."""
    count = len(space.images.labels)
    with st.container(horizontal=True):
        pair = Pair(_number("a", _("Image A"), 0, count), _number("b", _("Image B"), 1, count))
        plot_marks(CHART, _pair_marks(space, pair), _paths(space, pair), key=MARKS, on_click=_take)
    return pair


def _number(key: str, label: str, first: int, count: int) -> int:
    last = count - 1
    return int(st.number_input(label, 0, last, first, key=key, width=120, bind="query-params"))


def _take() -> None:
    """A clicked point becomes A, and what was A becomes B."""
    number = clicked(st.session_state.get(MARKS), 10_000)
    former = st.session_state.get("a", 0)
    if number is not None and number != former:
        st.session_state["a"], st.session_state["b"] = number, former


def _pair_marks(space: Space, pair: Pair) -> list[Mark]:
    places = space.plane[[pair.b, pair.a]].tolist()
    return [Mark(x, y, letter) for (x, y), letter in zip(places, "BA", strict=True)]


def _paths(space: Space, pair: Pair) -> list[Line]:
    start, end = space.codes[pair.a], space.codes[pair.b]
    straight = space.on_map(interpolation.linear(start, end, 2))
    arc = space.on_map(interpolation.spherical(start, end, 41))
    return [Line(straight), Line(arc, dashed=True)] if straight and arc else []


def pair_sheet(space: Space, pair: Pair) -> None:
    """Both chosen images and their reconstructions."""
    ids = list(pair)
    x_hat = decode(space, space.codes[ids], ids)
    decibels = metrics.psnr(x_hat, datasets.to_tensor(space.images.pixels[ids])).tolist()
    pixels = np.stack([space.images.pixels[ids], datasets.to_pixels(x_hat)], axis=1)
    captions = []
    for letter, i, psnr in zip("AB", ids, decibels, strict=True):
        captions += [f"{letter} · {space.class_name(i)}", _("{psnr:.1f} dB").format(psnr=psnr)]
    row = Row(
        _("A and B with their reconstructions"),
        pixels.reshape(-1, 28, 28),
        note=given(space, _("PSNR on decoded images") if space.images.decoded else ""),
        captions=captions,
        alt=_("Image A, its reconstruction, image B, its reconstruction"),
    )
    picture_sheet([row], key="pair", largest=84)


def given(space: Space, note: str = "") -> str:
    """A note, and the label that a class-conditional model was given."""
    return " · ".join(filter(None, (_("given the true label") if space.conditional else "", note)))


def latent_shape(space: Space) -> tuple[int, ...]:
    """The shape of one code as the decoder takes it."""
    model = models.model(space.dataset, space.name)
    shape: tuple[int, ...] = getattr(model, "latent_shape", space.codes.shape[1:])
    return tuple(shape)


def decode(space: Space, codes: Floats, ids: list[int]) -> torch.Tensor:
    """Codes (K, D) -> (K, 1, 28, 28); a class-conditional model gets the labels of `ids`."""
    model = models.model(space.dataset, space.name)
    shape = latent_shape(space)
    labels = torch.from_numpy(space.images.labels[ids]) if space.conditional else None
    return inference.decode(model, torch.from_numpy(codes).reshape(len(codes), *shape), labels)
