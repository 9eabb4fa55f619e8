"""Keeps the secret by which the owner of a training steers it, in the visitor's own browser.

A session ends when its page is loaded again or its connection is lost for long. The browser
gives the secret back to the next session that shows the same job; a link never holds it.
"""

from ui.components.register import register

_mount = register(__file__)


def job_secret(job_id: str, secret: str, key: str = "job_secret") -> str:
    """Stores the secret of a job where there is one; else returns what is stored for the job.

    Empty at first: the browser's answer causes another run. It may be anything that a browser
    can send, so check it.
    """
    result = _mount(
        key=key, width="content", data={"id": job_id, "secret": secret}, on_secret_change=_ignore
    )
    return result.secret if isinstance(result.secret, str) else ""


def _ignore() -> None:
    """The component's state needs a callback to exist; the value is read from the result."""
