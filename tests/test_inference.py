"""Running a shared model: in batches, smaller ones, and on the CPU when out of memory."""

import threading

import pytest
import torch
from torch import nn

from ae_models import inference
from ae_models.base import Codes, Reconstructs
from ae_models.variants import VARIANTS


class Greedy(nn.Module):
    """Doubles its input, and has memory for batches of `room` rows; its copy on the CPU for all."""

    def __init__(self, room: int) -> None:
        super().__init__()
        self.room = room
        self.factor = nn.Parameter(torch.tensor(2.0))
        self.batches: list[int] = []

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.batches.append(len(x))
        if len(x) > self.room:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return self.factor * x

    def cpu(self) -> "Greedy":
        self.room = 10**9
        return self


def doubled(model: nn.Module, x: torch.Tensor) -> torch.Tensor:
    return inference.in_batches(model, lambda m, part: m(part), x)


@pytest.mark.parametrize("name", [n for n, k in VARIANTS.items() if issubclass(k, Reconstructs)])
def test_batches_equal_one_pass(name: str, images) -> None:
    torch.manual_seed(0)
    kind = VARIANTS[name]
    small = {"latent_dim": 4} if issubclass(kind, Codes) else {}
    model = kind(kind.Config(**small)).eval()
    for rows in (0, 1, 8, 19):
        x, labels = images(rows), torch.arange(rows) % 10
        found = inference.in_batches(model, lambda m, *part: m(*part).x_hat, x, labels, batch=8)
        assert found.shape == (rows, 1, 28, 28) and not found.requires_grad
        assert torch.allclose(found, model(x, labels).x_hat, atol=1e-6)
        assert torch.allclose(inference.reconstruct(model, x, labels), found, atol=1e-6)
        if isinstance(model, Codes):
            z = inference.encode(model, x, labels)
            assert torch.allclose(inference.decode(model, z, labels), found, atol=1e-5)


@pytest.mark.parametrize("room", [1000, 250, 100, 16])
def test_a_batch_that_does_not_fit_becomes_smaller(room: int) -> None:
    model, x = Greedy(room), torch.rand(2500, 3)
    with inference.noticed() as notices:
        assert torch.equal(doubled(model, x), 2 * x)
    assert max(batch for batch in model.batches if batch <= room) > room / 4
    assert notices == []  # the GPU did it all


def test_where_no_batch_fits_a_copy_goes_on_on_the_cpu_and_a_notice_says_so() -> None:
    model, x = Greedy(0), torch.rand(100, 3)
    with inference.noticed() as notices:
        assert torch.equal(doubled(model, x), 2 * x)
    assert notices == [inference.OUT_OF_MEMORY]
    assert model.room == 0  # the shared model is as it was
    assert model.factor.item() == 2


def test_memory_that_ends_at_a_later_call_loses_nothing() -> None:
    class Leaking(Greedy):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            if self.room < 10**9 and len(self.batches) >= 2:
                self.room = 0
            return super().forward(x)

    x = torch.rand(5000, 3)
    with inference.noticed() as notices:
        assert torch.equal(doubled(Leaking(1000), x), 2 * x)
    assert notices == [inference.OUT_OF_MEMORY]


def test_a_notice_is_of_its_own_result_alone() -> None:
    x = torch.rand(100, 3)
    with inference.noticed() as first:
        doubled(Greedy(0), x)
    with inference.noticed() as second:
        doubled(Greedy(1000), x)
    assert first == [inference.OUT_OF_MEMORY] and second == []


def test_a_notice_stays_in_its_thread() -> None:
    x = torch.rand(100, 3)
    with inference.noticed() as notices:
        other = threading.Thread(target=doubled, args=(Greedy(0), x))
        other.start()
        other.join()
    assert notices == []


def test_where_the_cpu_fails_too_the_error_is_raised() -> None:
    class Hopeless(Greedy):
        def cpu(self) -> Greedy:
            return self

    with pytest.raises(torch.OutOfMemoryError):
        doubled(Hopeless(0), torch.rand(100, 3))


def test_other_errors_are_not_swallowed() -> None:
    with pytest.raises(RuntimeError, match="mat1"):
        inference.in_batches(nn.Linear(3, 2), lambda m, x: m(x), torch.rand(4, 5))


def test_class_probabilities_sum_to_1(images) -> None:
    judge = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
    probabilities = inference.class_probabilities(judge, images(5))
    assert probabilities.shape == (5, 10)
    assert torch.allclose(probabilities.sum(1), torch.ones(5))


def test_a_model_without_weights_is_on_the_cpu() -> None:
    assert inference.device_of(nn.Identity()) == torch.device("cpu")
