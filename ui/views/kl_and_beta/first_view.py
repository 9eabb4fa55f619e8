"""What the KL and beta page shows first: the loss of each model."""

from collections.abc import Iterator

from ui.views.kl_and_beta import cache
from ui.views.kl_and_beta.view import NAMES


def compute(dataset: str) -> Iterator[None]:
    """One step for each `yield`; caches keep the results."""
    for name in NAMES:
        cache.loss_breakdown(dataset, name)
        yield
