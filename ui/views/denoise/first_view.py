"""What the Denoise page shows first: models, and PSNR by strength."""

from collections.abc import Iterator

from ae_models.images.noise import NOISES
from ui.cache import models
from ui.views.denoise import cache, strength_matrix
from ui.views.denoise.noise import SHOWN, STRENGTHS
from ui.widgets import image_selection


def compute(dataset: str) -> Iterator[None]:
    """One step for each `yield`; caches keep the results."""
    families = models.by_family(dataset, models.available(dataset, "reconstructs"))
    names = [name for group in families.values() for name in group if name in SHOWN]
    for name in names:
        models.model(dataset, name)
    yield
    images = image_selection.several(dataset, image_selection.FIRST_COUNT, 0)
    noise = next(iter(NOISES))
    cache.psnr_curves(dataset, images.pixels, images.labels, noise, 0, tuple(names), STRENGTHS)
    yield
    strength_matrix.of_noisy_images(dataset, strength_matrix.matrix(dataset))
