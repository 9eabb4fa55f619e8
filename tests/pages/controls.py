"""The controls of any page: other values for them, and their values as they stand in an address."""

from typing import Any

from streamlit.testing.v1 import AppTest

from ui.base.url_state import slug

SETS_OTHERS = ("story",)  # a control that puts values into the others, one hand at a time


def widgets(at: AppTest) -> list[Any]:
    """The controls of a page, without the frame's."""
    kinds = (
        at.main.slider,
        at.main.select_slider,
        at.main.number_input,
        at.main.get("button_group"),
        at.main.toggle,
        at.main.checkbox,
        at.main.text_input,
        at.main.multiselect,
        at.main.selectbox,
    )
    return [widget for kind in kinds for widget in kind]


def another(widget: Any) -> Any:
    """A value of the widget that it does not have, or None where it has only one."""
    value = widget.value
    if widget.type == "slider":
        return widget.min if value != widget.min else widget.max
    if widget.type == "number_input":
        return value + 1
    if widget.type in ("toggle", "checkbox"):
        return not value
    if widget.type == "text_input":
        return value[::-1]
    names = list(dict.fromkeys(widget.options))
    if isinstance(value, list):
        return value[1:] if value else names[:1]
    if widget.type == "selectbox" and widget.value is not None:  # options as they are shown
        return next((name for name in names if name != widget.options[widget.index]), None)
    if widget.type in ("selectbox", "select_slider"):
        return next((name for name in names if name != str(value)), None)
    return None  # a choice, which is written through the address


def in_address(value: Any) -> str | list[str]:
    """A value as it stands in the address: of a choice, its key."""
    if isinstance(value, list):
        return [slug(str(each)) for each in value] or [""]
    return slug(value) if isinstance(value, str) else str(value).lower()


def parameter(widget: Any) -> str:
    """The name of a widget's value in the address; groups `name/part` share one."""
    return str(widget.key).partition("/")[0]


def address_of(at: AppTest, moved: list[str]) -> dict[str, str | list[str]]:
    """The address that gives widgets of these keys the values that they have on a page."""
    texts = {widget.key for widget in at.main.text_input}
    address: dict[str, str | list[str]] = {}
    parts: dict[str, list[str]] = {}
    for key in moved:
        value = at.session_state[key]
        if "/" in key:
            parts.setdefault(key.partition("/")[0], []).extend(value)
        else:
            address[key] = value if key in texts else in_address(value)
    return address | {name: in_address(value) for name, value in parts.items()}
