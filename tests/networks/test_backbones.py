"""Encoder and decoder bodies: shapes and conditioning."""

import pytest
import torch
from pydantic import ValidationError
from torch import nn

from ae_models.networks.backbones import (
    ACTIVATIONS,
    BackboneConfig,
    Conv,
    Dense,
    Dropout,
    decoder,
    encoder,
)

BODIES = [
    body
    for activation in ACTIVATIONS
    for body in (
        Dense(hidden=(24,), activation=activation),
        Dense(hidden=(20, 12), activation=activation),
        Conv(channels=(3, 5), hidden=16, activation=activation),
    )
] + [
    Dense(hidden=(20, 12), batch_norm=True, dropout=0.2),
    Conv(channels=(3, 5), hidden=16, batch_norm=True, dropout=0.2),
    Conv(channels=(3, 5), hidden=0, dropout=0.5),
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
    down, up = encoder(body, 7, 10).eval(), decoder(body, 7, 10).eval()
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


def test_what_is_off_leaves_every_weight_where_it_was() -> None:
    """The names under which shipped checkpoints keep their weights."""
    dense, conv = Dense(hidden=(20, 12)), Conv(channels=(3, 5), hidden=16)
    assert list(encoder(dense, 7).state_dict()) == [
        f"after.{place}.{kind}" for place in (0, 2, 4) for kind in ("weight", "bias")
    ]
    assert list(decoder(conv, 7).state_dict()) == [
        f"after.{place}.{kind}" for place in (0, 2, 5, 7) for kind in ("weight", "bias")
    ]


def test_batch_norm_comes_before_each_activation_and_dropout_after() -> None:
    kinds = [type(m) for m in decoder(Dense(hidden=(9,), batch_norm=True, dropout=0.1), 4).after]
    assert kinds == [
        nn.Linear,
        nn.BatchNorm1d,
        nn.ReLU,
        Dropout,
        nn.Linear,
        nn.Unflatten,
    ]


def test_dropout_drops_its_fraction_keeps_the_mean_and_is_off_in_eval() -> None:
    torch.manual_seed(0)
    dropout = Dropout(0.25)
    x = torch.ones(200, 500)
    seen = dropout(x)
    assert (seen == 0).float().mean().item() == pytest.approx(0.25, abs=0.01)
    assert seen.unique().tolist() == pytest.approx([0, 1 / 0.75])
    assert seen.mean().item() == pytest.approx(1, abs=0.02)
    assert not torch.equal(dropout(x), seen)  # every batch loses others
    assert dropout.eval()(x) is x


def test_dropout_continues_from_its_state() -> None:
    torch.manual_seed(0)
    one, other = Dropout(0.5), Dropout(0.5)
    x = torch.ones(3, 40)
    assert not torch.equal(one(x), other(x))  # two layers of a net drop different units
    state = {key: value.clone() for key, value in one.state_dict().items()}
    first = one(x)
    torch.rand(7)
    other.load_state_dict(state)
    assert torch.equal(other(x), first)
