"""The masked autoencoder: what is masked, and reconstructions at both resolutions."""

import pytest
import torch

from ae_models.networks.masked_autoencoder import (
    PIXELS,
    MaskedAutoencoder,
    MaskedAutoencoderConfig,
    halved,
)

CONFIG = MaskedAutoencoderConfig(hidden=24, latent_dim=8)


@pytest.fixture
def net() -> MaskedAutoencoder:
    torch.manual_seed(0)
    return MaskedAutoencoder(CONFIG)


def test_squares_have_the_configured_sides(net) -> None:
    white = torch.ones(400, 1, 28, 28)
    one = MaskedAutoencoder(MaskedAutoencoderConfig(hidden=24, latent_dim=8, squares=1))
    masked = one.masked(white, torch.Generator().manual_seed(0))[:, 0] == 0
    heights, widths = masked.any(2).sum(1), masked.any(1).sum(1)
    assert (masked.sum((1, 2)) == heights * widths).all()  # one rectangle, whole
    for sides in (heights, widths):
        assert set(sides.tolist()) == {6, 8, 10, 12}  # 3 to 6 pixels of half resolution
    assert masked.any(0).all()  # every pixel is masked in some image
    assert torch.equal(net.masked(white, torch.Generator()), net.masked(white, torch.Generator()))
    assert (white == 1).all()


def test_the_input_is_masked_in_training_mode_alone(net, images) -> None:
    x = images(20)
    assert torch.equal(net.eval()(x).x_hat, net(x).x_hat)
    generator = torch.Generator().manual_seed(0)
    assert not torch.equal(net.train()(x, generator=generator).x_hat, net.eval()(x).x_hat)


def test_reconstructions_agree_at_both_resolutions(net, images) -> None:
    x = images(5)
    small = net.eval().reconstruct_halved(x)
    assert torch.allclose(halved(net(x).x_hat), small, atol=1e-6)
    assert small.shape == (5, 1, 14, 14) and small.numel() == 5 * PIXELS


def test_without_squares_the_input_is_unchanged(images) -> None:
    bare = MaskedAutoencoder(MaskedAutoencoderConfig(hidden=4, latent_dim=2, squares=0))
    x = images(3)
    assert torch.equal(bare.masked(x, None), x)
