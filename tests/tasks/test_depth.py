"""Gradients by layer and epoch from a card's records, units of a small deep net, and noise."""

import numpy as np
import pytest
import torch

from ae_models.artifacts.card import Card, Epoch
from ae_models.tasks import depth
from ae_models.variants.stacked import Stacked, StackedConfig


def record(phase: str, gradients: dict[str, float], validation: dict[str, float]) -> Epoch:
    return Epoch(
        phase=phase,
        epoch=1,
        epochs=1,
        loss={},
        gradients=gradients,
        validation=validation,
        seconds=1.0,
    )


@pytest.fixture
def card() -> Card:
    """Two pairs of layers, alone for two epochs and one, and together for two."""
    together = [
        {"down.0": 1.0, "down.1": 2.0, "up.0": 8.0, "up.1": 4.0},
        {"down.0": 0.1, "down.1": 0.2, "up.0": 0.8, "up.1": 0.4},
    ]
    history = [
        record(1, {"down.0": 10.0, "up.0": 11.0}, {"reconstruction": 3.0}),
        record(1, {"down.0": 12.0, "up.0": 13.0}, {"reconstruction": 2.0}),
        record(2, {"down.1": 14.0, "up.1": 15.0}, {"reconstruction": 4.0}),
        *(record(3, norms, {"mse": norms["down.0"]}) for norms in together),
    ]
    return Card(
        name="x",
        dataset="mnist",
        variant="stacked",
        family="deep",
        config={},
        phases=(),
        trained_with={},
        seed=0,
        epochs=5,
        parameters=1,
        latent_dim=4,
        training_seconds=1.0,
        device="none",
        history=history,
        sha256=None,
    )


def test_layers_run_from_the_image_to_the_code_and_back(card: Card) -> None:
    assert depth.layers(card) == ["down.0", "down.1", "up.1", "up.0"]


def test_a_layer_that_is_not_trained_has_no_gradient(card: Card) -> None:
    rests = np.nan
    expected = [
        [10.0, 12.0, rests, 1.0, 0.1],  # down.0
        [rests, rests, 14.0, 2.0, 0.2],
        [rests, rests, 15.0, 4.0, 0.4],
        [11.0, 13.0, rests, 8.0, 0.8],  # up.0
    ]
    np.testing.assert_array_equal(depth.norms(card), expected)


def test_greedy_epochs_count_and_have_no_error_of_the_whole(card: Card) -> None:
    assert depth.greedy_epochs(card) == 3
    assert depth.validation_errors(card) == ([4, 5], [1.0, 0.1])


@pytest.fixture
def model() -> Stacked:
    torch.manual_seed(0)
    return Stacked(StackedConfig(latent_dim=3, hidden=(12, 6))).eval().requires_grad_(False)


def test_the_most_varied_units_are_those_of_largest_variance(model: Stacked, images) -> None:
    x = images(40)
    found = depth.unit_statistics(model, x, 5)
    assert [len(units) for units in found.varied] == [5, 5, 3]
    for layer, units in enumerate(found.varied):
        variance = model.activations(x.flatten(1), layer + 1).numpy().var(axis=0)
        assert units.tolist() == np.argsort(-variance)[:5].tolist()
    assert np.allclose(found.pixel_std, x.flatten(1).numpy().std(axis=0, ddof=1), atol=1e-5)


def test_effective_weights_are_the_gradient_of_a_linear_net(model: Stacked) -> None:
    """What a unit of the linear part responds to, by autograd."""
    x = torch.zeros(784, requires_grad=True)
    seen = x
    for layer in model.down:
        seen = seen @ layer.weight.T  # type: ignore[operator]
    (wanted,) = torch.autograd.grad(seen[2], x)
    spread = np.linspace(0, 1, 784, dtype=np.float32)  # the first pixel never changes
    (drawn,) = depth.effective_weights(model, 2, np.array([2]), spread)
    assert np.abs(drawn).max() == pytest.approx(1) and drawn[0, 0] == 0
    moved = wanted.numpy() * spread
    np.testing.assert_allclose(drawn.ravel(), moved / np.abs(moved).max(), atol=1e-5)


def test_random_pixels_are_those_of_their_seed_and_fill_the_range() -> None:
    x = depth.random_pixels(20, 3)
    assert x.shape == (20, 1, 28, 28)
    assert torch.equal(depth.random_pixels(20, 3), x)
    assert not torch.equal(depth.random_pixels(20, 4), x)
    assert x.min() >= 0 and x.max() <= 1
    assert x.mean().item() == pytest.approx(0.5, abs=0.02)
    assert x.var().item() == pytest.approx(1 / 12, abs=0.005)
