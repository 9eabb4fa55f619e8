"""Servers and a Chromium to measure, on free ports of this machine."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.browser.conftest import FLAGS, NAMES

ROOT = Path(__file__).resolve().parent.parent
APP = "app.py"
BARE = "benchmarks/bare.py"
PATIENCE = 120.0  # seconds for a server to become healthy


class Server:
    """A Streamlit server; `healthy` is the time.time() of its first healthy answer."""

    def __init__(self, script: str, *options: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        command = [sys.executable, "-m", "streamlit", "run", script, "--server.headless=true"]
        command += [f"--server.port={port}", "--server.address=127.0.0.1"]
        command += ["--server.fileWatcherType=none", "--browser.gatherUsageStats=false", *options]
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self.address = f"http://127.0.0.1:{port}"
        self.healthy = self._first_answer()

    def _first_answer(self) -> float:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                with urllib.request.urlopen(f"{self.address}/_stcore/health", timeout=2):
                    return time.time()
            except (urllib.error.URLError, TimeoutError, ConnectionError):
                time.sleep(0.01)
        self.stop()
        raise RuntimeError(f"{self.address} did not become healthy")

    def resident_mb(self) -> float:
        """Memory of the process that is in RAM, in MB of 2**20 bytes."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
        return int(line.split()[1]) / 1024

    def stop(self) -> None:
        """Ends the server."""
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@contextmanager
def serving(script: str, *options: str) -> Iterator[Server]:
    """A server of its own, with options of Streamlit, for as long as the block lasts."""
    server = Server(script, *options)
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def chromium() -> Iterator[Browser]:
    """The system's Chromium. Raises `RuntimeError` where there is none."""
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    if path is None:
        raise RuntimeError("needs a Chromium on the PATH (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


def load() -> float:
    """Runnable processes for each core, mean of the last minute: 1 is a busy machine."""
    return os.getloadavg()[0] / (os.cpu_count() or 1)
