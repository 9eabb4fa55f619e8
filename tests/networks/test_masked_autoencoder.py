"""The net that draws what is covered."""

import pytest
import torch

from ae_models.networks.masked_autoencoder import PIXELS, Uncovering, UncoveringConfig, halved

CONFIG = UncoveringConfig(hidden=24, latent_dim=8)


@pytest.fixture
def net() -> Uncovering:
    torch.manual_seed(0)
    return Uncovering(CONFIG)


def test_squares_of_the_asked_sizes_are_covered(net) -> None:
    white = torch.ones(400, 1, 28, 28)
    one = Uncovering(UncoveringConfig(hidden=24, latent_dim=8, squares=1))
    covered = one.covered(white, torch.Generator().manual_seed(0))[:, 0] == 0
    heights, widths = covered.any(2).sum(1), covered.any(1).sum(1)
    assert (covered.sum((1, 2)) == heights * widths).all()  # one rectangle, whole
    for sides in (heights, widths):
        assert set(sides.tolist()) == {6, 8, 10, 12}  # 3 to 6 half-size pixels
    assert covered.any(0).all()  # each place is covered some time
    assert torch.equal(net.covered(white, torch.Generator()), net.covered(white, torch.Generator()))
    assert (white == 1).all()


def test_only_a_net_that_is_trained_covers_its_input(net, images) -> None:
    x = images(20)
    assert torch.equal(net.eval()(x).x_hat, net(x).x_hat)
    asked = torch.Generator().manual_seed(0)
    assert not torch.equal(net.train()(x, generator=asked).x_hat, net.eval()(x).x_hat)


def test_what_is_drawn_is_the_same_at_both_sizes(net, images) -> None:
    x = images(5)
    small = net.eval().half_size(x)
    assert torch.allclose(halved(net(x).x_hat), small, atol=1e-6)
    assert small.shape == (5, 1, 14, 14) and small.numel() == 5 * PIXELS


def test_no_squares_leave_the_picture(images) -> None:
    bare = Uncovering(UncoveringConfig(hidden=4, latent_dim=2, squares=0))
    x = images(3)
    assert torch.equal(bare.covered(x, None), x)
