"""The Augmentation page: changes of accuracy, and real and synthetic images."""

import numpy as np
import streamlit as st
import torch
from numpy.typing import NDArray
from torch import nn

from ae_models import datasets, inference
from ae_models.tasks import generation
from ae_models.tasks.augmentation import methods
from ae_models.tasks.augmentation import study as task
from ae_models.tasks.augmentation.study import (
    AFFINE,
    MULTIPLES,
    OWN,
    SHIPPED_CVAE,
    Curves,
    Gain,
)
from ui.base.language import _
from ui.cache import image_sets, models
from ui.components.picture_sheet import Row, picture_sheet
from ui.views.augmentation import live_cvae, plots
from ui.widgets import controls
from ui.widgets.available_models import usable
from ui.widgets.plotly_chart import chart

CLASSIFIER = "judge"
SHOWN = 20  # synthetic images per class given to the reference classifier; two are shown
MOST = max(MULTIPLES)


def names() -> dict[str, str]:
    """The kinds of added images, in the visitor's language."""
    return {
        OWN: _("CVAE of these images"),
        SHIPPED_CVAE: _("Shipped CVAE, trained on all labels"),
        AFFINE: _("Affine augmentation"),
    }


def choose_size() -> int:
    """Control for the number of real images per class."""
    sizes = {str(size): f"{size:,}" for size in task.SIZES}
    return int(controls.choice(_("Real images per class"), sizes, "known"))


def accuracy_chart(curves: Curves, size: int) -> None:
    """Test accuracy by number of added images, for one number of real images."""
    point = curves.points[size]
    lines = {name: list(point.synthetic[method].values()) for method, name in names().items()}
    texts = (_("added images per real image"), _("test accuracy"), _("nothing added"))
    figure = plots.accuracy_curves(MULTIPLES, lines, point.nothing, texts)
    alt = _("Test accuracy by number of added images, {size:,} real images per class")
    chart(figure, key="accuracy", alt=alt.format(size=size))
    st.caption(
        _(
            "Mean and standard deviation over {draws} splits with different real images, on "
            "{images:,} original test images. The classifier has one hidden layer of {units} units "
            "and is trained for {steps:,} steps with batch size {batch}, whatever the size of the "
            "training set."
        ).format(
            draws=len(point.nothing),
            images=curves.images,
            units=methods.UNITS,
            steps=methods.steps(10 * size),
            batch=methods.BATCH,
        )
    )


def in_points(gain: Gain) -> str:
    """A gain with its 95% interval, in percentage points."""
    return f"{100 * gain.mean:+z.1f} ± {100 * gain.error:.1f}".replace("-", "−")


def verdict(gain: Gain) -> str:
    """Whether the gain differs from 0, and in which direction."""
    if not gain.significant:
        return _("no significant difference over {draws} splits").format(draws=gain.draws)
    return _("improves accuracy") if gain.mean > 0 else _("reduces accuracy")


def answer(curves: Curves, size: int) -> None:
    """The change of accuracy for one number of real images, in words."""
    point = curves.points[size]
    lines = []
    for method, name in names().items():
        gain = task.gain(point, method, MOST)
        lines.append(
            _("- **{name}**: {gain}; **{verdict}**.").format(
                name=name, gain=in_points(gain), verdict=verdict(gain)
            )
        )
        if method == SHIPPED_CVAE:
            lines[-1] += " " + _(
                "It was trained on the labels of {count:,} images, so the classifier gains from "
                "far more labels than those of the real images."
            ).format(count=curves.shipped_labels)
    beside = task.gain(point, OWN, MOST, over=AFFINE)
    st.markdown(
        _(
            "With {size:,} real images per class the test accuracy is **{nothing:.1%}**. Adding "
            "{most} images per real image changes it by, in percentage points with 95% "
            "interval:"
        ).format(size=size, nothing=np.mean(point.nothing), most=MOST)
        + "\n"
        + "\n".join(lines)
        + "\n\n"
        + _(
            "The CVAE of these images compared with affine augmentation of as many: {gain}; "
            "**{verdict}**."
        ).format(gain=in_points(beside), verdict=verdict(beside))
    )


def table(curves: Curves) -> None:
    """The gain of each method, for all numbers of real and of added images."""
    shown: dict[str, list[str]] = {
        title: []
        for title in (
            _("real per class"),
            _("added per real image"),
            _("nothing added"),
            *names().values(),
        )
    }
    for size, point in curves.points.items():
        for multiple in MULTIPLES:
            gains = [task.gain(point, method, multiple) for method in names()]
            cells = [f"{size:,}", str(multiple), f"{np.mean(point.nothing):.1%}"]
            cells += [in_points(gain) + (" *" if gain.significant else "") for gain in gains]
            for column, cell in zip(shown.values(), cells, strict=True):
                column.append(cell)
    st.table(shown)
    st.caption(
        _(
            "Change of the test accuracy in percentage points, mean and 95% interval over splits "
            "with the same real images; * where the interval does not contain 0."
        )
    )


def pictures(dataset: str, size: int) -> None:
    """Real images of a split beside synthetic images for them."""
    images = image_sets.images(dataset, "train")
    draw = controls.seed("draw", _("Split (seed)"))
    count = len(datasets.DATASETS[dataset].classes)
    here = min(size, task.fewest(images, count))
    if here < size:
        st.caption(
            _(
                "The gallery has {here:,} decoded images per class; the CVAE is trained on those."
            ).format(here=here)
        )
    pixels, labels = task.real(images, here, draw)
    requested, there = np.tile(np.arange(count), SHOWN), usable(dataset, [task.SHIPPED, CLASSIFIER])
    classifier = models.model(dataset, CLASSIFIER) if CLASSIFIER in there else None
    rows = [real_row(pixels, here, images.decoded)]
    model = live_cvae.trained(live_cvae.Split(dataset, here, draw), pixels, labels)
    if model is not None:
        generated = methods.generated(model, requested, draw)
        rows += [
            synthetic_row(classifier, names()[OWN], generated),
            nearest_row(generated[:count], pixels),
        ]
    if task.SHIPPED in there:
        generated = methods.generated(models.model(dataset, task.SHIPPED), requested, draw)
        rows.append(synthetic_row(classifier, names()[SHIPPED_CVAE], generated))
    note = _(
        "first row of real images, shifted by up to {shift:g} pixels, rotated by up to {turn:g}°"
    ).format(shift=methods.SHIFT, turn=methods.ROTATION)
    rows.append(Row(names()[AFFINE], methods.affine(pixels[::here], 1, draw), note=note))
    picture_sheet(rows, key="made", largest=72)


def real_row(pixels: NDArray[np.uint8], size: int, decoded: bool) -> Row:
    """Two real images of every class."""
    chosen = [
        size * label + number
        for number in range(min(2, size))
        for label in range(len(pixels) // size)
    ]
    note = _("{count:,} images of the training split{how}").format(
        count=len(pixels), how=_(", decoded") if decoded else ""
    )
    return Row(_("Real"), pixels[chosen], note=note)


def synthetic_row(classifier: nn.Module | None, name: str, generated: NDArray[np.uint8]) -> Row:
    """Two synthetic images of every class, and the agreement of the reference classifier."""
    if classifier is None:
        return Row(name, generated[: len(generated) // SHOWN * 2])
    predicted = inference.class_probabilities(classifier, datasets.to_tensor(generated)).argmax(1)
    count = len(generated) // SHOWN
    requested = torch.arange(count).repeat(SHOWN)
    note = _("reference classifier agrees with the label in {share:.0%} of {count}").format(
        count=len(generated), share=(predicted == requested).float().mean().item()
    )
    return Row(name, generated[: 2 * count], note=note)


def nearest_row(generated: NDArray[np.uint8], real: NDArray[np.uint8]) -> Row:
    """The real image of the split nearest to each synthetic one."""
    index = generation.nearest_pixels(datasets.to_tensor(generated), real).numpy()
    distance = np.sqrt(((generated / 255.0 - real[index] / 255.0) ** 2).sum(axis=(1, 2)))
    return Row(
        _("Nearest real image"),
        real[index],
        note=_("for each image of the first row; Euclidean distance of the pixels"),
        captions=[f"{each:.1f}" for each in distance],
    )
