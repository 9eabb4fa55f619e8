"""How far a figure may move when it is measured again on another machine.

A float measure differs in its last digits, so its tolerance is relative. A share of N images
has a step of 1/N, and which class a borderline image gets can hang on the last digit of a
processor, so its tolerance is a number of images. HDBSCAN decides by the density around an
image: a few change sides at once. A net that is trained anew carries such differences on
through its steps.
"""

import math
from collections.abc import Mapping

from ae_models.tasks.few_labels.methods import HEADS, NETS

QUANTITY = 0.01  # relative: errors, distances and numbers of nats or bits
SCORE = 2e-3  # absolute: what is at most 1 and no share of images
DECIBELS = 0.05
BORDERLINE = 2  # images, where a fitted model is applied or a convex problem solved
DENSITY = 5  # images that HDBSCAN puts elsewhere
TRAINED = 30  # images in a thousand, where a net is trained again


def tolerance(key: str, value: float, images: int) -> float:
    """The largest difference from `value`, measured on so many images, that is no fault.

    With ten classes of about the same size, k of N images that change their cluster move the
    accuracy by k/N at most, NMI by log10(N) k/N (each entropy by ln(N) k/N, over ln 10), and
    ARI by 4 k/N (an image is in 2/N of all pairs: of the index and of its largest value).
    """
    share = (DENSITY if "HDBSCAN" in key else BORDERLINE) / images
    if "fine-tuned net" in key or "own CVAE" in key or key == "nothing added":
        return TRAINED / 1_000
    if key.startswith("nmi"):
        return share * math.log10(images)
    if key.startswith("ari"):
        return 4 * share
    if key.startswith(("accuracy", "agreement", "partner found", *HEADS, *NETS)):
        return share
    if key.startswith(("auroc", "mean auroc", "iou", "ssim")):
        return SCORE
    if key == "alive":
        return 1.0  # a dimension at the threshold
    if key.startswith("psnr") or ": " in key:
        return DECIBELS
    return QUANTITY * abs(value)


def moved(found: Mapping[str, float], expected: Mapping[str, float], images: int) -> dict[str, str]:
    """The figures of `found` that are further from the expected ones than may be, as text."""
    return {
        key: f"{value:.6g} is not {expected[key]:.6g}"
        for key, value in found.items()
        if not abs(value - expected[key]) <= tolerance(key, expected[key], images)
    }
