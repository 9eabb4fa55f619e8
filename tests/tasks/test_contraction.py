"""Perturbations, scales, gains and Jacobians, against autograd row by row and closed forms."""

import numpy as np
import pytest
import torch
from scipy import ndimage

from ae_models.networks.backbones import BackboneConfig, Dense
from ae_models.tasks import contraction
from ae_models.tasks.contraction import PERTURBATIONS, Scales
from ae_models.variants.contractive import Contractive, ContractiveConfig, squared_jacobian_norm
from ae_models.variants.plain import PlainAutoencoder


@pytest.fixture
def model() -> Contractive:
    torch.manual_seed(0)
    body = Dense(hidden=(20, 12), activation="silu")
    return Contractive(ContractiveConfig(latent_dim=5, backbone=body)).eval().requires_grad_(False)


class Scaled(PlainAutoencoder):
    """The same code in another unit."""

    def encode(self, x, label=None):  # type: ignore[no-untyped-def]
        return 0.01 * super().encode(x)


def test_jacobian_equals_autograd_row_by_row(model, images) -> None:
    x = images(1)
    slopes = contraction.jacobian(model, x)
    assert slopes.shape == (5, 784) and not slopes.requires_grad
    for row in range(5):
        image = x.clone().requires_grad_()
        model.encode(image)[0, row].backward()
        assert torch.allclose(slopes[row], image.grad.flatten(), atol=1e-6), row


def test_singular_values_give_the_norm_of_the_penalty(model, images) -> None:
    x = images(1)
    found = contraction.directions(contraction.jacobian(model, x), Scales(1.0, 1.0))
    penalty = squared_jacobian_norm(model.layers(), x.flatten(1)).item()
    assert contraction.frobenius_norm(found.gains) ** 2 == pytest.approx(penalty, rel=1e-4)
    assert (found.gains.diff() <= 0).all()


def test_a_small_step_along_a_direction_moves_the_code_by_its_gain(model, images) -> None:
    x, scales = images(1), Scales(8.0, 0.3)
    found = contraction.directions(contraction.jacobian(model, x), scales)
    for value, direction in zip(found.gains, found.patterns, strict=True):
        assert direction.norm().item() == pytest.approx(1, abs=1e-5)
        assert direction.flatten()[direction.abs().argmax()] > 0
        step = 1e-2 * direction.view_as(x)
        carried = contraction.gain(model, x - step / 2, x + step / 2, scales)
        assert carried.item() == pytest.approx(value.item(), rel=2e-2)


def test_gain_is_invariant_to_the_scale_of_the_code(images) -> None:
    config = BackboneConfig(latent_dim=5, backbone=Dense(hidden=(20,)))
    plain, scaled = PlainAutoencoder(config), Scaled(config)
    scaled.load_state_dict(plain.state_dict())
    x = images(40)
    found = []
    for model in (plain.requires_grad_(False), scaled.requires_grad_(False)):
        scales = Scales(contraction.rms_distance(x), contraction.rms_distance(model.encode(x)))
        moved = contraction.perturb(x, "shift", 0.5, 0)
        gains = contraction.directions(contraction.jacobian(model, x[:1]), scales).gains
        found.append((contraction.gain(model, x, moved, scales), gains))
    for one, other in zip(*found, strict=True):
        assert torch.allclose(one, other, rtol=1e-3)
    raw = [contraction.jacobian(model, x[:1]).norm().item() for model in (plain, scaled)]
    assert raw[1] == pytest.approx(raw[0] / 100, rel=1e-3)


def test_rms_distance_from_the_mean() -> None:
    points = np.random.default_rng(0).normal(size=(9, 2, 3)) + 5
    mean = points.mean(axis=0)
    slow = np.sqrt(sum(((p - mean) ** 2).sum() for p in points) / 9)
    assert contraction.rms_distance(torch.from_numpy(points)) == pytest.approx(slow)


def test_displacement_is_divided_by_the_scale() -> None:
    points, others = torch.zeros(2, 3), torch.tensor([[0.0, 3.0, 4.0], [0.0, 0.0, 0.0]])
    assert contraction.displacement(points, others, 2.5).tolist() == [2.0, 0.0]


@pytest.mark.parametrize("kind", PERTURBATIONS)
def test_size_0_changes_nothing_and_a_seed_repeats(kind: str, images) -> None:
    x = images(3)
    assert torch.allclose(contraction.perturb(x, kind, 0.0, 0), x, atol=1e-5)
    one = contraction.perturb(x, kind, 0.6, 1)
    assert torch.equal(one, contraction.perturb(x, kind, 0.6, 1))
    assert one.min() >= 0 and one.max() <= 1 and one.shape == x.shape
    less = contraction.perturb(x, kind, 0.2, 1)
    assert ((less - x).flatten(1).norm(dim=1) < (one - x).flatten(1).norm(dim=1)).all()


def test_random_direction_has_its_length_before_clipping() -> None:
    grey = torch.full((2, 1, 28, 28), 0.5)
    moved = contraction.perturb(grey, "random direction", 0.25, 3)
    direction = (moved - grey).flatten(1)
    assert direction.norm(dim=1).tolist() == pytest.approx(
        2 * [0.25 * contraction.MAX_LENGTH], rel=1e-4
    )
    assert abs(float(direction[0] @ direction[1])) < 1  # each image has a direction of its own


def test_shift_of_half_size_is_one_pixel_to_the_right(images) -> None:
    x = images(2)
    moved = contraction.perturb(x, "shift", 0.5, 0)
    assert torch.allclose(moved[..., 1:], x[..., :-1], atol=1e-5)
    assert not moved[..., 0].any()


def test_rotation_agrees_with_scipy(images) -> None:
    x = images(1)
    moved = contraction.perturb(x, "turn", 1.0, 0)[0, 0].numpy()
    degrees = -contraction.MAX_ROTATION  # scipy rotates counter-clockwise
    slow = ndimage.rotate(x[0, 0].numpy(), degrees, reshape=False, order=1)
    assert np.abs(moved - slow)[4:-4, 4:-4].max() < 1e-4


def test_response_reconstructs_both_images(model, images) -> None:
    x = images(1)
    perturbed = contraction.perturb(x, "turn", 0.4, 0)
    found = contraction.model_response(model, x, perturbed, 0.3)
    z, z_perturbed = model.encode(x), model.encode(perturbed)
    assert torch.allclose(found.before, model.decode(z), atol=1e-6)
    assert torch.allclose(found.after, model.decode(z_perturbed), atol=1e-6)
    assert torch.equal(found.change, (found.after - found.before)[0, 0])
    far = (z_perturbed - z).norm().item() / 0.3
    assert found.distance == pytest.approx(far, rel=1e-4)
    assert contraction.displacement_curve(model, x, "turn", [0.0, 0.4], 0, 0.3) == pytest.approx(
        [0, far], rel=1e-3, abs=1e-4
    )
    image = contraction.image_response(x, perturbed, 2.0)
    assert torch.equal(image.change, (perturbed - x)[0, 0])
    assert image.distance == pytest.approx((perturbed - x).norm().item() / 2, rel=1e-4)
