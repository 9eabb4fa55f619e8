"""The Generate page's labels, styles, image sheet and downloads; its models are in `samplers`."""

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


class Generated(NamedTuple):
    """R rows of L images."""

    labels: list[int]  # L: the requested classes, else those predicted for the first row
    conditional: bool  # whether the labels were requested
    pixels: NDArray[np.uint8]  # (R, L, 28, 28)
    probabilities: NDArray[np.float32]  # (R, L, C), of the reference classifier
    titles: list[str]  # R
    notes: list[str]  # R, below the titles


def choose_labels(dataset: str) -> list[int]:
    """The labels in the order of the images: typed digits, or classes chosen by name."""
    record = datasets.DATASETS[dataset]
    names = record.classes
    if record.typed:
        text = st.text_input(
            _("Labels"),
            "".join(names[label] for label in record.first_labels),
            max_chars=LONGEST,
            key="labels",
            bind="query-params",
        )
        labels = [names.index(letter) for letter in text or "" if letter in names]
        if len(labels) != len(text or ""):
            about = _("Only the classes {names} can be generated; other characters are ignored.")
            st.caption(about.format(names=" ".join(names)))
        return labels[:LONGEST]
    first = [str(label) for label in record.first_labels]
    picked = controls.several(
        _("Classes"), controls.classes(dataset), "classes", default=first, width=460
    )
    return [int(label) for label in picked]


def choose_all(dataset: str) -> None:
    """Every class once."""
    record = datasets.DATASETS[dataset]
    if record.typed:
        st.session_state["labels"] = "".join(record.classes)[:LONGEST]
    else:
        st.session_state["classes"] = list(controls.classes(dataset))


def choose_count(styled: bool) -> int:
    """The number of rows: styles, or samples of every label."""
    label = _("Number of styles") if styled else _("Images per label")
    return st.slider(label, 1, 100, 3, key="styles", bind="query-params")


def choose_temperature() -> float:
    """0 to 2; 1 samples from the prior."""
    return controls.temperature(
        _(
            "Factor of the standard deviation of the prior: 0 gives its mean, 1 samples from the "
            "prior itself."
        )
    )


def choose_styles(dataset: str, name: str, count: int) -> Tensor | None:
    """Styles (S, D): `count` of a seed, or the one of an image."""
    model = models.model(dataset, name)
    ways = {"seed": _("From a seed"), "image": _("From an image")}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        way = controls.choice(_("Style"), ways, "style")
        if way == "seed":
            seed = controls.seed("seed", _("Style seed"))
            return generation.styles(dataset, count, seed, model=model)
    one = image_selection.one(dataset)
    if one is None:
        return None
    st.caption(
        _("Encoded as {name}, {given}; what the code holds besides the label is the style.").format(
            name=one.names(dataset)[0], given=one.given()
        )
    )
    return generation.style_of(dataset, one.x, one.label, model=model)


def classified(
    dataset: str, images: Tensor, labels: list[int] | None, titles: list[str]
) -> Generated:
    """Images (R * L, 1, 28, 28), row by row, with their class probabilities."""
    probabilities = inference.class_probabilities(models.model(dataset, "judge"), images)
    shape = (len(titles), len(images) // len(titles))
    predicted = probabilities[: shape[1]].argmax(1).tolist()
    return Generated(
        predicted if labels is None else labels,
        labels is not None,
        datasets.to_pixels(images).reshape(*shape, 28, 28),
        probabilities.numpy().reshape(*shape, -1),
        titles,
        [""] * len(titles),
    )


def sheet(dataset: str, generated: Generated, *, real: bool, with_nearest: bool) -> None:
    """The rows, with predicted class and probability below each image."""
    rows = []
    for title, note, pixels, probabilities in zip(
        generated.titles, generated.notes, generated.pixels, generated.probabilities, strict=True
    ):
        captions = [
            image_selection.predicted_class(dataset, p, label)
            for p, label in zip(probabilities, generated.labels, strict=True)
        ]
        rows.append(Row(title, pixels, note=note, captions=captions))
        if with_nearest:
            rows.append(nearest_row(dataset, pixels))
    if real:
        rows.append(real_row(dataset, generated.labels))
    picture_sheet(rows, key="generated", largest=112)
    st.caption(
        _(
            "Below each image: predicted class and probability according to the reference "
            "classifier."
        )
    )


def nearest_row(dataset: str, pixels: NDArray[np.uint8]) -> Row:
    """The training image with the smallest distance to each generated one."""
    train = image_sets.images(dataset, "train")
    index = generation.nearest_pixels(datasets.to_tensor(pixels), train.pixels)
    found = train.pixels[index.numpy()]
    distance = np.sqrt(((found / 255.0 - pixels / 255.0) ** 2).sum(axis=(1, 2)))
    return Row(
        _("Nearest training image"),
        found,
        note=_("of {count:,} training images").format(count=len(train.pixels)),
        captions=[_("distance {d:.1f}").format(d=d) for d in distance],
    )


def real_row(dataset: str, labels: list[int]) -> Row:
    """Test images of the same classes."""
    images = image_sets.images(dataset)
    index = [int(np.flatnonzero(images.labels == label)[i]) for i, label in enumerate(labels)]
    note = _("decoded images") if images.decoded else _("test images")
    return Row(_("Real"), images.pixels[index], note=note)


def download(dataset: str, generated: Generated) -> None:
    """The images as one PNG sheet, a ZIP of files, or NPZ arrays."""
    if not generated.conditional:
        st.caption(_("The labels in the files are predictions of the reference classifier."))
    flat = generated.pixels.reshape(-1, 28, 28)
    labels = generated.labels * len(generated.pixels)
    stem = f"{dataset}-{len(flat)}"
    columns = min(len(generated.labels), LONGEST)
    files = {
        "PNG": (lambda: export.to_png(flat, columns=columns), "image/png"),
        "ZIP": (
            lambda: export.to_zip(flat, labels, datasets.DATASETS[dataset].classes),
            "application/zip",
        ),
        "NPZ": (lambda: export.to_npz(flat, labels), "application/octet-stream"),
    }
    controls.downloads(files, stem)
