"""What the Few labels page shows first, and what every split needs."""

from collections.abc import Iterator

from ae_models.tasks.few_labels import methods
from ui.views.few_labels import cache
from ui.views.few_labels.curves import STANDARD_FEATURES


def compute(dataset: str) -> Iterator[None]:
    """One step for each `yield`; caches keep the results."""
    cache.curves(dataset)
    cache.queries(dataset)
    yield
    for name in (methods.PIXELS, *STANDARD_FEATURES):
        cache.with_graph(dataset, name)
        yield
