"""How closely generated images match the requested attributes.

The requests are the labels and attributes of real test images; generated images are measured in
the same way as real ones.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ae_models import inference
from ae_models.base import TakesAttributes
from ae_models.images.attributes import measure
from ae_models.metric_key import Metric


def sample(
    model: TakesAttributes,
    labels: Tensor,
    attributes: Tensor,
    *,
    seed: int,
    temperature: float = 1.0,
) -> Tensor:
    """Samples for labels (N,) and attributes (N, A) in their units: (N, 1, 28, 28) in [0, 1].

    The result is on the CPU. `temperature` is a factor of the prior's standard deviation.
    """
    generator = torch.Generator().manual_seed(seed)
    style = torch.randn((len(labels), *model.latent_shape), generator=generator)
    return inference.in_batches(
        model,
        lambda m, eps, label, given: m.decode(m.from_style(eps, label, given), label),
        temperature * style,
        labels,
        attributes,
    )


def figures(
    model: TakesAttributes, real: Tensor, labels: Tensor, *, seed: int
) -> dict[Metric, float]:
    """Mean absolute error of each requested attribute in its unit, and its reference value.

    The reference is the mean absolute difference between the requested value and that of another
    sample of the same label, which was generated for another request.
    """
    names = model.attributes
    requested = measure(names, real)
    found = measure(names, sample(model, labels, requested, seed=seed))
    order = torch.arange(len(labels))
    for label in labels.unique():  # another image of the same class for each
        of_class = (labels == label).nonzero().squeeze(1)
        order[of_class] = of_class.roll(1)
    errors = (found - requested).abs().mean(0).tolist()
    reference = (found[order] - requested).abs().mean(0).tolist()
    return {
        error_of(name, requested=as_requested): value
        for as_requested, values in ((True, errors), (False, reference))
        for name, value in zip(names, values, strict=True)
    }


def error_of(attribute: str, *, requested: bool = True) -> Metric:
    """The key of an attribute's mean absolute error, or of its reference value."""
    condition = "" if requested else "not_requested"
    return Metric("attribute_error", attribute=attribute, condition=condition)
