"""One image through one model, live: input, code as bars, output."""

import streamlit as st

from ae_models import datasets, inference, metrics
from ae_models.pipeline import previews
from ui.base.language import _
from ui.base.model_titles import model_title, model_titles
from ui.cache import image_sets, models
from ui.components.picture_sheet import Row, picture_sheet
from ui.plots import basic
from ui.widgets import controls, image_input, image_selection
from ui.widgets.available_models import usable
from ui.widgets.plotly_chart import chart


def live(dataset: str) -> None:
    """The controls and the image; by default the first test image."""
    examples = st.container()
    coding = models.available(dataset, "codes")
    names = [name for name in coding if name in controls.SIX] or coding
    default = previews.MODEL if previews.MODEL in names else names[0]
    name = controls.choice(_("Variant"), model_titles(names), "model", default=default)
    if not usable(dataset, [name]):
        return
    with examples:
        pick_example(dataset, name)
    with st.container(horizontal=True, vertical_alignment="top", gap="small"):
        one = image_selection.one(dataset)
    if one is not None:
        through(dataset, name, one)


def pick_example(dataset: str, name: str) -> None:
    """One test image of each class and its reconstruction; a click chooses it."""
    images = image_sets.images(dataset)
    number = previews.first_of_each_class(images.labels)
    strip = image_selection.SelectedImages(
        images.pixels[number], images.labels[number], predicted=False
    )
    model = models.model(dataset, name)
    label = strip.label if models.needs_label(dataset, name) else None
    x_hat = datasets.to_pixels(inference.reconstruct(model, strip.x, label))
    chosen = picked_number(len(images.pixels))
    picked = image_input.picks() and chosen in number
    click = picture_sheet(
        [Row(_("Input"), strip.pixels), Row(_("Reconstruction"), x_hat)],
        key="examples",
        selectable=True,
        selected=(0, number.tolist().index(chosen)) if picked else None,
    )
    if click is not None:
        st.session_state["source_number"] = int(number[click[1]])
        st.session_state["source"] = "pick"


def picked_number(count: int) -> int:
    """The image that the control below has or, on a first visit, will take from the address."""
    try:
        number = int(st.session_state.get("source_number", st.query_params.get("source_number", 0)))
    except ValueError:
        return 0
    return number if 0 <= number < count else 0


def through(dataset: str, name: str, one: image_selection.SelectedImages) -> None:
    """One image, its code and its reconstruction side by side, with their figures."""
    model = models.model(dataset, name)
    label = one.label if models.needs_label(dataset, name) else None
    z = inference.encode(model, one.x, label)
    x_hat = inference.decode(model, z, label)
    quality = metrics.psnr(x_hat, one.x).item()
    left, middle, right = st.columns([1, 2.4, 1], vertical_alignment="center")
    with left:
        picture_sheet([Row(_("Input, 784 pixels"), one.pixels)], key="in", largest=220)
    with middle:
        title = _("Latent code, {count} dimensions").format(count=z.shape[1])
        chart(basic.code_bars(z[0].numpy(), title), key="code", alt=title)
    with right:
        note = _("{psnr:.1f} dB").format(psnr=quality)
        picture_sheet(
            [Row(_("Reconstruction"), datasets.to_pixels(x_hat), note=note)], key="out", largest=220
        )
    if label is not None:
        st.caption(f"{model_title(name)}: {one.given()}, {one.names(dataset)[0]}")
