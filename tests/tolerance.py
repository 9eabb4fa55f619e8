"""How far a figure may move when it is measured again on another machine.

A float measure differs in its last digits, so its tolerance is relative. A share of N images
has a step of 1/N, and which class a borderline image gets can hang on the last digit of a
processor, so its tolerance is a number of images. HDBSCAN decides by the density around an
image: a few change sides at once. A net that is trained anew carries such differences on
through its steps.
"""

import math
from collections.abc import Mapping

from ae_models.metric_key import Metric
from ae_models.tasks.few_labels.methods import NETS

QUANTITY = 0.01  # relative: errors, distances and numbers of nats or bits
SCORE = 2e-3  # absolute: what is at most 1 and no share of images
DECIBELS = 0.05
BORDERLINE = 2  # images, where a fitted model is applied or a convex problem solved
DENSITY = 5  # images that HDBSCAN puts elsewhere
TRAINED = 0.03  # share of images, where a net is trained again


def tolerance(metric: Metric, value: float, images: int) -> float:
    """The largest difference from `value`, measured on so many images, that is no fault.

    With ten classes of about the same size, k of N images that change their cluster move the
    accuracy by k/N at most, NMI by log10(N) k/N (each entropy by ln(N) k/N, over ln 10), and
    ARI by 4 k/N (an image is in 2/N of all pairs: of the index and of its largest value).
    """
    share = (DENSITY if metric.method == "HDBSCAN" else BORDERLINE) / images
    if metric.method in NETS or metric.synthetic_per_real is not None:
        share = TRAINED
    return {
        "accuracy": share,
        "agreement": share,
        "contrastive_accuracy": share,
        "clustering_accuracy": share,
        "nmi": share * math.log10(images),
        "ari": 4 * share,
        "auroc": SCORE,
        "iou": SCORE,
        "ssim": SCORE,
        "psnr": DECIBELS,
        "active_dimensions": 1.0,  # one at the threshold
    }.get(metric.measure, QUANTITY * abs(value))


def moved(
    found: Mapping[Metric, float], expected: Mapping[Metric, float], images: int
) -> dict[str, str]:
    """The figures of `found` that are further from the expected ones than may be, as text."""
    return {
        str(metric.title()): f"{value:.6g} is not {expected[metric]:.6g}"
        for metric, value in found.items()
        if not abs(value - expected[metric]) <= tolerance(metric, expected[metric], images)
    }
