"""Encoder and decoder bodies: shapes, and the condition that joins them inside."""

import pytest
import torch
from pydantic import ValidationError
from torch import nn

from ae_models.backbones import ACTIVATIONS, BackboneConfig, Conv, Dense, decoder, encoder

BODIES = [
    body
    for activation in ACTIVATIONS
    for body in (
        Dense(hidden=(24,), activation=activation),
        Dense(hidden=(20, 12), activation=activation),
        Conv(channels=(3, 5), hidden=16, activation=activation),
    )
]


@pytest.mark.parametrize("condition", [0, 10])
@pytest.mark.parametrize("body", BODIES, ids=str)
def test_shapes_there_and_back(body, condition: int) -> None:
    given = torch.rand(4, condition) if condition else None
    z = encoder(body, 7, condition)(torch.rand(4, 1, 28, 28), given)
    assert z.shape == (4, 7)
    assert decoder(body, 7, condition)(z, given).shape == (4, 1, 28, 28)


@pytest.mark.parametrize("body", BODIES, ids=str)
def test_the_condition_changes_what_comes_out(body) -> None:
    x, z, one, two = torch.rand(1, 1, 28, 28), torch.rand(1, 7), *torch.eye(10)[:2, None]
    down, up = encoder(body, 7, 10), decoder(body, 7, 10)
    assert not torch.equal(down(x, one), down(x, two))
    assert not torch.equal(up(z, one), up(z, two))


def test_undercomplete_is_exactly_784_128_64_32_64_128_784() -> None:
    body = Dense(hidden=(128, 64))
    linear = [m for m in encoder(body, 32).modules() if isinstance(m, nn.Linear)]
    linear += [m for m in decoder(body, 32).modules() if isinstance(m, nn.Linear)]
    widths = [layer.in_features for layer in linear] + [linear[-1].out_features]
    assert widths == [784, 128, 64, 32, 64, 128, 784]


@pytest.mark.parametrize("body", BODIES, ids=str)
def test_a_configuration_goes_through_json(body) -> None:
    config = BackboneConfig(latent_dim=3, backbone=body)
    assert BackboneConfig.model_validate_json(config.model_dump_json()) == config


def test_an_unknown_backbone_is_refused() -> None:
    with pytest.raises(ValidationError):
        BackboneConfig.model_validate({"backbone": {"kind": "transformer"}})
