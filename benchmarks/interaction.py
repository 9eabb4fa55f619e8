"""Latency that a visitor sees, compared with that of a bare Streamlit app.

    python -m benchmarks.interaction

Six kinds of figures, medians unless they say otherwise: (a) a move of the noise slider until the
pictures have other pixels, as a multiple of the bare app's slider and number; (b) the first page,
from a fresh server's first healthy answer to the first painted picture, as a multiple of the bare
app's first number; (c) the way to each other page; (d) the server's memory after all of it; (e) the
handle on the latent plane, which the browser answers: from a pointer event to the frame with its
picture, new pictures a second, and messages to the server meanwhile; (f) the noise slider, until
the browser has painted the first rows, and the rows of all models. Bare app and explorer are
measured alternately, so that other load affects both.
"""

from __future__ import annotations

import argparse
import math
import time
from dataclasses import dataclass, field
from statistics import median

from playwright.sync_api import Browser, ElementHandle, Page

from ae_models.datasets import DATASETS
from benchmarks.results import report
from benchmarks.serving import APP, BARE, Server, chromium, load, serving

VIEW = "denoise?strength=0&images=10"  # the first visit's rows, from one end of the slider
PLANE = "latent_space?model=vae-2d"
RADIUS = 60  # pixels of the circle that the handle is dragged in
PICTURES = {  # page in the menu -> the key of its first picture or chart
    "Denoise": "denoised",
    "Compare": "compared",
    "Latent space": "latent_map",
    "Generate": "generated",
    "Start": "examples",
}

# A picture sheet counts its paintings; a chart is there when plotly has drawn its axes.
READ = """
window.explorerRead = (key) => {
  if (!key) return document.querySelector("[data-testid=stText]")?.textContent ?? "";
  const place = document.querySelector(`.st-key-${key}`);
  if (!place) return "";
  if (place.querySelector(".js-plotly-plot .xaxislayer-above")) return "drawn";
  const roots = [place, ...[...place.querySelectorAll("*")].map((e) => e.shadowRoot)];
  for (const root of roots) {
    const sheet = root?.querySelector(".sheet[data-revision]");
    if (sheet) return sheet.dataset.revision;
  }
  return "";
};
"""
# Epoch milliseconds of the first frame that has something to read.
FIRST = """
([key]) => new Promise((done) => {
  const look = () =>
    window.explorerRead(key)
      ? done(performance.timeOrigin + performance.now())
      : requestAnimationFrame(look);
  look();
})
"""
# Milliseconds from an event to the first frame that reads otherwise.
ARM = """
([key, event]) => {
  const before = window.explorerRead(key);
  window.explorerWaited = new Promise((done) => {
    const begin = () => {
      const start = performance.now();
      const look = () => {
        const now = window.explorerRead(key);
        if (now && now !== before) done(performance.now() - start);
        else requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    };
    document.addEventListener(event, begin, { capture: true, once: true });
  });
}
"""
# Notes each position that the pointer gives the handle, until a frame shows its picture.
DRAG = """
() => {
  const seen = (window.explorerDrag = { waited: [], paintings: 0 });
  const knob = document.querySelector("[role=slider][aria-label^='Code on the map']");
  const roots = [...document.querySelectorAll("*")].map((e) => e.shadowRoot).filter(Boolean);
  const part = [document, ...roots].map((root) => root.querySelector(".traversal"))
    .find((found) => found && !found.childElementCount);
  const numbers = (text) => [...text.matchAll(/: (−?[\\d.]+)/g)]
    .map((hit) => Number(hit[1].replace("−", "-"))).join();
  let waiting = [];
  let before = "";
  addEventListener("pointermove", () => {
    const place = numbers(knob.getAttribute("aria-valuetext"));
    if (place !== waiting.at(-1)?.place) waiting.push({ place, at: performance.now() });
  });
  const look = () => {
    const shown = JSON.parse(part.dataset.shown ?? "[]").join();
    if (shown !== before) {
      seen.paintings += 1;
      before = shown;
      const last = waiting.findLastIndex(({ place }) => place === shown);
      for (const { at } of waiting.splice(0, last + 1)) seen.waited.push(performance.now() - at);
    }
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}
"""
# Milliseconds from a key to the frame with the first new row, and to that with all rows of models.
FOLLOW = """
() => {
  window.explorerFollowed = new Promise((done) => {
    document.addEventListener("keydown", () => {
      const start = performance.now();
      const roots = [...document.querySelectorAll("*")].map((e) => e.shadowRoot).filter(Boolean);
      const part = [document, ...roots].map((root) => root.querySelector(".denoising"))
        .find(Boolean);
      const before = window.explorerRead("denoised");
      let first = 0;
      const look = () => {
        const passed = performance.now() - start;
        if (!first && window.explorerRead("denoised") !== before) first = passed;
        if (first && part.dataset.by === "browser" && part.dataset.missing === "0")
          return done([first, passed]);
        requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    }, { capture: true, once: true });
  });
}
"""


@dataclass
class Figure:
    """One line of the table; `bare` is empty where there is nothing to compare with."""

    name: str
    unit: str
    target: float
    app: list[float]
    bare: list[float] = field(default_factory=list)
    least: bool = False  # the target is the least, not the most

    @property
    def value(self) -> float:
        """The value compared with the target: a ratio of medians, or a median."""
        return median(self.app) / median(self.bare) if self.bare else median(self.app)

    def line(self) -> str:
        unit = "×" if self.bare else self.unit
        reached = self.value >= self.target if self.least else self.value <= self.target
        kept = "kept" if reached else "missed"
        detail = f"{median(self.app):.4g} {self.unit}, n = {len(self.app)}"
        if self.bare:
            detail += f"; bare {median(self.bare):.4g} {self.unit}"
        return (
            f"{self.name:<38}{self.value:>9.2f} {unit:<3}"
            f"{self.target:>8.2f} {unit:<3} {kept:<7} {detail}"
        )


def settled(page: Page) -> None:
    """Waits until the script has ended and the browser has drawn its output."""
    page.wait_for_selector("[data-test-script-state=notRunning]", state="attached")
    page.wait_for_timeout(200)


def slider(page: Page, name: str = "Strength") -> ElementHandle:
    """The thumb of a slider."""
    thumb = page.get_by_role("slider", name=name).element_handle()
    assert thumb is not None
    return thumb


def visitor(browser: Browser) -> Page:
    """A new browser tab with the scripts that read a page."""
    page = browser.new_context(viewport={"width": 1400, "height": 900}).new_page()
    page.set_default_timeout(120_000)
    page.add_init_script(READ)
    return page


def move(page: Page, key: str, press: str = "ArrowRight") -> float:
    """Milliseconds from one key press on the slider to the change on the screen."""
    page.bring_to_front()
    slider(page).focus()
    page.evaluate(ARM, [key, "keydown"])
    page.keyboard.press(press)
    waited = float(page.evaluate("window.explorerWaited"))
    settled(page)
    return waited


def slider_figure(browser: Browser, bare: Server, app: Server, moves: int) -> Figure:
    """(a): bare app and explorer in turn, each from 0 up in steps of .05."""
    plain, rich = visitor(browser), visitor(browser)
    plain.goto(bare.address)
    rich.goto(f"{app.address}/{VIEW}")
    rich.evaluate(FIRST, ["denoised"])
    settled(plain)
    settled(rich)
    for press in ("ArrowRight", "ArrowLeft"):  # the first moves of either warm it
        move(plain, "", press)
        move(rich, "denoised", press)
        answered(rich)
    figure = Figure("noise slider to new pixels", "ms", 0.3, [])
    for _ in range(moves):
        figure.bare.append(move(plain, ""))
        figure.app.append(move(rich, "denoised"))
        answered(rich)
    for page in (plain, rich):
        page.context.close()
    return figure


def answered(page: Page) -> None:
    """Waits until the server has answered the move that the browser answered first."""
    page.locator(".denoising[data-by=server]").wait_for(state="attached")
    settled(page)


def strength_figures(browser: Browser, app: Server, moves: int) -> list[Figure]:
    """(f): key by key, from 0 up in steps of .05, each after the server's answer to the last."""
    page = visitor(browser)
    page.goto(f"{app.address}/{VIEW}")
    page.evaluate(FIRST, ["denoised"])
    settled(page)
    first = Figure("Denoise strength: first changed rows", "ms", 33, [])
    every = Figure("Denoise strength: all rows", "ms", 250, [])
    for number in range(-2, moves):  # the first two fetch and time the models
        slider(page).focus()
        page.evaluate(FOLLOW)
        page.keyboard.press("ArrowLeft" if number == -1 else "ArrowRight")
        waited = page.evaluate("window.explorerFollowed")
        answered(page)
        if number >= 0:
            first.app.append(float(waited[0]))
            every.app.append(float(waited[1]))
    page.context.close()
    return [first, every]


def first_page(browser: Browser, script: str, key: str) -> float:
    """Seconds from a fresh server's first healthy answer to the first picture or number."""
    page = visitor(browser)
    with serving(script) as server:
        page.goto(server.address, wait_until="commit")
        seen = float(page.evaluate(FIRST, [key])) / 1000
        page.context.close()
        return seen - server.healthy


def first_page_figure(browser: Browser, servers: int) -> Figure:
    """(b): fresh servers in turn."""
    figure = Figure("first page of a fresh server", "s", 1.6, [])
    for _ in range(servers):
        figure.bare.append(first_page(browser, BARE, ""))
        figure.app.append(first_page(browser, APP, "examples"))
    return figure


def page_figures(browser: Browser, app: Server, rounds: int) -> list[Figure]:
    """(c): from page to page through the menu, after each has been seen once."""
    page = visitor(browser)
    page.goto(app.address)
    page.evaluate(FIRST, ["examples"])
    settled(page)
    menu = page.get_by_test_id("stSidebar")
    figures = {title: Figure(f"to {title}", "s", 1.0, []) for title in PICTURES}
    for number in range(rounds + 1):
        for title, key in PICTURES.items():
            page.evaluate(ARM, [key, "click"])
            menu.get_by_role("link", name=title).click()
            waited = float(page.evaluate("window.explorerWaited"))
            settled(page)
            if number:
                figures[title].app.append(waited / 1000)
    page.context.close()
    return list(figures.values())


def handle_figures(browser: Browser, app: Server, seconds: float) -> list[Figure]:
    """(e): the handle dragged in circles, as fast as the driver moves a pointer."""
    page = visitor(browser)
    sent: list[object] = []
    page.on("websocket", lambda line: line.on("framesent", lambda frame: sent.append(frame)))
    page.goto(f"{app.address}/{PLANE}")
    handle = page.get_by_role("slider", name="Code on the map")
    handle.wait_for()
    settled(page)
    box = handle.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + RADIUS, y, steps=20)
    page.locator(".traversal[data-by=browser]").wait_for(
        state="attached"
    )  # the runtime has started
    page.evaluate(DRAG)
    before, start = len(sent), time.perf_counter()
    while (passed := time.perf_counter() - start) < seconds:
        angle = 2 * math.pi * passed
        page.mouse.move(x + RADIUS * math.cos(angle), y - RADIUS * math.sin(angle))
    seen = page.evaluate("window.explorerDrag")
    messages = len(sent) - before
    page.mouse.up()
    page.context.close()
    waited = sorted(seen["waited"])
    p95 = waited[min(len(waited) - 1, round(0.95 * len(waited)))]
    return [
        Figure("handle to its picture, p95", "ms", 20, [p95]),
        Figure("handle to its picture, median", "ms", 20, waited),
        Figure(
            "pictures a second while dragging", "/s", 55, [seen["paintings"] / passed], least=True
        ),
        Figure("messages to the server meanwhile", "", 0, [messages]),
    ]


def memory_figure(browser: Browser, app: Server) -> Figure:
    """(d): after every page of both data sets."""
    page = visitor(browser)
    for dataset in DATASETS:
        for title, key in PICTURES.items():
            path = "" if title == "Start" else title.lower().replace(" ", "_")
            page.goto(f"{app.address}/{path}?data={dataset}")
            page.evaluate(FIRST, [key])
            settled(page)
    page.context.close()
    return Figure("resident memory of the server", "MB", 900, [app.resident_mb()])


def warmed(browser: Browser, app: Server) -> None:
    """Waits until the first page is live, after which models are imported."""
    page = visitor(browser)
    page.goto(app.address)
    page.locator(".st-key-out").wait_for()
    settled(page)
    page.context.close()


def main() -> None:
    """Measures all and prints a table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--moves", type=int, default=20, help="of the slider, at most 20")
    parser.add_argument("--servers", type=int, default=5, help="fresh ones for the first page")
    parser.add_argument("--rounds", type=int, default=5, help="through the menu")
    parser.add_argument("--seconds", type=float, default=5, help="of dragging the handle")
    options = parser.parse_args()

    load_before = load()
    with chromium() as browser:
        figures = [first_page_figure(browser, options.servers)] if options.servers else []
        with serving(BARE) as bare, serving(APP) as app:
            warmed(browser, app)
            if options.moves:
                figures.append(slider_figure(browser, bare, app, min(options.moves, 20)))
                figures += strength_figures(browser, app, min(options.moves, 20))
            if options.rounds:
                figures += page_figures(browser, app, options.rounds)
            if options.seconds:
                figures += handle_figures(browser, app, options.seconds)
            figures.append(memory_figure(browser, app))

    head = f"{'':<38}{'measured':>13}{'target':>12}"
    report("interaction", head, figures, load_before)


if __name__ == "__main__":
    main()
