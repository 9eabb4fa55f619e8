"""The Generate page's pieces: labels, styles, the sheet, and what is taken away.

Which model draws, and what the cards say of it, is in `sampling`.
"""

from typing import NamedTuple

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from torch import Tensor

from ae_models import datasets, inference
from ae_models.images import export
from ae_models.tasks import generation
from ui.base.language import _
from ui.cache import image_sets, models
from ui.components.picture_sheet import Row, picture_sheet
from ui.widgets import controls, image_selection

LONGEST = 20  # labels in a row
ALL = "0123456789"


class Generated(NamedTuple):
    """R rows of L images."""

    labels: list[int]  # L of them: what was asked for, else what the judge sees in the first row
    asked: bool
    pixels: NDArray[np.uint8]  # (R, L, 28, 28)
    opinions: NDArray[np.float32]  # (R, L, 10): the judge's probabilities
    titles: list[str]  # R of them
    notes: list[str]  # R of them: what else there is to say of a row


def choose_labels(dataset: str) -> list[int]:
    """The labels in the order asked for: typed digits, or classes picked by name."""
    if dataset == "mnist":
        text = st.text_input(
            _("Labels"),
            "2026",
            max_chars=LONGEST,
            key="labels",
            bind="query-params",
        )
        digits = [int(letter) for letter in text or "" if letter in ALL]
        if len(digits) != len(text or ""):
            st.caption(_("Only the digits 0 to 9 can be generated; the rest is left out."))
        return digits[:LONGEST]
    names = datasets.CLASS_NAMES[dataset]
    default = [names[1], names[3], names[7], names[8]]
    picked = controls.several(
        _("Classes"), controls.classes(dataset), "classes", default=default, width=460
    )
    return [names.index(name) for name in picked]


def choose_all(dataset: str) -> None:
    """Ask for each class once."""
    if dataset == "mnist":
        st.session_state["labels"] = ALL
    else:
        st.session_state["classes"] = list(datasets.CLASS_NAMES[dataset])


def choose_count(styled: bool) -> int:
    """How many rows: styles, or draws of every label."""
    label = _("How many styles") if styled else _("How many of each")
    return st.slider(label, 1, 100, 3, key="styles", bind="query-params")


def choose_temperature() -> float:
    """0 to 2; 1 is what was learned."""
    return controls.temperature(_("Spread of what is drawn: 0 is the middle one, 1 is as learned."))


def choose_styles(dataset: str, name: str, count: int) -> Tensor | None:
    """Styles (S, D): `count` of a seed, or the one of an image."""
    model = models.model(dataset, name)
    ways = {"seed": _("Of a seed"), "image": _("Of an image")}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        way = controls.choice(_("Style"), ways, "style")
        if way == "seed":
            seed = controls.seed("seed", _("Style seed"))
            return generation.styles(dataset, count, seed, model=model)
    one = image_selection.one(dataset)
    if one is None:
        return None
    st.caption(
        _("Read as {name}, {given}; what is left of the image is its style.").format(
            name=one.names(dataset)[0], given=one.given()
        )
    )
    return generation.style_of(dataset, one.x, one.label, model=model)


def judged(dataset: str, images: Tensor, labels: list[int] | None, titles: list[str]) -> Generated:
    """Images (R * L, 1, 28, 28), row by row, with the judge's opinion of each."""
    opinions = inference.opinions(models.model(dataset, "judge"), images)
    shape = (len(titles), len(images) // len(titles))
    seen = opinions[: shape[1]].argmax(1).tolist()
    return Generated(
        seen if labels is None else labels,
        labels is not None,
        datasets.to_pixels(images).reshape(*shape, 28, 28),
        opinions.numpy().reshape(*shape, 10),
        titles,
        [""] * len(titles),
    )


def sheet(dataset: str, generated: Generated, *, real: bool, copying: bool) -> None:
    """The rows, the judge's confidence under each picture."""
    rows = []
    for title, note, pixels, opinion in zip(
        generated.titles, generated.notes, generated.pixels, generated.opinions, strict=True
    ):
        captions = [
            image_selection.verdict(dataset, p, label)
            for p, label in zip(opinion, generated.labels, strict=True)
        ]
        rows.append(Row(title, pixels, note=note, captions=captions))
        if copying:
            rows.append(nearest_row(dataset, pixels))
    if real:
        rows.append(real_row(dataset, generated.labels))
    picture_sheet(rows, key="generated", largest=112)
    st.caption(_("Under each picture: the class that the judge sees, and how sure it is."))


def nearest_row(dataset: str, pixels: NDArray[np.uint8]) -> Row:
    """The training picture closest to each generated one."""
    train = image_sets.images(dataset, "train")
    index = generation.nearest_pixels(datasets.to_tensor(pixels), train.pixels)
    found = train.pixels[index.numpy()]
    distance = np.sqrt(((found / 255.0 - pixels / 255.0) ** 2).sum(axis=(1, 2)))
    return Row(
        _("Nearest"),
        found,
        note=_("of {count:,} training pictures").format(count=len(train.pixels)),
        captions=[_("distance {d:.1f}").format(d=d) for d in distance],
    )


def real_row(dataset: str, labels: list[int]) -> Row:
    """Test images of the same classes."""
    images = image_sets.images(dataset)
    index = [int(np.flatnonzero(images.labels == label)[i]) for i, label in enumerate(labels)]
    note = _("decoded pictures") if images.decoded else _("test images")
    return Row(_("Real"), images.pixels[index], note=note)


def take_away(dataset: str, generated: Generated) -> None:
    """The images as one PNG sheet, a ZIP of files, or NPZ arrays."""
    if not generated.asked:
        st.caption(_("The labels in the files are the judge's opinion."))
    flat = generated.pixels.reshape(-1, 28, 28)
    labels = generated.labels * len(generated.pixels)
    stem = f"{dataset}-{len(flat)}"
    columns = min(len(generated.labels), LONGEST)
    files = {
        "PNG": (lambda: export.to_png(flat, columns=columns), "image/png"),
        "ZIP": (
            lambda: export.to_zip(flat, labels, datasets.CLASS_NAMES[dataset]),
            "application/zip",
        ),
        "NPZ": (lambda: export.to_npz(flat, labels), "application/octet-stream"),
    }
    controls.downloads(files, stem)
