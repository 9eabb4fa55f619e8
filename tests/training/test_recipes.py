"""Every recipe: its model can be trained as a whole, and its description is correct."""

from operator import itemgetter

import numpy as np
import pytest
import torch

from ae_models.artifacts.card import FAMILIES
from ae_models.artifacts.checkpoint import KINDS, CheckpointError
from ae_models.artifacts.phase_record import describe_all
from ae_models.base import Reconstructs, Samples
from ae_models.datasets import DATASETS, split_off_validation
from ae_models.training import recipe, recipes
from ae_models.training.loop import train
from ae_models.training.phases import Fit, GradientPhase, TrainingSet
from ae_models.training.recipes import RECIPES
from ae_models.training.state import TrainingState
from ae_models.variants import VARIANTS
from ae_models.variants.mixture import MixtureConfig
from tests.selection import in_turn

TRAINED = [
    (dataset, name)
    for name in RECIPES
    for dataset in DATASETS
    if not all(isinstance(phase, Fit) for phase in recipes.recipe(dataset, name).phases)
]


def distinct(pairs: list[tuple[str, str]], *, phases: bool) -> list[tuple[str, str]]:
    """One recipe per network of any latent dimension and, if `phases`, per kinds of phases."""
    found: dict[str, tuple[str, str]] = {}
    for dataset, name in pairs:
        chosen = recipes.recipe(dataset, name)
        kinds = {(type(p).__name__, getattr(p, "part", "")) for p in chosen.phases}
        network = chosen.config.model_dump_json(exclude={"beta", "latent_dim"})
        key = f"{chosen.variant} {network} {sorted(kinds) if phases else ''}"
        found.setdefault(key, (dataset, name))
    return list(found.values())


RECONSTRUCTING = [
    (dataset, name)
    for dataset, name in TRAINED
    if issubclass(KINDS[recipes.recipe(dataset, name).variant], Reconstructs) or name == "judge"
]
LEARNT = 0.3  # of the squared error that the mean image makes


def run_of(dataset: str, name: str, phases: list) -> TrainingState:
    built = recipe.build(dataset, recipes.recipe(dataset, name), seed=0)
    return TrainingState(built, phases, 0, torch.device("cpu"))


@pytest.fixture
def data(digits) -> TrainingSet:
    """32 digits to learn by heart: they are the validation images as well."""
    x, labels = (part[:32] for part in digits)
    return TrainingSet(x, labels, x, labels)


# A CVAE of digits and one with attributes of clothes have all parts and losses between them.
OVERFITTED = in_turn(sorted(distinct(RECONSTRUCTING, phases=False), key=itemgetter(0)))


@pytest.mark.parametrize(("dataset", "name"), OVERFITTED)
def test_the_model_overfits_32_images(dataset, name, data: TrainingSet) -> None:
    chosen = recipes.recipe(dataset, name)
    target = "label" if chosen.variant == "judge" else "image"
    before = [  # what a recipe fits first or trains part by part is not asked to do without
        phase if isinstance(phase, Fit) else GradientPhase(20, 5e-3, batch_size=4, part=phase.part)
        for phase in chosen.phases
        if isinstance(phase, Fit) or getattr(phase, "part", "").startswith("layer")
    ]
    phase = GradientPhase(400, 3e-3, batch_size=4, target=target)
    mean_image = (data.images - data.images.mean(0)).square().mean().item()
    for record in train(run_of(dataset, name, [*before, phase]), data):
        figures = record.validation
        if figures.get("accuracy") == 1 or figures.get("mse", 1) < LEARNT * mean_image:
            return
    pytest.fail(f"only {figures} after {phase.epochs} epochs")


@pytest.mark.parametrize(("dataset", "name"), distinct(TRAINED, phases=True))
def test_gradients_of_its_phases_reach_every_parameter(dataset, name, data) -> None:
    phases = [
        phase if isinstance(phase, Fit) else phase._replace(epochs=3, weight_decay=0.0)
        for phase in recipes.recipe(dataset, name).phases
    ]
    run = run_of(dataset, name, phases)
    before = {key: value.clone() for key, value in run.model.named_parameters()}
    list(train(run, data))
    still = [key for key, value in run.model.named_parameters() if torch.equal(value, before[key])]
    assert not still


@pytest.mark.parametrize(("dataset", "name"), distinct(TRAINED, phases=True))
def test_a_prior_that_is_trained_comes_to_fit_its_codes(dataset, name, data) -> None:
    phases = recipes.recipe(dataset, name).phases
    run = run_of(dataset, name, [])
    if not any(isinstance(p, GradientPhase) and p.part == "prior" for p in phases):
        assert not hasattr(run.model, "prior")
        return
    run.phases = [
        p
        if isinstance(p, Fit)
        else p._replace(  # type: ignore[misc]
            epochs=30 if isinstance(p, GradientPhase) and p.part == "prior" else 3, batch_size=32
        )
        for p in phases
    ]
    losses = [r.loss["prior"] for r in train(run, data) if "prior" in r.loss]
    assert len(losses) == 30 and losses[-1] < losses[0]


def test_every_variant_has_a_recipe_and_the_classifier_comes_first() -> None:
    assert set(VARIANTS) <= {r.variant for r in RECIPES.values()}
    samplers = [
        n for n, r in RECIPES.items() if issubclass(VARIANTS.get(r.variant, object), Samples)
    ]
    assert list(RECIPES).index("judge") < min(list(RECIPES).index(n) for n in samplers)


@pytest.mark.parametrize("dataset", DATASETS)
@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_is_described_in_words(name: str, dataset: str) -> None:
    chosen = recipes.recipe(dataset, name)
    text = describe_all(chosen.records(), chosen.starts_from)
    assert chosen.family in FAMILIES and (chosen.starts_from or "judge") in RECIPES
    assert chosen.starts_from in text
    for phase in chosen.phases:
        assert phase.describe() in text
        if isinstance(phase, GradientPhase):
            for shown in (f"{phase.epochs} epochs", f"{phase.learning_rate:g}", phase.precision):
                assert shown in phase.describe()
            assert phase.part in phase.describe()
            for corruption in phase.corruptions:
                assert corruption.record().sentence() in phase.describe()


@pytest.mark.parametrize(
    ("dataset", "name"), distinct([(next(iter(DATASETS)), name) for name in RECIPES], phases=False)
)
def test_the_seed_of_a_recipe_repeats(dataset: str, name: str) -> None:
    chosen = recipes.recipe(dataset, name)
    alone = chosen._replace(starts_from="")  # which need not be trained yet
    states = [recipe.build(dataset, alone, seed).state_dict() for seed in (1, 1)]
    assert all(torch.equal(states[0][key], states[1][key]) for key in states[0])


def test_a_recipe_starts_from_the_weights_that_it_names(put) -> None:
    lender = put("lender")
    chosen = RECIPES["conv-gmm"]._replace(
        starts_from="lender",
        config=MixtureConfig.model_validate({"latent_dim": 4, "components": 2}),
    )
    started = recipe.build("mnist", chosen, seed=9).state_dict()
    lent = lender.state_dict()
    assert all(torch.equal(started[key], lent[key]) for key in lent)
    assert started.keys() - lent.keys() == {"shares", "means", "spreads"}
    with pytest.raises(CheckpointError, match="fashion/lender"):
        recipe.build("fashion", chosen, seed=9)


def test_digits_are_not_mirrored() -> None:
    for name in RECIPES:
        for phase in recipes.recipe("mnist", name).phases:
            assert not getattr(phase, "flip", False)


def test_an_unknown_recipe_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        recipes.recipe("mnist", "transformer")


@pytest.mark.data
@pytest.mark.parametrize("dataset", ["fashion"])
def test_the_training_set_is_the_training_split_without_the_validation_part(
    dataset: str, original
) -> None:
    images = original(dataset, "train")
    training = recipe.training_set(dataset)
    kept, held = split_off_validation(60_000)
    assert len(training.images) == 55_000 and len(training.validation_images) == 5_000
    assert np.array_equal(training.labels.numpy(), images.labels[kept])
    assert np.array_equal(training.validation_labels.numpy(), images.labels[held])
    some = (training.validation_images[:50, 0] * 255).round().byte().numpy()
    assert np.array_equal(some, images.pixels[held[:50]])
