"""Many visitors at once, tabs that close, and an hour of live frames: latency and memory.

    python -m benchmarks.visitors
    python -m benchmarks.visitors --tabs 0 --minutes 60

(a) Visitors who all move the noise slider without a rest, the worst that they can do: from the
message to the end of the script, beside one visitor alone and beside the bare app under the
same visitors. Every answer is compared with what a lone visitor was shown at that strength.
(b) Tabs opened on all pages in turn and closed: the server's memory before and after. Streamlit
keeps a closed tab's session for two minutes; here it is five seconds, so as not to wait.
(c) A training that is watched: memory after a tenth of the looks and at the end. A page looks
once a second; without --minutes the next look follows at once.

No browser is needed: benchmarks/session.py implements Streamlit's protocol.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from statistics import median, quantiles

from benchmarks.results import report
from benchmarks.serving import APP, BARE, ROOT, Server, load, serving
from benchmarks.session import opened

STRENGTHS = tuple(step / 20 for step in range(1, 21))
FORGET = 5  # seconds that the server keeps the session of a closed tab in (b)
AT_ONCE = 10  # tabs that are open at the same time in (b)
BACK = 1.1  # of the memory before: at most
LONG = "a_images=20000&a_epochs=200&a_batch_size=8"  # half a million batches
REST = 25.0  # seconds between looks at a training that has ended


@dataclass
class Figure:
    """One line of the table: a reading beside another, and at most how many times that."""

    name: str
    unit: str
    now: float
    beside: float = 0.0  # nothing to compare with
    reference: str = ""
    target: float | None = None  # of the ratio; of the reading where there is none beside
    readings: list[float] = field(default_factory=list)

    @property
    def value(self) -> float:
        return self.now / self.beside if self.beside else self.now

    def line(self) -> str:
        unit = "×" if self.beside else self.unit
        target = "" if self.target is None else f"{self.target:.2f} {unit}"
        kept = "" if self.target is None else "kept" if self.value <= self.target else "missed"
        detail = f"{self.now:.4g} {self.unit}" if self.beside else ""
        if self.reference:
            detail += f"; {self.reference} {self.beside:.4g} {self.unit}"
        return f"{self.name:<38}{self.value:>9.2f} {unit:<3}{target:>10} {kept:<7} {detail}"


@dataclass
class Moved:
    """Latencies of visitors who moved a slider."""

    waited: list[float]  # ms, of all
    foreign: int = 0  # results that belong to another visitor's strength

    @property
    def p50(self) -> float:
        return median(self.waited)

    @property
    def p95(self) -> float:
        return quantiles(self.waited, n=20, method="inclusive")[-1]


async def alone(address: str, page: str, key: str, sheet: str = "") -> tuple[Moved, list[bytes]]:
    """One visitor at every strength: latencies and results."""
    moved, seen = Moved([]), []
    async with opened(address, page) as visitor:
        await visitor.move(key, STRENGTHS[0])
        await visitor.move(key, STRENGTHS[-1])  # the first moves warm it
        for strength in STRENGTHS:
            moved.waited.append(1000 * await visitor.move(key, strength))
            seen.append(visitor.sheet(sheet) if sheet else b"")
    return moved, seen


async def together(
    address: str, page: str, key: str, known: list[bytes], visitors: int, moves: int, sheet: str
) -> Moved:
    """Concurrent visitors, each at another strength."""
    moved = Moved([])
    begin = asyncio.Barrier(visitors)

    async def visit(number: int) -> None:
        async with opened(address, page) as visitor:
            await begin.wait()
            for move in range(moves):
                place = (7 * number + 3 * move) % len(STRENGTHS)
                moved.waited.append(1000 * await visitor.move(key, STRENGTHS[place]))
                moved.foreign += bool(sheet) and visitor.sheet(sheet) != known[place]
            await begin.wait()  # nobody leaves before all have moved

    async with asyncio.TaskGroup() as group:
        for number in range(visitors):
            group.create_task(visit(number))
    return moved


async def sliders(app: Server, bare: Server, visitors: int, moves: int) -> list[Figure]:
    """(a): bare app and explorer, each with one visitor and then with many."""
    plain_alone, _ = await alone(bare.address, "", "None")
    rich_alone, seen = await alone(app.address, "denoise", "strength", "denoised")
    if len(set(seen)) < len(seen):
        raise RuntimeError("two strengths show the same pictures: a mix-up would not be seen")
    plain = await together(bare.address, "", "None", seen, visitors, moves, "")
    rich = await together(app.address, "denoise", "strength", seen, visitors, moves, "denoised")
    many = f"{visitors} visitors, "
    figures = []
    for part in ("p50", "p95"):
        one, all_ = getattr(rich_alone, part), getattr(rich, part)
        one_bare, all_bare = getattr(plain_alone, part), getattr(plain, part)
        figures += [
            Figure(f"one visitor, {part}", "ms", one, one_bare, "bare"),
            Figure(f"{many}{part}", "ms", all_, all_bare, "bare", readings=rich.waited),
            Figure(f"{many}{part} over one", "ms", all_, one, "one visitor", visitors),
            Figure(f"bare: {many}{part} over one", "ms", all_bare, one_bare, "one visitor"),
        ]
    return [*figures, Figure("answers that were another's", "", rich.foreign, target=0)]


def pages() -> Iterator[str]:
    """The addresses of all pages."""
    for path in sorted((ROOT / "pages").glob("*.py")):
        yield "" if path.stem == "start" else path.stem


async def forgotten(server: Server) -> float:
    """The server's memory after it has freed closed tabs, which it does at the next one."""
    await asyncio.sleep(FORGET + 1)
    async with opened(server.address):
        pass
    await asyncio.sleep(1)
    return server.resident_mb()


async def tabs(server: Server, count: int) -> Figure:
    """(b): as many tabs, some of them at the same time, after every page has been seen."""
    everywhere = list(pages())
    for page in everywhere:
        async with opened(server.address, page):
            pass
    before = await forgotten(server)
    readings = []
    for first in range(0, count, AT_ONCE):
        async with AsyncExitStack() as stack:
            for number in range(first, min(first + AT_ONCE, count)):
                page = everywhere[number % len(everywhere)]
                await stack.enter_async_context(opened(server.address, page))
        readings.append(server.resident_mb())
    after = await forgotten(server)
    name = f"memory after {count} tabs"
    return Figure(name, "MB", after, before, "before", BACK, readings)


async def frames(server: Server, looks: int, minutes: float) -> Figure:
    """(c): a training watched for so many looks, or minutes; another follows where one ends."""
    readings: list[float] = []
    begun, done, number = time.monotonic(), 0.0, 0
    async with opened(server.address, "train", LONG) as visitor:
        while done < 1:
            if not visitor.again or max(visitor.again.values()) >= REST:
                await visitor.press("start")
            await visitor.look()
            number += 1
            if minutes:
                await asyncio.sleep(1)
            done = (time.monotonic() - begun) / (60 * minutes) if minutes else number / looks
            if done >= len(readings) / 100:
                readings.append(server.resident_mb())
        await visitor.press("stop")
    tenth = readings[len(readings) // 10]
    name = f"memory after {number} live frames"
    return Figure(name, "MB", readings[-1], tenth, "after a tenth", BACK, readings)


async def warmed(server: Server) -> None:
    """Waits until the first page is live, after which models are imported."""
    async with opened(server.address) as visitor:
        while "out" not in visitor.elements:
            await asyncio.sleep(0.5)
            await visitor.look()


async def measured(options: argparse.Namespace) -> list[Figure]:
    """All requested parts, each with a fresh server."""
    figures = []
    if options.visitors:
        with serving(BARE) as bare, serving(APP) as app:
            await warmed(app)
            figures += await sliders(app, bare, options.visitors, options.moves)
    if options.tabs:
        with serving(APP, f"--server.disconnectedSessionTTL={FORGET}") as app:
            await warmed(app)
            figures.append(await tabs(app, options.tabs))
    if options.looks or options.minutes:
        with serving(APP) as app:
            await warmed(app)
            figures.append(await frames(app, options.looks, options.minutes))
    return figures


def main() -> None:
    """Measures all and prints a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--visitors", type=int, default=30, help="at once; 0 leaves (a) out")
    parser.add_argument("--moves", type=int, default=20, help="of each of them")
    parser.add_argument("--tabs", type=int, default=200, help="0 leaves (b) out")
    parser.add_argument("--looks", type=int, default=3600, help="0 leaves (c) out")
    parser.add_argument("--minutes", type=float, default=0, help="of looks, one a second")
    options = parser.parse_args()

    load_before = load()
    figures = asyncio.run(measured(options))
    head = f"{'':<38}{'measured':>13}{'at most':>10}"
    report("visitors", head, figures, load_before)


if __name__ == "__main__":
    main()
