"""What the Clusters page shows first: the map, one clustering and its baselines."""

from collections.abc import Iterator

from ae_models.tasks.clustering import methods, parametric_umap
from ui.views.clusters import cache
from ui.views.clusters.view import FIRST_COUNT, SEED


def compute(dataset: str) -> Iterator[None]:
    """One step for each `yield`; caches keep the results."""
    cache.encoded(dataset, parametric_umap.code_name(dataset))
    yield
    cache.plane(dataset)
    yield
    algorithm, number = next(iter(methods.ALGORITHMS)), parametric_umap.clusters(dataset)
    for name in dict.fromkeys((methods.PLAIN, methods.PIXELS, methods.LINEAR)):
        cache.clusters(dataset, name, algorithm, number, FIRST_COUNT, SEED)
        yield
