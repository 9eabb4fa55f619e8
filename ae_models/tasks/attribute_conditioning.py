"""How well a sampler gives the attributes that it is asked for.

Asked are the labels and attributes that real test images have together; what comes back is
measured like any image.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ae_models import inference
from ae_models.images.attributes import measure
from ae_models.variants.cvae_attributes import CvaeAttributes


def sample(
    model: CvaeAttributes,
    labels: Tensor,
    attributes: Tensor,
    *,
    seed: int,
    temperature: float = 1.0,
) -> Tensor:
    """Labels (N,) with attributes (N, A) in their units -> (N, 1, 28, 28) in [0, 1], on the CPU."""
    generator = torch.Generator().manual_seed(seed)
    style = torch.randn((len(labels), *model.latent_shape), generator=generator)
    return inference.in_batches(
        model,
        lambda m, eps, label, wanted: m.decode(m.from_style(eps, label, wanted), label),
        temperature * style,
        labels,
        attributes,
    )


def figures(model: CvaeAttributes, real: Tensor, labels: Tensor, *, seed: int) -> dict[str, float]:
    """Mean absolute error of each attribute asked for, in its unit; and what not asking costs.

    The reference is the mean difference between what was asked for and what another sample of
    the same label shows.
    """
    names = model.config.attributes
    asked = measure(names, real)
    found = measure(names, sample(model, labels, asked, seed=seed))
    order = torch.arange(len(labels))
    for label in labels.unique():  # each one's neighbour within its class
        of_class = (labels == label).nonzero().squeeze(1)
        order[of_class] = of_class.roll(1)
    errors = (found - asked).abs().mean(0).tolist()
    unasked = (found[order] - asked).abs().mean(0).tolist()
    return {f"{name} error": error for name, error in zip(names, errors, strict=True)} | {
        f"{name} error, not asked": error for name, error in zip(names, unasked, strict=True)
    }
