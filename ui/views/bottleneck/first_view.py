"""What the Bottleneck page shows first: models of every width, bytes at one width."""

from collections.abc import Iterator

from ui.cache import models
from ui.views.bottleneck import cache
from ui.views.bottleneck.view import FIRST_WIDTH, NAMES


def compute(dataset: str) -> Iterator[None]:
    """One step for each `yield`; caches keep the results."""
    for name in NAMES:
        models.model(dataset, name)
    yield
    cache.encodings(dataset, FIRST_WIDTH)
