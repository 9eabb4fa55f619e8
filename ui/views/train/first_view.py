"""What the Train page shows first: the network of a preset before its first batch."""

from collections.abc import Iterator

from ae_models.live.presets import PRESETS
from ui.cache import live_training


def compute(dataset: str) -> Iterator[None]:
    """One step for each `yield`; caches keep the results."""
    live_training.worker()
    yield
    for choice in next(iter(PRESETS.values())).choices:
        live_training.untrained(choice.model_copy(update={"dataset": dataset}))
        yield
