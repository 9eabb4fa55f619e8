"""The deep autoencoder: greedy layer-wise pretraining, and training from random weights."""

import pytest
import torch

from ae_models.datasets import DATASETS
from ae_models.training import recipe, recipes
from ae_models.training.loop import train
from ae_models.training.phases import GradientPhase, TrainingSet
from ae_models.training.state import TrainingState
from ae_models.variants.stacked import Stacked, StackedConfig

SMALL = StackedConfig(latent_dim=3, hidden=(10, 6))


@pytest.fixture
def data(images) -> TrainingSet:
    x, labels = images(48), torch.arange(48) % 10
    return TrainingSet(x[:40], labels[:40], x[40:], labels[40:])


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_greedy_phase_trains_just_its_pair_of_layers(number: int, data: TrainingSet) -> None:
    torch.manual_seed(0)
    run = TrainingState(
        Stacked(SMALL),
        [GradientPhase(2, batch_size=8, part=f"layer {number}")],
        0,
        torch.device("cpu"),
    )
    before = {key: value.clone() for key, value in run.model.state_dict().items()}
    records = list(train(run, data))
    moved = {k for k, value in run.model.state_dict().items() if not torch.equal(value, before[k])}
    mine = {f"{way}.{number - 1}" for way in ("down", "up")}
    assert moved == {f"{layer}.{kind}" for layer in mine for kind in ("weight", "bias")}
    assert records[0].gradients.keys() == mine
    assert records[1].loss["reconstruction"] < records[0].loss["reconstruction"]


def test_a_pair_reconstructs_the_activations_below_it(images) -> None:
    torch.manual_seed(0)
    model, x = Stacked(SMALL), images(5)
    labels, generator = torch.zeros(5), torch.Generator()
    below = x.flatten(1)
    for k, number in enumerate((1, 2, 3)):
        above = model.down[k](below)
        above = above if k == 2 else above.sigmoid()  # the code is linear
        error = (model.up[k](above).sigmoid() - below).square().sum() / len(x)
        terms = model.part_terms(f"layer {number}", x, labels, generator=generator)
        assert terms["reconstruction"].item() == pytest.approx(error.item(), rel=1e-5)
        below = above
    assert torch.allclose(model.encode(x), below)


def test_no_gradient_reaches_the_layers_below(images) -> None:
    model = Stacked(SMALL)
    terms = model.part_terms("layer 3", images(5), torch.zeros(5), generator=torch.Generator())
    terms["reconstruction"].backward()
    reached = {name for name, p in model.named_parameters() if p.grad is not None}
    assert reached == {"down.2.weight", "down.2.bias", "up.2.weight", "up.2.bias"}


@pytest.mark.parametrize("dataset", DATASETS)
def test_greedy_and_random_differ_in_nothing_but_the_order(dataset: str) -> None:
    greedy, random = (recipes.recipe(dataset, n) for n in ("stacked", "stacked-random"))
    assert greedy.config == random.config and greedy.seeds == random.seeds == (0, 1, 2)
    assert sum(p.epochs for p in greedy.phases) == sum(p.epochs for p in random.phases)
    layers = len(greedy.config.hidden) + 1  # type: ignore[attr-defined]
    parts = [phase.part for phase in greedy.phases if isinstance(phase, GradientPhase)]
    assert parts[:layers] == [f"layer {number}" for number in range(1, layers + 1)]
    assert set(parts[layers:]) == {""}
    assert greedy.phases[layers + 1 :] == random.phases[1:]  # what follows is the same
    same = random.phases[0]
    assert isinstance(same, GradientPhase) and not same.part
    for phase in greedy.phases[: layers + 1]:  # optimiser, rate, batch, precision
        assert phase == same._replace(epochs=phase.epochs, part=phase.part)
    for seed in random.seeds:  # the same first weights
        ours, theirs = (recipe.build(dataset, r, seed).state_dict() for r in (greedy, random))
        assert all(torch.equal(ours[key], theirs[key]) for key in ours)
