"""Display titles: every trained model has one, in accordance with its recipe."""

import subprocess
import sys

import pytest

from ae_models.artifacts.titles import DESCRIPTIONS, title
from ae_models.datasets import DATASETS
from ae_models.networks.backbones import BackboneConfig, Dense
from ae_models.pipeline.studies import STUDIES
from ae_models.training import recipes
from ae_models.training.recipes import RECIPES


@pytest.mark.parametrize("name", [*RECIPES, *STUDIES])
def test_everything_trained_has_a_title_beside_its_key(name: str) -> None:
    assert title(name) not in ("", name)


def test_no_two_have_the_same_title() -> None:
    titles = [title(name) for name in (*RECIPES, *STUDIES)]
    assert len(set(titles)) == len(titles)


def test_a_number_in_a_title_is_the_recipes() -> None:
    for name, recipe in RECIPES.items():
        values = title(name).values
        if "k" in values:
            assert int(str(values["k"])) == recipe.config.model_dump()["latent_dim"], name
        if "beta" in values:
            assert float(str(values["beta"])) == recipe.config.model_dump()["beta"], name
        if "sigma" in values:
            strengths = {each.min for phase in recipe.phases for each in phase.corruptions}  # type: ignore[union-attr]
            assert strengths == {float(str(values["sigma"]))}, name


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("conv", "Convolutional"),
        ("pca-32", "PCA, 32"),
        ("undercomplete-2d", "Undercomplete, 2"),
        ("vae-beta-4", "β-VAE (β = 4)"),
        ("conv-gmm", "Convolutional + GMM"),
        ("judge", "Reference classifier"),
    ],
)
def test_titles_are_those_of_the_glossary(name: str, expected: str) -> None:
    assert title(name) == expected


@pytest.mark.parametrize("name", ["my-own-vae", "pca-", "{oops}", ""])
def test_a_key_without_a_title_is_its_own(name: str) -> None:
    assert title(name) == name


def test_a_title_needs_no_torch() -> None:
    code = (
        "import sys; from ae_models.artifacts import titles; titles.title('conv'); "
        "sys.exit('torch' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_description_names_the_layers_of_the_recipe() -> None:
    for dataset in DATASETS:
        config = recipes.recipe(dataset, "undercomplete").config
        assert isinstance(config, BackboneConfig) and isinstance(config.backbone, Dense)
        layers = (784, *config.backbone.hidden, config.latent_dim)
        assert "–".join(map(str, layers)) in DESCRIPTIONS["undercomplete"]
