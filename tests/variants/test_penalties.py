"""What variants add to the loss, against closed forms and slow, plain references."""

from itertools import pairwise

import pytest
import torch
from torch import nn

from ae_models.metric_key import Metric
from ae_models.networks.backbones import Dense
from ae_models.variants.contractive import (
    Contractive,
    ContractiveConfig,
    squared_jacobian_norm,
)
from ae_models.variants.overcomplete import Overcomplete, OvercompleteConfig
from ae_models.variants.sparse import Sparse, SparseConfig

ACTIVATIONS = {"relu": nn.ReLU, "silu": nn.SiLU, "sigmoid": nn.Sigmoid}


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("depth", [1, 2, 3])
def test_the_jacobian_norm_is_that_of_autograd(depth: int, activation: str) -> None:
    torch.manual_seed(depth)
    widths = (*(784, 12, 9)[:depth], 4)
    layers: list[nn.Module] = []
    for inside, outside in pairwise(widths):
        layers += [nn.Linear(inside, outside), ACTIVATIONS[activation]()]
    layers = layers[:-1]  # the code is linear
    x = torch.rand(3, 784)
    found = squared_jacobian_norm(layers, x)
    encode = nn.Sequential(*layers)
    for image, norm in zip(x, found, strict=True):
        jacobian = torch.autograd.functional.jacobian(encode, image)  # (4, 784)
        assert norm.item() == pytest.approx(jacobian.square().sum().item(), rel=1e-4)


def test_contraction_moves_the_weights_as_autograd_says(images) -> None:
    """The penalty is differentiated once more in training: its gradient by the slow way."""
    torch.manual_seed(0)
    config = ContractiveConfig(latent_dim=3, backbone=Dense(hidden=(7,), activation="silu"))
    model, x = Contractive(config), images(2)
    model(x).terms["jacobian"].backward()
    fast = [p.grad.clone() for p in model.encoder.parameters() if p.grad is not None]
    model.zero_grad()
    slow = sum(
        torch.autograd.functional.jacobian(
            lambda flat: model.encode(flat.view(1, 1, 28, 28))[0], image, create_graph=True
        )
        .square()
        .sum()
        for image in x.flatten(1)
    )
    (slow / 2).backward()  # type: ignore[union-attr]
    expected = [p.grad for p in model.encoder.parameters() if p.grad is not None]
    assert len(fast) >= 3  # both matrices and the bias that bends them
    for one, other in zip(fast, expected, strict=True):
        assert torch.allclose(one, other, rtol=1e-3, atol=1e-5)


def test_contraction_weighs_the_norm(images) -> None:
    torch.manual_seed(0)
    model = Contractive(ContractiveConfig(latent_dim=3, contraction=0.5))
    output = model(images(3))
    terms = model.loss_terms(output, images(3))
    assert terms["jacobian"].item() == pytest.approx(0.5 * output.terms["jacobian"].item())


def test_sparsity_is_the_l1_norm_of_a_code_that_is_not_negative(images) -> None:
    torch.manual_seed(0)
    model, x = Sparse(SparseConfig(latent_dim=20, sparsity=0.3)), images(5)
    z = model.encode(x)
    assert z.min() == 0 and z.max() > 0
    by_hand = sum(abs(value) for row in z.tolist() for value in row) / len(x)
    output = model(x)
    assert output.terms["l1"].item() == pytest.approx(by_hand, rel=1e-5)
    assert model.loss_terms(output, x)["l1"].item() == pytest.approx(0.3 * by_hand, rel=1e-5)
    spoken = sum(value > 0 for row in z.tolist() for value in row) / len(x)
    assert model.extra_metrics(x)[Metric("active_units")] == pytest.approx(spoken)


def test_large_decoder_weights_cannot_evade_sparsity(images) -> None:
    """Ten times its weights draw the same picture from the same code."""
    torch.manual_seed(0)
    model = Sparse(SparseConfig(latent_dim=20)).eval()
    z = model.encode(images(2))
    quiet = model.decode(z)
    with torch.no_grad():
        model.decoder.weight *= 10
    assert torch.allclose(model.decode(z), quiet, atol=1e-6)
    assert torch.allclose(model.atoms().norm(dim=1), torch.ones(20))


def test_the_overcomplete_code_is_larger_than_the_image(images) -> None:
    model = Overcomplete(OvercompleteConfig())
    z = model.encode(images(2))
    assert z.shape == (2, *model.latent_shape) and z[0].numel() > 784
