"""The Augmentation page's pieces: what adding images changed, and what the images look like."""

import numpy as np
import streamlit as st
import torch
from numpy.typing import NDArray
from torch import nn

from ae_models import datasets, inference
from ae_models.tasks import generation
from ae_models.tasks.augmentation import methods
from ae_models.tasks.augmentation import study as task
from ae_models.tasks.augmentation.study import MOVED, MULTIPLES, OWN, TOLD, Curves, Gain
from ui.base.language import _
from ui.base.session_keys import page_key
from ui.cache import image_sets, models
from ui.components.picture_sheet import Row, picture_sheet
from ui.views.augmentation import cache, plots
from ui.widgets import controls
from ui.widgets.available_models import usable
from ui.widgets.plotly_chart import chart

JUDGE = "judge"
STOPPED = page_key("augmentation", "stopped")  # the training that is not wanted
SHOWN = 20  # made images a class that the judge looks at; two of them are shown
MOST = max(MULTIPLES)


def names() -> dict[str, str]:
    """The kinds of made images, in words."""
    return {
        OWN: _("CVAE of these images"),
        TOLD: _("Shipped CVAE, told all labels"),
        MOVED: _("Moved and turned"),
    }


def choose_size() -> int:
    """How many real images a class there are."""
    sizes = {str(size): f"{size:,}" for size in task.SIZES}
    return int(controls.choice(_("Real images a class"), sizes, "known"))


def accuracy_chart(curves: Curves, size: int) -> None:
    """Accuracy against how many are added, for one number of real images."""
    point = curves.points[size]
    lines = {name: list(point.made[kind].values()) for kind, name in names().items()}
    texts = (_("made images for each real one"), _("test accuracy"), _("nothing added"))
    figure = plots.accuracy_curves(MULTIPLES, lines, point.nothing, texts)
    alt = _("Test accuracy against the number of images added, {size:,} real images a class")
    chart(figure, key="accuracy", alt=alt.format(size=size))
    st.caption(
        _(
            "Mean and standard deviation of {draws} draws, each of other real images; on "
            "{images:,} original test images. The classifier has one layer of {units} units and "
            "learns for {steps:,} steps of {batch} images, however many there are: what is added "
            "takes the turn of real ones."
        ).format(
            draws=len(point.nothing),
            images=curves.images,
            units=methods.UNITS,
            steps=methods.steps(10 * size),
            batch=methods.BATCH,
        )
    )


def in_points(gain: Gain) -> str:
    """A gain with its 95 % interval, in percentage points."""
    return f"{100 * gain.mean:+.1f} ± {100 * gain.error:.1f}"


def verdict(gain: Gain) -> str:
    """What the draws say."""
    if not gain.sure:
        return _("makes no difference that {draws} draws can tell").format(draws=gain.draws)
    return _("helps") if gain.mean > 0 else _("harms")


def answer(curves: Curves, size: int) -> None:
    """What the curves say of one number of real images."""
    point = curves.points[size]
    lines = []
    for kind, name in names().items():
        gain = task.gain(point, kind, MOST)
        lines.append(
            _("- **{name}**: {gain}; it **{verdict}**.").format(
                name=name, gain=in_points(gain), verdict=verdict(gain)
            )
        )
        if kind == TOLD:
            lines[-1] += " " + _(
                "It has learned from the labels of {count:,} images, so this is not a small set: "
                "the images carry over what it was told."
            ).format(count=curves.told)
    beside = task.gain(point, OWN, MOST, over=MOVED)
    st.markdown(
        _(
            "With {size:,} real images a class the classifier names **{nothing:.1%}** of the test "
            "images. {most} made ones for each change that by, in percentage points:"
        ).format(size=size, nothing=np.mean(point.nothing), most=MOST)
        + "\n"
        + "\n".join(lines)
        + "\n\n"
        + _(
            "Taking those of the CVAE of these images instead of as many moved and turned ones: "
            "{gain}; it **{verdict}**."
        ).format(gain=in_points(beside), verdict=verdict(beside))
    )


def table(curves: Curves) -> None:
    """What each kind changes, for all numbers of real images and of made ones."""
    shown: dict[str, list[str]] = {
        title: []
        for title in (_("real a class"), _("made for each"), _("nothing added"), *names().values())
    }
    for size, point in curves.points.items():
        for multiple in MULTIPLES:
            gains = [task.gain(point, kind, multiple) for kind in names()]
            cells = [f"{size:,}", str(multiple), f"{np.mean(point.nothing):.1%}"]
            cells += [in_points(gain) + (" *" if gain.sure else "") for gain in gains]
            for column, cell in zip(shown.values(), cells, strict=True):
                column.append(cell)
    st.dataframe(shown, hide_index=True, height="content", key="gains")
    st.caption(
        _(
            "Change of the accuracy in percentage points, with the 95 % interval of its mean over "
            "draws of the same real images; * where that leaves out 0."
        )
    )


def pictures(dataset: str, size: int) -> None:
    """Real images of a draw beside those that are made for them."""
    images = image_sets.images(dataset, "train")
    draw = controls.seed("draw", _("Draw number"))
    count = len(datasets.DATASETS[dataset].classes)
    here = min(size, task.fewest(images, count))
    if here < size:
        st.caption(
            _(
                "There are {here:,} decoded pictures of every class: the CVAE learns from those."
            ).format(here=here)
        )
    pixels, labels = task.real(images, here, draw)
    wanted, there = np.tile(np.arange(count), SHOWN), usable(dataset, [task.SHIPPED, JUDGE])
    judge = models.model(dataset, JUDGE) if JUDGE in there else None
    rows = [real_row(pixels, here, images.decoded)]
    model = own(dataset, here, draw, pixels, labels)
    if model is not None:
        made = methods.generated(model, wanted, draw)
        rows += [made_row(judge, names()[OWN], made), nearest_row(made[:count], pixels)]
    if task.SHIPPED in there:
        made = methods.generated(models.model(dataset, task.SHIPPED), wanted, draw)
        rows.append(made_row(judge, names()[TOLD], made))
    note = _("the first row of real ones, by up to {shift:g} pixels and {turn:g}°").format(
        shift=methods.SHIFT, turn=methods.TURN
    )
    rows.append(Row(names()[MOVED], methods.moved(pixels[::here], 1, draw), note=note))
    picture_sheet(rows, key="made", largest=72)


def real_row(pixels: NDArray[np.uint8], size: int, decoded: bool) -> Row:
    """Two real images of every class."""
    chosen = [
        size * label + number
        for number in range(min(2, size))
        for label in range(len(pixels) // size)
    ]
    note = _("{count:,} images of the training split{how}").format(
        count=len(pixels), how=_(", on decoded pictures") if decoded else ""
    )
    return Row(_("Real"), pixels[chosen], note=note)


def made_row(judge: nn.Module | None, name: str, made: NDArray[np.uint8]) -> Row:
    """Two made images of every class, and in how many of all the judge sees the label."""
    if judge is None:
        return Row(name, made[: len(made) // SHOWN * 2])
    opinion = inference.class_probabilities(judge, datasets.to_tensor(made)).argmax(1)
    count = len(made) // SHOWN
    wanted = torch.arange(count).repeat(SHOWN)
    note = _("the judge sees the label in {share:.0%} of {count}").format(
        count=len(made), share=(opinion == wanted).float().mean().item()
    )
    return Row(name, made[: 2 * count], note=note)


def nearest_row(made: NDArray[np.uint8], real: NDArray[np.uint8]) -> Row:
    """The real image of the draw closest to each made one."""
    index = generation.nearest_pixels(datasets.to_tensor(made), real).numpy()
    distance = np.sqrt(((made / 255.0 - real[index] / 255.0) ** 2).sum(axis=(1, 2)))
    return Row(
        _("Nearest real"),
        real[index],
        note=_("to the first row of them, and how far it is"),
        captions=[f"{each:.1f}" for each in distance],
    )


def own(
    dataset: str, size: int, draw: int, pixels: NDArray[np.uint8], labels: NDArray[np.int64]
) -> nn.Module | None:
    """The small CVAE of a draw; trained with progress where nobody has yet, None if stopped."""
    kept = cache.learned(dataset, size, draw)
    if kept:
        return kept[0]
    this, place = (dataset, size, draw), st.empty()
    if st.session_state.get(STOPPED) == this:
        place.button(_("Train the CVAE of these images"), on_click=stop, args=(None,), key="train")
        return None
    with place.container(horizontal=True, vertical_alignment="center"):
        bar = st.progress(0.0, _("The CVAE learns from {n:,} images").format(n=len(pixels)))
        st.button(_("Stop"), icon=":material/stop:", on_click=stop, args=(this,), key="stop")
    run = methods.untrained(draw, int(labels.max()) + 1)
    for done in methods.learn(run, pixels, labels):
        bar.progress(done, _("The CVAE learns from {n:,} images").format(n=len(pixels)))
    kept.append(run.model)
    place.empty()
    return run.model


def stop(what: tuple[str, int, int] | None) -> None:
    """Remember which training is not wanted."""
    st.session_state[STOPPED] = what
