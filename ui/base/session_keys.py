"""Names for what pages keep in `st.session_state` besides their controls.

A control is kept under its parameter's name. Everything else has a prefix that says whose it
is, so that no two pages share a name by accident and Reset knows what it may forget.
"""


def page_key(page: str, name: str) -> str:
    """Where a page keeps something in the session; Reset on that page forgets it."""
    return f"{page}/{name}"


def lasting_key(page: str, name: str) -> str:
    """Where a page keeps what Reset must not forget, such as whose training runs."""
    return f"{page}:{name}"


def shared_key(name: str) -> str:
    """Where pages keep what they share: the visitor's own image. Reset forgets it."""
    return page_key("shared", name)


def is_control(key: str) -> bool:
    """Whether a key of the session is that of a control, or of an element with events."""
    return not set(key) & set("/:")
