"""Every page by a click in the menu, as a session visits it for the first time.

    python -m benchmarks.pages [--files FOLDER] [--only few_labels clusters]

For each page: seconds from the click to the first painted picture or chart, and until the page is
settled, that is until no script runs and no picture changes any more; beside both the processor
time that the server spent. The server is warm: what it computes in the background after its first
visit has ended. It shows the bundled gallery, then the original files where there are any; each
data set is visited by a session of its own. A bare app of two pages is visited in between, so that
other load affects both.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, Page

from ae_models import datasets, original_files
from benchmarks.interaction import settled
from benchmarks.results import report
from benchmarks.serving import APP, Server, chromium, load, serving
from ui.base.pages import PAGES

BARE = "benchmarks/bare_pages.py"
PICTURE_AT_MOST, SETTLED_AT_MOST = 1.0, 2.5  # seconds
QUIET = 1.2  # seconds without a change, after which a page is settled
IDLE = 3.0  # seconds in which a server that has finished its warm-up uses hardly any processor
LONGEST = 300.0  # seconds of a warm-up

# From a click on: the first frame with a picture that was not there before, and the last frame in
# which a script ran or a picture changed. Both in seconds after the click.
WATCH = """
([quiet, keys]) => {
  const MARK = "seenBefore";
  const places = keys.map((key) => `.stMain .st-key-${key}`);
  const pictures = () => {
    const found = [...document.querySelectorAll(".stMain [data-testid=stText]")];
    for (const place of places.flatMap((each) => [...document.querySelectorAll(each)])) {
      const chart = place.querySelector(".js-plotly-plot:has(.xaxislayer-above)");
      if (chart) found.push(chart);
      const roots = [place, ...[...place.querySelectorAll("*")].map((e) => e.shadowRoot)];
      for (const root of roots) {
        const sheet = root?.querySelector(".sheet[data-revision]");
        if (sheet) found.push(sheet);
      }
    }
    return found;
  };
  for (const picture of pictures()) picture[MARK] = true;
  window.explorerVisit = new Promise((done) => {
    const begin = () => {
      const start = performance.now();
      let first = null, last = start, before = "";
      const look = () => {
        const now = performance.now();
        const here = pictures().filter((picture) => !picture[MARK]);
        if (here.length && first === null) first = now;
        const state = here.map((p) => p.dataset.revision ?? p.textContent.length).join();
        const app = document.querySelector("[data-test-script-state]");
        if (app?.dataset.testScriptState !== "notRunning" || state !== before) last = now;
        before = state;
        if ((first !== null && now - last > quiet) || now - start > 120_000)
          done([((first ?? now) - start) / 1000, (last - start) / 1000]);
        else requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    };
    document.addEventListener("click", begin, { capture: true, once: true });
  });
}
"""


@dataclass
class Visit:
    """One line of the table: one page of one data set; times in seconds."""

    name: str
    picture: list[float] = field(default_factory=list)  # until the first picture
    settled: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)  # of the server

    @property
    def value(self) -> float:
        """Seconds until the page is settled."""
        return median(self.settled)

    def line(self) -> str:
        picture = median(self.picture)
        kept = picture <= PICTURE_AT_MOST and self.value <= SETTLED_AT_MOST
        return (
            f"{self.name:<40}{picture:>9.2f} s{self.value:>9.2f} s"
            f"{median(self.processor):>9.2f} s  {'kept' if kept else 'missed'}"
        )


@dataclass
class Memory:
    """Resident memory of a server after all pages of all data sets."""

    name: str
    value: float  # MB

    def line(self) -> str:
        return f"{self.name:<40}{self.value:>9.0f} MB of at most 900"


def processor(server: Server) -> float:
    """Processor time of a server so far, in seconds."""
    fields = Path(f"/proc/{server.process.pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1]
    user, system = fields.split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def warmed(browser: Browser, server: Server) -> None:
    """Visits the first page, and waits until the server has nothing left to do."""
    page = browser.new_page()
    page.goto(server.address)
    page.get_by_test_id("stSidebar").wait_for()
    page.wait_for_timeout(6_000)
    deadline = time.monotonic() + LONGEST
    while time.monotonic() < deadline:
        before = processor(server)
        page.wait_for_timeout(1000 * IDLE)
        if processor(server) - before < 0.05 * IDLE:
            break
    page.close()


def click(page: Page, server: Server, title: str, keys: Iterable[str], visit: Visit) -> None:
    """Clicks an entry of the menu and adds what it took; `keys` are those of the pictures."""
    link = page.get_by_test_id("stSidebar").get_by_role("link").filter(has_text=title)
    page.bring_to_front()
    before = processor(server)
    page.evaluate(WATCH, [1000 * QUIET, list(keys)])
    link.click()
    picture, whole = page.evaluate("window.explorerVisit")
    visit.picture.append(picture)
    visit.settled.append(whole)
    visit.processor.append(processor(server) - before)


def bare_visit(browser: Browser, server: Server, visit: Visit) -> None:
    """The same in the bare app, by a session of its own."""
    page = browser.new_page(viewport={"width": 1400, "height": 900})
    page.goto(server.address)
    page.get_by_test_id("stText").wait_for()
    settled(page)
    click(page, server, "second", (), visit)
    page.close()


def session(
    browser: Browser, server: Server, dataset: str, keys: Iterable[str], visits: dict[str, Visit]
) -> None:
    """A new visitor, who goes through the menu once; Start comes last."""
    page = browser.new_context(viewport={"width": 1400, "height": 900}).new_page()
    page.set_default_timeout(180_000)
    page.goto(f"{server.address}/?data={dataset}")
    page.locator(f".st-key-{PAGES['start'].sheet}").wait_for()
    settled(page)
    for key in keys:
        about = PAGES[key]
        pictures = [name for name in (about.sheet, about.chart) if name]
        click(page, server, about.title, pictures, visits[key])
    page.context.close()


def visited(
    browser: Browser, bare: Server, files: Path | None, keys: list[str], rounds: int
) -> list[Visit | Memory]:
    """All pages of all data sets, on one server; `files` None: it finds no original files."""
    os.environ["AE_DATA_DIR"] = str(files or "/nonexistent")
    how = "original files" if files else "gallery"
    floor = Visit(f"{how}: bare app")
    figures: list[Visit | Memory] = [floor]
    with serving(APP) as server:
        warmed(browser, server)
        figures.append(Memory(f"{how}: memory after warm-up", server.resident_mb()))
        for dataset in datasets.DATASETS:
            visits = {key: Visit(f"{how}: {dataset}, {PAGES[key].title}") for key in keys}
            for _ in range(rounds):
                bare_visit(browser, bare, floor)
                session(browser, server, dataset, keys, visits)
            figures += visits.values()
        figures.append(Memory(f"{how}: memory after all pages", server.resident_mb()))
    return figures


def main() -> None:
    """Measures all and prints a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--files", type=Path, default=original_files.root(), help="original files")
    parser.add_argument("--only", nargs="*", choices=list(PAGES), help="pages, else all")
    parser.add_argument("--rounds", type=int, default=1, help="sessions for each data set")
    parser.add_argument("--gallery-only", action="store_true", help="without original files")
    options = parser.parse_args()
    keys = options.only or [*[key for key in PAGES if key != "start"], "start"]

    load_before = load()
    figures: list[Visit | Memory] = []
    with chromium() as browser, serving(BARE) as bare:
        sources = [None] if options.gallery_only else [None, options.files]
        for files in sources:
            figures += visited(browser, bare, files, keys, options.rounds)
    head = f"{'':<40}{'picture':>11}{'settled':>11}{'processor':>11}"
    report("pages", head, figures, load_before)


if __name__ == "__main__":
    main()
