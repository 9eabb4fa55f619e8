"""What the Latent space page shows first: a map of the test images and their pictures."""

from collections.abc import Iterator

from ui.cache import image_sets, latent, models
from ui.widgets.controls import FIRST_WITH_CODES


def compute(dataset: str) -> Iterator[None]:
    """One step for each `yield`; caches keep the results."""
    image_sets.sprites(dataset)
    yield
    if FIRST_WITH_CODES in models.available(dataset, "codes"):
        latent.principal(dataset, FIRST_WITH_CODES)
        yield
        latent.embedding(dataset, FIRST_WITH_CODES)
