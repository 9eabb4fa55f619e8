"""What the ONNX graphs of a model compute: one function a file, with named inputs and outputs.

Which functions a model has follows from its abilities. Axes: B images, any number; D the code;
A the attributes. Shapes and types are those of `base`; labels are int64, `temperature` is (1,).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from ae_models.base import (
    Autoencoder,
    Codes,
    Inpaints,
    Model,
    Reconstructs,
    Samples,
    SamplesInStyles,
    TakesAttributes,
    Variational,
)
from ae_models.networks.classifier import ReferenceClassifier
from ae_models.variants.gan import Gan
from ae_models.variants.mixture import Mixture
from ae_models.variants.vae import Vae

BATCH = 3  # images in the example inputs; any number but 0 and 1, which torch.export specialises

# What an ability promises and no graph computes, with the reason: (variant, file).
NOT_EXPORTED = {
    ("vqvae", "sample.onnx"): (
        "the autoregressive prior draws 49 indices in turn, each from a distribution that "
        "depends on the indices drawn before it, so that no draw of fixed size is its input"
    ),
}
# Checkpoints that have no graph at all, with the reason.
WITHOUT_WEIGHTS = "the checkpoint ships its card alone: it has no weights to run"


class GraphFunction(NamedTuple):
    """One graph: what it computes, on which inputs, and what its results are called."""

    call: Callable[..., Tensor | tuple[Tensor, ...]]  # of the inputs, in their order
    inputs: dict[str, Tensor]  # examples with BATCH rows; `temperature` alone has one number
    outputs: tuple[str, ...]


def graph_functions(model: Model) -> dict[str, GraphFunction]:
    """Every graph of a model, by file name; what `NOT_EXPORTED` names is left out."""
    x = {"x": torch.rand(BATCH, 1, 28, 28)}
    label = {"label": torch.zeros(BATCH, dtype=torch.long)}
    given = label if model.needs_label else {}
    found: dict[str, GraphFunction] = {}
    if isinstance(model, ReferenceClassifier):
        found["classify.onnx"] = GraphFunction(model.forward, x, ("logits",))
    if isinstance(model, Reconstructs):

        def reconstruct(x: Tensor, *given: Tensor) -> Tensor:
            if isinstance(model, Autoencoder):  # without the terms of the loss
                return model.decode(model.encode(x, *given), *given)
            return model(x, *given).x_hat

        found["reconstruct.onnx"] = GraphFunction(reconstruct, x | given, ("x_hat",))
    if isinstance(model, Variational):

        def encode(*inputs: Tensor) -> tuple[Tensor, ...]:
            posterior = model.posterior(*inputs)
            return posterior.mean, 2 * posterior.stddev.log()

        found["encode.onnx"] = GraphFunction(encode, x | given, ("z", "log_variance"))
    elif isinstance(model, Codes):
        found["encode.onnx"] = GraphFunction(model.encode, x | given, ("z",))
    if isinstance(model, Codes):
        z = {"z": torch.rand(BATCH, *model.latent_shape)}
        found["decode.onnx"] = GraphFunction(model.decode, z | given, ("x_hat",))
    if isinstance(model, Inpaints):
        hidden = {"hidden": torch.zeros(BATCH, 1, 28, 28, dtype=torch.bool)}
        found["inpaint.onnx"] = GraphFunction(model.inpaint, x | hidden, ("x_hat",))
    if isinstance(model, Samples) and (sampled := _sample(model)) is not None:
        found["sample.onnx"] = sampled
    return found


def _sample(model: Samples) -> GraphFunction | None:
    """The sampler, given its draw; None where the draw has no fixed size.

    `noise` is standard normal, (B, D); `temperature` multiplies it.
    """
    label = {"label": torch.zeros(BATCH, dtype=torch.long)}
    temperature = {"temperature": torch.ones(1)}
    if isinstance(model, Mixture):

        def of_component(noise: Tensor, component: Tensor, temperature: Tensor) -> Tensor:
            return model.decode(model.in_component(component, temperature * noise))

        drawn = _noise(*model.latent_shape) | {"component": label["label"]}
        return GraphFunction(of_component, drawn | temperature, ("x_hat",))
    if isinstance(model, Gan):

        def generated(noise: Tensor, label: Tensor, temperature: Tensor) -> Tensor:
            return model.average(temperature * noise, label)

        inputs = _noise(model.config.latent_dim) | label | temperature
        return GraphFunction(generated, inputs, ("x_hat",))
    if isinstance(model, TakesAttributes):

        def asked(noise: Tensor, label: Tensor, temperature: Tensor, attributes: Tensor) -> Tensor:
            return model.decode(model.from_style(temperature * noise, label, attributes), label)

        inputs = _noise(*model.latent_shape) | label | temperature
        attributes = {"attributes": torch.ones(BATCH, len(model.attributes))}
        return GraphFunction(asked, inputs | attributes, ("x_hat",))
    if isinstance(model, SamplesInStyles):

        def in_style(noise: Tensor, label: Tensor, temperature: Tensor) -> Tensor:
            return model.decode(model.from_style(temperature * noise, label), label)

        inputs = _noise(*model.latent_shape) | label | temperature
        return GraphFunction(in_style, inputs, ("x_hat",))
    if isinstance(model, Vae):

        def from_prior(noise: Tensor, temperature: Tensor) -> Tensor:
            return model.decode(temperature * noise)

        return GraphFunction(from_prior, _noise(*model.latent_shape) | temperature, ("x_hat",))
    return None


def _noise(*shape: int) -> dict[str, Tensor]:
    return {"noise": torch.randn(BATCH, *shape)}
