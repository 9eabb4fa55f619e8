"""The way to an input image: pick one of the data set, draw one, or upload one."""

from collections.abc import Callable

import numpy as np
import streamlit as st

from ui.base.language import _, said
from ui.base.session_keys import shared_key
from ui.base.url_state import generation, given
from ui.components.copy_link import link_extra
from ui.components.drawing_pad import drawing_pad, ink_of
from ui.components.picture_sheet import Row, picture_sheet
from ui.widgets.controls import choice, dataset

LINKED = shared_key("linked")  # the image that a copied link brought along


def source_image(
    pick: Callable[[int], np.ndarray] | None = None, count: int = 10_000, *, key: str = "source"
) -> np.ndarray | None:
    """An image as the models get it, uint8 (28, 28), or None where there is none (yet).

    `pick` turns a number below `count` into an image of the data set; without it, picking
    returns None and the page shows its own selection. A drawn or uploaded image stays
    with the visitor from page to page and goes into the copied link.
    """
    ways = {"pick": _("From the data set"), "draw": _("Draw"), "upload": _("Upload")}
    how = choice(_("Image"), ways, key)
    if how == "pick":
        return pick(_number(count, f"{key}_number")) if pick else None
    with st.container(horizontal=True, gap="small"):
        with st.container(width="content"):
            image = _drawn(key) if how == "draw" else _uploaded(key)
        with st.container(width=220, gap=None):
            if image is None:
                return None
            return _shown(image, key)


def picks(key: str = "source") -> bool:
    """Whether the image is one of the data set; before the first run by the address."""
    once = len(st.query_params.get_all(key)) == 1
    found = given(key, ("pick", "draw", "upload")) if once else []
    return bool(st.session_state.get(key, found[0] if found else "pick") == "pick")


def _number(count: int, key: str) -> int:
    return int(
        st.number_input(_("Image number"), 0, count - 1, 0, key=key, width=160, bind="query-params")
    )


def _shown(image: np.ndarray, key: str) -> np.ndarray:
    """Shows the image in the 16 grey levels that a link can hold, and returns it."""
    from ae_models.images import preparation

    text = preparation.to_text(image)
    image = preparation.from_text(text)
    row = Row(_("Model input"), image[None], note=_("28×28 pixels"))
    picture_sheet([row], key=f"{key}_seen", largest=140)
    link_extra("img", text)
    return image


def _drawn(key: str) -> np.ndarray | None:
    from ae_models.images import preparation

    # It survives the change of page, which the pad's own value does not.
    slot = shared_key(f"{key}_ink")
    linked = _linked()
    start = st.session_state.get(slot) or (ink_of(linked) if linked is not None else "")
    value = drawing_pad(f"{key}_pad_{generation()}", ink=str(start))
    if value is None:
        value = st.session_state.get(slot)
        if value is None:
            return linked
    elif value != st.session_state.get(slot):
        _forget_link()
    try:
        image = preparation.from_drawing(value, dataset()) if value else None
    except preparation.PictureError as error:
        st.warning(said(error))
        return None
    st.session_state[slot] = value
    return image


def _uploaded(key: str) -> np.ndarray | None:
    from ae_models.images import preparation

    slot = shared_key(f"{key}_upload")
    file = st.file_uploader(
        _("PNG, JPEG or WebP"),
        type=["png", "jpg", "jpeg", "webp"],
        key=f"{key}_file_{generation()}",
    )
    if file is None:
        kept: np.ndarray | None = st.session_state.get(slot)
        return _linked() if kept is None else kept
    _forget_link()
    try:
        image = preparation.from_upload(file.getvalue(), dataset())
    except preparation.PictureError as error:
        st.warning(said(error))
        return None
    st.session_state[slot] = image
    return image


def _linked() -> np.ndarray | None:
    """The image that a copied link brought along."""
    from ae_models.images import preparation

    text = st.query_params.get("img")
    if text is None:
        kept: np.ndarray | None = st.session_state.get(LINKED)
        return kept
    try:
        st.session_state[LINKED] = preparation.from_text(text)
    except preparation.PictureError as error:
        del st.query_params["img"]
        st.session_state.pop(LINKED, None)
        st.warning(said(error))
        return None
    return np.array(st.session_state[LINKED])


def _forget_link() -> None:
    st.session_state.pop(LINKED, None)
    if "img" in st.query_params:
        del st.query_params["img"]
