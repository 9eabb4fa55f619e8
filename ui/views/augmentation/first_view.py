"""What the Augmentation page shows first: the curves, and images of the shipped CVAE."""

from collections.abc import Iterator

from ae_models.tasks.augmentation import study
from ui.cache import image_sets, models
from ui.views.augmentation import cache
from ui.views.augmentation.view import CLASSIFIER


def compute(dataset: str) -> Iterator[None]:
    """One step for each `yield`; caches keep the results."""
    cache.curves(dataset)
    image_sets.images(dataset, "train")
    yield
    for name in (study.SHIPPED, CLASSIFIER):
        models.model(dataset, name)
