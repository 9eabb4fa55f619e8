"""A button that copies the address of exactly this view.

The bound controls are in the address already. What is too long for it, or is no control,
is added by `link_extra`, which any page, fragment or control may call: it lives in the
browser, so the button needs no rerun to know of it.
"""

from collections.abc import Sequence

from ui.base.language import _
from ui.components.register import register

_mount = register(__file__)


def copy_link(held: Sequence[str], key: str = "copy_link") -> None:
    """The button. It shows the link to copy by hand where the browser has no clipboard.

    Page links opened in a new tab keep the parameters named in `held`.
    """
    _mount(
        key=key,
        width="content",
        data={
            "button": _("Copy link to this view"),
            "copied": _("Link copied"),
            "held": " ".join(held),  # for a list Streamlit would import pandas
            "by_hand": _("Copy this link"),
        },
    )


def link_extra(name: str, value: str) -> None:
    """Adds `name=value` to the copied link for as long as this call is part of the page."""
    _mount(key=f"link_extra_{name}", width="content", data={"name": name, "value": value})
