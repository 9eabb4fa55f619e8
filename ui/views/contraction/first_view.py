"""What the Contraction page shows first: RMS distances and gains."""

from collections.abc import Iterator

from ui.views.contraction import cache
from ui.views.contraction.view import FIRST_SIZE, NAMES


def compute(dataset: str) -> Iterator[None]:
    """One step for each `yield`; caches keep the results."""
    for name in NAMES:
        cache.scales(dataset, name)
        yield
        cache.gains(dataset, name, FIRST_SIZE, 0)
        yield
