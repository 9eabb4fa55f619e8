"""What the Sparsity page shows first: codes, atoms and activation rates."""

from collections.abc import Iterator

from ui.views.sparsity import cache
from ui.views.sparsity.view import DENSE, SPARSE


def compute(dataset: str) -> Iterator[None]:
    """One step for each `yield`; caches keep the results."""
    for name in (SPARSE, DENSE):
        cache.activity(dataset, name)
        yield
    cache.atoms(dataset, SPARSE)
