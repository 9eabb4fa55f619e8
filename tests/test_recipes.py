"""Every recipe: its model can learn, all of it, and the recipe says truly what is done."""

import numpy as np
import pytest
import torch

from ae_models import recipes
from ae_models.base import Samples
from ae_models.data import DATASETS, split_off_validation
from ae_models.phases import Descent, TrainingSet
from ae_models.recipes import RECIPES
from ae_models.run import Run
from ae_models.training import train
from ae_models.variants import VARIANTS

TRAINED = [
    (dataset, name)
    for name in RECIPES
    for dataset in DATASETS
    if isinstance(recipes.recipe(dataset, name).phases[0], Descent)
]
# Of recipes with the same network one is enough to learn by heart.
DISTINCT = {
    (r.variant, r.config.model_dump_json()): (dataset, name)
    for dataset, name in TRAINED
    for r in [recipes.recipe(dataset, name)]
}
LEARNT = 0.3  # of the squared error that the mean image makes


def run_of(dataset: str, name: str, phases: list) -> Run:
    built = recipes.build(recipes.recipe(dataset, name), seed=0)
    return Run(built, phases, 0, torch.device("cpu"))


@pytest.fixture
def data(digits) -> TrainingSet:
    """32 digits to learn by heart: they are the validation images as well."""
    x, labels = (part[:32] for part in digits)
    return TrainingSet(x, labels, x, labels)


@pytest.mark.parametrize(("dataset", "name"), DISTINCT.values())
def test_the_model_learns_32_images_by_heart(dataset, name, data: TrainingSet) -> None:
    target = "label" if RECIPES[name].variant == "judge" else "image"
    phase = Descent(150, 2e-3, batch_size=4, target=target)
    mean_image = (data.images - data.images.mean(0)).square().mean().item()
    for record in train(run_of(dataset, name, [phase]), data):
        figures = record.validation
        if figures.get("accuracy") == 1 or figures.get("mse", 1) < LEARNT * mean_image:
            return
    pytest.fail(f"only {figures} after {phase.epochs} epochs")


@pytest.mark.parametrize(("dataset", "name"), TRAINED)
def test_gradients_of_its_phases_reach_every_parameter(dataset, name, data) -> None:
    phases = [
        phase._replace(epochs=3, weight_decay=0.0) if isinstance(phase, Descent) else phase
        for phase in recipes.recipe(dataset, name).phases
    ]
    run = run_of(dataset, name, phases)
    before = {key: value.clone() for key, value in run.model.named_parameters()}
    list(train(run, data))
    still = [key for key, value in run.model.named_parameters() if torch.equal(value, before[key])]
    assert not still


@pytest.mark.parametrize(("dataset", "name"), TRAINED)
def test_a_prior_that_is_trained_comes_to_fit_its_codes(dataset, name, data) -> None:
    phases = recipes.recipe(dataset, name).phases
    if not any(isinstance(p, Descent) and p.trains == "the prior" for p in phases):
        assert not hasattr(recipes.build(recipes.recipe(dataset, name), 0), "prior")
        return
    short = [p._replace(epochs=30, batch_size=32) for p in phases]
    records = list(train(run_of(dataset, name, short), data))
    losses = [r.loss["prior"] for r in records if "prior" in r.loss]
    assert len(losses) == 30 and losses[-1] < losses[0]


def test_every_variant_has_a_recipe_and_the_judge_comes_first() -> None:
    assert set(VARIANTS) <= {recipe.variant for recipe in RECIPES.values()}
    samplers = [
        n for n, r in RECIPES.items() if issubclass(VARIANTS.get(r.variant, object), Samples)
    ]
    assert list(RECIPES).index("judge") < min(list(RECIPES).index(n) for n in samplers)


@pytest.mark.parametrize("dataset", DATASETS)
@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_is_told_in_words_and_its_seed_repeats(name: str, dataset: str) -> None:
    recipe = recipes.recipe(dataset, name)
    text = recipes.describe(recipe)
    for phase in recipe.phases:
        assert phase.describe() in text
        if isinstance(phase, Descent):
            for shown in (f"{phase.epochs} epochs", f"{phase.learning_rate:g}", phase.precision):
                assert shown in phase.describe()
            if phase.noise:
                assert phase.noise[0] in phase.describe()
    states = [recipes.build(recipe, seed).state_dict() for seed in (1, 1)]
    assert all(torch.equal(states[0][key], states[1][key]) for key in states[0])


def test_digits_are_not_mirrored() -> None:
    for name in RECIPES:
        for phase in recipes.recipe("mnist", name).phases:
            assert not (isinstance(phase, Descent) and phase.flip)


def test_an_unknown_recipe_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        recipes.recipe("mnist", "transformer")


@pytest.mark.data
@pytest.mark.parametrize("dataset", DATASETS)
def test_the_training_set_is_the_training_split_without_the_validation_part(
    dataset: str, original
) -> None:
    images = original(dataset, "train")
    training = recipes.training_set(dataset)
    kept, held = split_off_validation(60_000)
    assert len(training.images) == 55_000 and len(training.validation_images) == 5_000
    assert np.array_equal(training.labels.numpy(), images.labels[kept])
    assert np.array_equal(training.validation_labels.numpy(), images.labels[held])
    some = (training.validation_images[:50, 0] * 255).round().byte().numpy()
    assert np.array_equal(some, images.pixels[held[:50]])
