"""Nudges, spreads, gains and Jacobians, against autograd row by row and closed forms."""

import numpy as np
import pytest
import torch
from scipy import ndimage

from ae_models.networks.backbones import BackboneConfig, Dense
from ae_models.tasks import contraction
from ae_models.tasks.contraction import NUDGES, Spreads
from ae_models.variants.contractive import Contractive, ContractiveConfig, squared_jacobian_norm
from ae_models.variants.plain import PlainAutoencoder


@pytest.fixture
def model() -> Contractive:
    torch.manual_seed(0)
    body = Dense(hidden=(20, 12), activation="silu")
    return Contractive(ContractiveConfig(latent_dim=5, backbone=body)).eval().requires_grad_(False)


class Scaled(PlainAutoencoder):
    """The same code written in another unit."""

    def encode(self, x, label=None):  # type: ignore[no-untyped-def]
        return 0.01 * super().encode(x)


def test_the_jacobian_is_autograds(model, images) -> None:
    x = images(1)
    slopes = contraction.jacobian(model, x)
    assert slopes.shape == (5, 784) and not slopes.requires_grad
    for row in range(5):
        image = x.clone().requires_grad_()
        model.encode(image)[0, row].backward()
        assert torch.allclose(slopes[row], image.grad.flatten(), atol=1e-6), row
    whole = torch.func.jacrev(lambda one: model.encode(one).flatten())(x).flatten(1)
    assert torch.allclose(slopes, whole, atol=1e-6)


def test_singular_values_make_the_norm_that_the_penalty_has(model, images) -> None:
    x = images(1)
    found = contraction.directions(contraction.jacobian(model, x), Spreads(1.0, 1.0))
    penalty = squared_jacobian_norm(model.layers(), x.flatten(1)).item()
    assert contraction.norm(found.gains) ** 2 == pytest.approx(penalty, rel=1e-4)
    assert (found.gains.diff() <= 0).all()


def test_a_small_step_along_a_direction_moves_the_code_by_its_gain(model, images) -> None:
    x, units = images(1), Spreads(8.0, 0.3)
    found = contraction.directions(contraction.jacobian(model, x), units)
    for value, way in zip(found.gains, found.pictures, strict=True):
        assert way.norm().item() == pytest.approx(1, abs=1e-5)
        assert way.flatten()[way.abs().argmax()] > 0
        step = 1e-2 * way.view_as(x)
        carried = contraction.gain(model, x - step / 2, x + step / 2, units)
        assert carried.item() == pytest.approx(value.item(), rel=2e-2)


def test_a_mere_scaling_of_the_code_counts_for_nothing(images) -> None:
    config = BackboneConfig(latent_dim=5, backbone=Dense(hidden=(20,)))
    plain, scaled = PlainAutoencoder(config), Scaled(config)
    scaled.load_state_dict(plain.state_dict())
    x = images(40)
    found = []
    for model in (plain.requires_grad_(False), scaled.requires_grad_(False)):
        units = Spreads(contraction.spread(x), contraction.spread(model.encode(x)))
        moved = contraction.nudge(x, "shift", 0.5, 0)
        gains = contraction.directions(contraction.jacobian(model, x[:1]), units).gains
        found.append((contraction.gain(model, x, moved, units), gains))
    for one, other in zip(*found, strict=True):
        assert torch.allclose(one, other, rtol=1e-3)
    raw = [contraction.jacobian(model, x[:1]).norm().item() for model in (plain, scaled)]
    assert raw[1] == pytest.approx(raw[0] / 100, rel=1e-3)


def test_a_spread_is_the_root_mean_squared_distance_from_the_mean() -> None:
    points = np.random.default_rng(0).normal(size=(9, 2, 3)) + 5
    mean = points.mean(axis=0)
    slow = np.sqrt(sum(((p - mean) ** 2).sum() for p in points) / 9)
    assert contraction.spread(torch.from_numpy(points)) == pytest.approx(slow)


def test_a_way_is_measured_in_spreads() -> None:
    points, others = torch.zeros(2, 3), torch.tensor([[0.0, 3.0, 4.0], [0.0, 0.0, 0.0]])
    assert contraction.moved(points, others, 2.5).tolist() == [2.0, 0.0]


@pytest.mark.parametrize("kind", NUDGES)
def test_a_nudge_of_size_0_changes_nothing_and_a_seed_repeats(kind: str, images) -> None:
    x = images(3)
    assert torch.allclose(contraction.nudge(x, kind, 0.0, 0), x, atol=1e-5)
    one = contraction.nudge(x, kind, 0.6, 1)
    assert torch.equal(one, contraction.nudge(x, kind, 0.6, 1))
    assert one.min() >= 0 and one.max() <= 1 and one.shape == x.shape
    less = contraction.nudge(x, kind, 0.2, 1)
    assert ((less - x).flatten(1).norm(dim=1) < (one - x).flatten(1).norm(dim=1)).all()


def test_a_random_nudge_has_its_length_before_it_is_clipped() -> None:
    grey = torch.full((2, 1, 28, 28), 0.5)
    moved = contraction.nudge(grey, "random direction", 0.25, 3)
    way = (moved - grey).flatten(1)
    assert way.norm(dim=1).tolist() == pytest.approx(2 * [0.25 * contraction.FARTHEST], rel=1e-4)
    assert abs(float(way[0] @ way[1])) < 1  # each image has a direction of its own


def test_half_a_shift_is_one_pixel_to_the_right(images) -> None:
    x = images(2)
    moved = contraction.nudge(x, "shift", 0.5, 0)
    assert torch.allclose(moved[..., 1:], x[..., :-1], atol=1e-5)
    assert not moved[..., 0].any()


def test_a_turn_is_scipys_clockwise(images) -> None:
    x = images(1)
    moved = contraction.nudge(x, "turn", 1.0, 0)[0, 0].numpy()
    degrees = -contraction.MOST_DEGREES  # scipy turns the other way
    slow = ndimage.rotate(x[0, 0].numpy(), degrees, reshape=False, order=1)
    assert np.abs(moved - slow)[4:-4, 4:-4].max() < 1e-4


def test_a_response_is_what_the_model_makes_of_both(model, images) -> None:
    x = images(1)
    nudged = contraction.nudge(x, "turn", 0.4, 0)
    found = contraction.of_model(model, x, nudged, 0.3)
    z, z_nudged = model.encode(x), model.encode(nudged)
    assert torch.allclose(found.before, model.decode(z), atol=1e-6)
    assert torch.allclose(found.after, model.decode(z_nudged), atol=1e-6)
    assert torch.equal(found.change, (found.after - found.before)[0, 0])
    far = (z_nudged - z).norm().item() / 0.3
    assert found.way == pytest.approx(far, rel=1e-4)
    assert contraction.ways(model, x, "turn", [0.0, 0.4], 0, 0.3) == pytest.approx(
        [0, far], rel=1e-3, abs=1e-4
    )
    image = contraction.of_image(x, nudged, 2.0)
    assert torch.equal(image.change, (nudged - x)[0, 0])
    assert image.way == pytest.approx((nudged - x).norm().item() / 2, rel=1e-4)
