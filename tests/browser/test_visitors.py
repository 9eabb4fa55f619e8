"""Several visitors at once, as the server sees them: no browser, Streamlit's protocol alone."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from benchmarks.session import Session, opened

STRENGTHS = (0.2, 0.8)


async def moved(visitor: Session, strengths: list[float]) -> list[bytes]:
    """The pictures after each move of the strength."""
    shown = []
    for strength in strengths:
        await visitor.move("strength", strength)
        shown.append(visitor.sheet("denoised"))
    return shown


async def seen(address: str) -> tuple[dict[float, bytes], list[list[bytes]], list[list[float]]]:
    """What one visitor sees at each strength; what three see at once, and where they moved."""
    async with opened(address, "denoise", "images=4") as visitor:
        known = dict(zip(STRENGTHS, await moved(visitor, list(STRENGTHS)), strict=True))
    low, high = STRENGTHS
    ways = [[low, high] * 3, [high, low] * 3, [low, low, high] * 2]
    async with (
        opened(address, "denoise", "images=4") as one,
        opened(address, "denoise", f"images=4&strength={high}") as other,
        opened(address, "denoise", "images=4") as third,
    ):
        assert other.sheet("denoised") == known[high]  # by the address alone
        visits = map(moved, (one, other, third), ways)
        return known, list(await asyncio.gather(*visits)), ways


def test_visitors_at_once_each_get_the_pictures_of_their_own_strength(server: str) -> None:
    with ThreadPoolExecutor(1) as thread:  # Playwright's loop, where it ran before, is in this one
        known, shown, ways = thread.submit(asyncio.run, seen(server)).result()
    assert len(set(known.values())) == len(STRENGTHS)
    for pictures, way in zip(shown, ways, strict=True):
        assert pictures == [known[strength] for strength in way]
