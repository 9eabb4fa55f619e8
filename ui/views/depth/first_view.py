"""What the Depth page shows first: models, and the units of the deep one."""

from collections.abc import Iterator

from ui.cache import models
from ui.views.depth import cache
from ui.views.depth.view import MODELS


def compute(dataset: str) -> Iterator[None]:
    """One step for each `yield`; caches keep the results."""
    for name in MODELS:
        models.model(dataset, name)
    yield
    cache.unit_statistics(dataset)
