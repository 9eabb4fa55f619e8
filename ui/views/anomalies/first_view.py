"""What the Anomalies page shows first: the test images scored for one normal class."""

from collections.abc import Iterator

from ae_models import datasets
from ui.views.anomalies import cache


def compute(dataset: str) -> Iterator[None]:
    """One step for each `yield`; caches keep the results."""
    normal_class = datasets.DATASETS[dataset].normal_class
    cache.detector(dataset, normal_class)
    yield
    cache.fitted(dataset, normal_class)
    yield
    cache.scored_set(dataset, normal_class, foreign=False)
