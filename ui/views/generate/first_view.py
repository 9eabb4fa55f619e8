"""What the Generate page shows first: its sampler and the reference classifier."""

from collections.abc import Iterator

from ae_models.tasks import generation
from ui.cache import models


def compute(dataset: str) -> Iterator[None]:
    """One step for each `yield`; caches keep the results."""
    for name in (generation.SAMPLER, "judge"):
        models.model(dataset, name)
        yield
