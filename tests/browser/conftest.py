"""A running app and a Chromium to look at it with.

Without a browser these tests are skipped with a line that says why; where CI is set they fail.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, WebSocket, expect, sync_playwright

from tests.conftest import missing
from ui.browser_inference import runtime_files

ROOT = Path(__file__).resolve().parents[2]
# The shell without a window takes a third less processor time, with the same engine.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = (
    "--no-sandbox",
    "--use-gl=swiftshader",
    "--enable-webgl",
    "--ignore-gpu-blocklist",
    "--disable-background-networking",
)
QUICK = {"AE_WARM_UP": "models"}  # first views would take the processor from the tests
PATIENCE = 60.0  # seconds for a server to become healthy; a build machine may be busy
expect.set_options(timeout=30_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder carries the marker `browser`."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("browser")


@pytest.fixture(scope="session")
def start_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., str]]:
    """Starts the app on a free port and returns its address.

    `env` changes its environment; `below` is the base path that this gives it.
    """
    started: list[subprocess.Popen[bytes]] = []

    def start(env: dict[str, str] | None = None, below: str = "") -> str:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        log = tmp_path_factory.mktemp("server") / "log"
        command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless=true"]
        command += [f"--server.port={port}", "--server.address=127.0.0.1"]
        command += ["--server.fileWatcherType=none"]
        with log.open("wb") as output:
            server = subprocess.Popen(
                command,
                cwd=ROOT,
                env=os.environ | QUICK | (env or {}),
                stdout=output,
                stderr=output,
            )
        started.append(server)
        address = f"http://127.0.0.1:{port}"
        path = f"/{below}" if below else ""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and server.poll() is None:
            try:
                with urllib.request.urlopen(f"{address}{path}/_stcore/health", timeout=2):
                    return address
            except (urllib.error.URLError, TimeoutError, ConnectionError):
                time.sleep(0.1)
        pytest.fail(f"the server did not start:\n{log.read_text(errors='replace')[-3000:]}")

    yield start
    for server in started:
        server.terminate()
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()


@pytest.fixture(scope="session")
def server(start_server: Callable[..., str]) -> str:
    """The address of one app that most tests share."""
    return start_server()


@pytest.fixture(scope="session")
def without_files(start_server: Callable[..., str]) -> str:
    """The address of an app that finds no original files, and shows the gallery.

    It also forgets within a second whoever has lost his connection; others are kept for minutes.
    """
    forgets = {"STREAMLIT_SERVER_DISCONNECTED_SESSION_TTL": "1"}
    return start_server({"AE_DATA_DIR": "/nonexistent"} | forgets)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The system's Chromium."""
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    if path is None:
        missing("needs a Chromium on the PATH (Debian: apt-get install chromium-headless-shell)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """A fresh visitor, who lets pages use the clipboard."""
    visitor = chromium.new_context(
        viewport={"width": 1400, "height": 900}, permissions=["clipboard-read", "clipboard-write"]
    )
    visitor.set_default_timeout(30_000)
    yield visitor
    visitor.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """A fresh visitor's tab."""
    return context.new_page()


@pytest.fixture
def runtime() -> None:
    """What npm installs, for tests of models that run in the browser."""
    if not runtime_files.installed():
        missing("needs the browser runtime: python -m ui.browser_inference.install")


@pytest.fixture
def counted(page: Page) -> list[Any]:
    """The messages that the tab has sent to the server so far."""
    sent: list[Any] = []

    def listen(socket: WebSocket) -> None:
        socket.on("framesent", lambda frame: sent.append(frame))  # playwright wraps no built-in

    page.on("websocket", listen)
    return sent
