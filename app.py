"""The ASGI app around ui/shell/front.py: security headers, warm-up, and errors of a page.

`streamlit run app.py` finds `app` by itself. The visitor's first page must not wait for
torch, so nothing here imports it; ui/shell/warmup.py does, in a thread of its own.
"""

import importlib
import logging
import os
import pkgutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import streamlit as st
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ae_models.artifacts.card import CheckpointError, NotTrained

# Imported before the server answers, though only pages need them: they are light, and the
# first visitor need not wait for them.
from ae_models.pipeline import previews  # noqa: F401
from ui.base.language import _, said
from ui.base.pages import PAGES
from ui.base.sprite_sheets import SPRITE_ROUTE
from ui.browser_inference import routes
from ui.shell import data_source_note, warmup  # noqa: F401

_log = logging.getLogger(__name__)

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        # blob: is how Streamlit loads the scripts of components; plotly compiles WebGL helpers.
        "script-src 'self' blob: 'unsafe-inline' 'unsafe-eval' 'wasm-unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "media-src 'self' data: blob:",
        "connect-src 'self' ws: wss: data: blob:",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
    )
)  # No frame-ancestors: `?embed=true` may be framed anywhere.

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
}


class SecurityHeaders:
    """Adds HEADERS to every HTTP answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, send_with_headers if scope["type"] == "http" else send)


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    """Starts to load models when the server starts; with AE_WARM_UP=models, nothing else."""
    whole = os.environ.get("AE_WARM_UP") != "models"
    warmup.start(first_views if whole else tuple)
    yield


def first_views() -> list[warmup.FirstView]:
    """`compute` of every `ui/views/<page>/first_view.py`, in menu order; imports all views."""
    found = []
    for page in PAGES:
        views = importlib.import_module(f"ui.views.{page}")
        parts = {
            part.name: importlib.import_module(f"{views.__name__}.{part.name}")
            for part in pkgutil.iter_modules(views.__path__)
        }
        if "first_view" in parts:
            found.append(parts["first_view"].compute)
    return found


def show_error(error: Exception) -> bool:
    """Shows one sentence instead of a traceback, which goes to the log; True: it is handled."""
    if isinstance(error, CheckpointError):  # its sentence names the file and what restores it
        untrained = isinstance(error, NotTrained)
        _log.log(logging.INFO if untrained else logging.ERROR, "%s", error)
        (st.info if untrained else st.error)(said(error))
        return True
    _log.error("A page failed.", exc_info=error)
    st.error(
        _(
            "Something went wrong here; it has been logged, and your settings are kept. "
            "Change a control, or press Reset."
        )
    )
    return True


def under_base_path(own: Sequence[Route]) -> list[Route]:
    """Routes of ours, also below `server.baseUrlPath`: Streamlit prefixes only its own.

    A proxy may cut the path off before a request comes here, so they stay where they were too.
    """
    base = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return [*own, *(Route(f"/{base}{route.path}", route.endpoint) for route in own if base)]


app = st.App(
    "ui/shell/front.py",
    lifespan=lifespan,
    on_script_error=show_error,
    routes=under_base_path([SPRITE_ROUTE, *routes.ROUTES]),
    middleware=[Middleware(SecurityHeaders)],
)
