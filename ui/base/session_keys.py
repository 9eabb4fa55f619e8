"""Names for what pages keep in `st.session_state` besides their controls.

A control is kept under its parameter's name. Everything else has a prefix that says whose it
is, so that no two pages share a name by accident and Reset can tell which ones to delete.
"""


def page_key(page: str, name: str) -> str:
    """The key of a value that a page keeps in the session; Reset on that page deletes it."""
    return f"{page}/{name}"


def lasting_key(page: str, name: str) -> str:
    """The key of a value that Reset keeps, such as the ticket of a training."""
    return f"{page}:{name}"


def shared_key(name: str) -> str:
    """The key of a value that pages share, such as the visitor's own image; Reset deletes it."""
    return page_key("shared", name)


def is_control(key: str) -> bool:
    """Whether a key of the session is that of a control, or of an element with events."""
    return not set(key) & set("/:")
