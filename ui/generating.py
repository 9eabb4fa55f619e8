"""The Generate page's pieces: labels, styles, the sheet, and what is taken away."""

from typing import NamedTuple

import numpy as np
import streamlit as st
import torch
from numpy.typing import NDArray
from torch import Tensor

from ae_models import data, export, inference
from ae_models.tasks import generation
from ui import cached, controls, subject
from ui.components.picture_sheet import Row, picture_sheet
from ui.language import _

LONGEST = 20  # labels in a row
ALL = "0123456789"


class Generated(NamedTuple):
    """S styles by L labels, a style a row."""

    labels: list[int]  # L of them
    pixels: NDArray[np.uint8]  # (S, L, 28, 28)
    opinions: NDArray[np.float32]  # (S, L, 10): the judge's probabilities


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
    names = data.CLASS_NAMES[dataset]
    picked = st.multiselect(
        _("Classes"),
        list(names),
        default=[names[1], names[3], names[7], names[8]],
        format_func=_,
        key="classes",
        width=460,
        bind="query-params",
    )
    return [names.index(name) for name in picked if name in names]


def choose_all(dataset: str) -> None:
    """Ask for each class once."""
    if dataset == "mnist":
        st.session_state["labels"] = ALL
    else:
        st.session_state["classes"] = list(data.CLASS_NAMES[dataset])


def choose_styles(dataset: str, count: int) -> Tensor | None:
    """Styles (S, D): `count` of a seed, or the one of an image."""
    ways = {"seed": _("Of a seed"), "image": _("Of an image")}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        way = controls.choice(_("Style"), ways, "style")
        if way == "seed":
            seed = controls.seed("seed", _("Style seed"))
            return generation.styles(dataset, count, seed, model=model(dataset))
    one = subject.one(dataset)
    if one is None:
        return None
    st.caption(
        _("Read as {name}, {given}; what is left of the image is its style.").format(
            name=one.names(dataset)[0], given=one.given()
        )
    )
    return generation.style_of(dataset, one.x, one.label, model=model(dataset))


def model(dataset: str) -> torch.nn.Module:
    """The sampler, shared."""
    return cached.model(dataset, generation.SAMPLER)


def compute(dataset: str, labels: list[int], styles: Tensor, temperature: float) -> Generated:
    """Every label in every style, with the judge's opinion of each."""
    asked = torch.tensor(labels).repeat(len(styles))  # (S * L,)
    style = styles.repeat_interleave(len(labels), dim=0)  # (S * L, D)
    images = generation.in_styles(
        dataset, asked, style, temperature=temperature, model=model(dataset)
    )
    opinions = inference.opinions(cached.model(dataset, "judge"), images)
    shape = (len(styles), len(labels))
    return Generated(
        labels,
        data.to_pixels(images).reshape(*shape, 28, 28),
        opinions.numpy().reshape(*shape, 10),
    )


def sheet(dataset: str, generated: Generated, *, real: bool, copying: bool) -> None:
    """A row a style, the judge's confidence under each picture."""
    rows = []
    for number, (pixels, opinion) in enumerate(
        zip(generated.pixels, generated.opinions, strict=True), start=1
    ):
        captions = [
            verdict(dataset, p, label) for p, label in zip(opinion, generated.labels, strict=True)
        ]
        title = _("Style {number}").format(number=number)
        rows.append(Row(title, pixels, captions=captions))
        if copying:
            rows.append(nearest_row(dataset, pixels))
    if real:
        rows.append(real_row(dataset, generated.labels))
    picture_sheet(rows, key="generated", largest=112)
    st.caption(_("Under each picture: the class that the judge sees, and how sure it is."))


def verdict(dataset: str, opinion: NDArray[np.float32], label: int) -> str:
    """The judge's class and confidence; marked where it is not what was asked for."""
    seen = int(opinion.argmax())
    mark = "" if seen == label else "≠ "
    return f"{mark}{_(data.CLASS_NAMES[dataset][seen])} {100 * opinion[seen]:.0f} %"


def nearest_row(dataset: str, pixels: NDArray[np.uint8]) -> Row:
    """The training picture closest to each generated one."""
    train = cached.images(dataset, "train")
    index = generation.nearest(data.to_tensor(pixels), cached.training_tensor(dataset))
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
    images = cached.images(dataset)
    index = [int(np.flatnonzero(images.labels == label)[i]) for i, label in enumerate(labels)]
    note = _("decoded pictures") if images.decoded else _("test images")
    return Row(_("Real"), images.pixels[index], note=note)


def take_away(dataset: str, generated: Generated) -> None:
    """The images as one PNG sheet, a ZIP of files, or NPZ arrays."""
    flat = generated.pixels.reshape(-1, 28, 28)
    labels = generated.labels * len(generated.pixels)
    stem = f"{dataset}-{len(flat)}"
    columns = len(generated.labels)
    files = {
        "PNG": (lambda: export.to_png(flat, columns=columns), "image/png"),
        "ZIP": (lambda: export.to_zip(flat, labels, data.CLASS_NAMES[dataset]), "application/zip"),
        "NPZ": (lambda: export.to_npz(flat, labels), "application/octet-stream"),
    }
    with st.container(horizontal=True):
        for kind, (content, mime) in files.items():
            st.download_button(
                kind,
                content,
                f"{stem}.{kind.lower()}",
                mime,
                icon=":material/download:",
                on_click="ignore",
                key=f"download_{kind}",
            )


def figures(dataset: str) -> None:
    """What the sampler's card says of it."""
    card = cached.card_of(dataset, generation.SAMPLER)
    judge = cached.card_of(dataset, "judge")
    if card.test is None or judge.test is None:
        return
    values = card.test.values
    st.markdown(
        _(
            "Of {count:,} images at temperature 1 the judge agrees with the label asked for on "
            "**{agreement:.1%}** (on real test images: {accuracy:.1%}). Two images of one class "
            "differ **{diversity:.2f}** times as much as two real ones. Fréchet distance in the "
            "judge's features: {frechet:.1f}; between two halves of the real images: {floor:.1f}."
        ).format(
            count=card.test.images,
            agreement=values["agreement"],
            accuracy=judge.test.values["accuracy"],
            diversity=values["diversity"],
            frechet=values["frechet"],
            floor=values["frechet_floor"],
        )
    )
