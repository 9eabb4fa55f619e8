"""From recipe to checkpoint: what is up to date, and the precision of shipped weights."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from ae_models import datasets
from ae_models.artifacts import checkpoint
from ae_models.artifacts.card import Figures, read_card
from ae_models.metric_key import Metric
from ae_models.networks.backbones import BackboneConfig, Dense
from ae_models.pipeline import build, evaluation
from ae_models.training import recipes
from ae_models.training.phases import Corruption, Fit, GradientPhase
from ae_models.training.recipe import Recipe
from ae_models.variants.mixture import MixtureConfig

SMALL = Dense(hidden=(12,))
LENDER = Recipe(
    "plain",
    "bottleneck",
    BackboneConfig(latent_dim=2, backbone=SMALL),
    [GradientPhase(1, batch_size=16)],
)
BORROWER = Recipe(
    "mixture",
    "sampler",
    MixtureConfig(latent_dim=2, components=2, backbone=SMALL),
    [Fit("a mixture", recipes.fit_mixture)],
    starts_from="lender",
)

MSE, PSNR = Metric("mse"), Metric("psnr")


def quiet(*_: object) -> None:
    """Reports nothing."""


@pytest.fixture
def tiny(checkpoints, digits, monkeypatch) -> Path:
    """Two recipes on a hundred digits, measured by their error alone; the folder of mnist."""
    x, labels = datasets.to_pixels(digits[0][:160]), digits[1][:160].numpy()
    splits = {
        "train": datasets.Images(x[:100], labels[:100], decoded=False),
        "test": datasets.Images(x[100:], labels[100:], decoded=False),
    }
    monkeypatch.setattr(datasets, "original", lambda dataset, split: splits[split])
    monkeypatch.setattr(datasets, "VALIDATION", 20)
    monkeypatch.setattr(recipes, "RECIPES", {"lender": LENDER, "borrower": BORROWER})
    monkeypatch.setattr(recipes, "OF_ONE_DATASET", {})
    monkeypatch.setattr(checkpoint, "best_device", lambda: torch.device("cpu"))

    def measure(dataset, name, model, *, images: int, seed: int = 7) -> Figures:
        x = datasets.to_tensor(splits["test"].pixels[:images])
        error = (model(x).x_hat - x).square().mean().item()
        return Figures(images=len(x), seed=seed, values={MSE: error})

    monkeypatch.setattr(evaluation, "measure", measure)
    return Path(checkpoints) / "mnist"


def kinds(path: Path) -> set[torch.dtype]:
    return {tensor.dtype for tensor in load_file(path / "model.safetensors").values()}


def test_weights_ship_in_half_where_the_figures_agree(tiny: Path) -> None:
    card = build.make("mnist", "lender", report=quiet)
    assert kinds(tiny / "lender") == {torch.float16}
    assert card == read_card("mnist", "lender") and card.test is not None
    loaded = checkpoint.load("mnist", "lender")
    assert {p.dtype for p in loaded.parameters()} == {torch.float32}
    assert card.check == evaluation.measure("mnist", "lender", loaded, images=1_000)


def test_weights_ship_whole_where_half_of_them_would_change_a_figure(tiny, monkeypatch) -> None:
    halved = checkpoint.halved
    monkeypatch.setattr(
        checkpoint, "halved", lambda tensors: {k: t * 1.5 for k, t in halved(tensors).items()}
    )
    card = build.make("mnist", "lender", report=quiet)
    assert kinds(tiny / "lender") == {torch.float32}
    loaded = checkpoint.load("mnist", "lender")  # by the sha256 of the second file
    assert card.check == evaluation.measure("mnist", "lender", loaded, images=1_000)


def test_figures_are_the_same_to_what_a_reader_can_see() -> None:
    one = Figures(images=9, seed=0, values={MSE: 0.005, PSNR: 23.0})
    near = one.model_copy(update={"values": {MSE: 0.0050005, PSNR: 23.01}})
    far = one.model_copy(update={"values": {MSE: 0.005, PSNR: 23.2}})
    assert evaluation.same_figures(one, one) and evaluation.same_figures(one, near)
    assert not evaluation.same_figures(one, far) and not evaluation.same_figures(one, None)


def test_what_starts_from_another_is_stale_when_that_one_changes(tiny: Path, monkeypatch) -> None:
    assert not build.is_made("mnist", "borrower")  # there is nothing to start from
    lender = build.make("mnist", "lender", report=quiet)
    borrower = build.make("mnist", "borrower", report=quiet)
    assert borrower.origin == {"lender": lender.sha256}
    assert build.is_made("mnist", "lender") and build.is_made("mnist", "borrower")
    lent, taken = (checkpoint.load("mnist", name).state_dict() for name in ("lender", "borrower"))
    assert all(torch.equal(lent[key], taken[key]) for key in lent)

    other = LENDER._replace(seeds=(3,))
    monkeypatch.setitem(recipes.RECIPES, "lender", other)
    build.make("mnist", "lender", report=quiet)
    assert build.is_made("mnist", "lender") and not build.is_made("mnist", "borrower")
    build.make("mnist", "borrower", report=quiet)
    assert build.is_made("mnist", "borrower")
    (tiny / "lender" / "card.json").unlink()
    assert not build.is_made("mnist", "borrower")


@pytest.mark.parametrize(
    "change",
    [
        {"phases": [GradientPhase(2, batch_size=16)]},
        {"config": BackboneConfig(latent_dim=3, backbone=SMALL)},
        {"seeds": (0, 1)},
        {"seeds": (1,)},
        {"phases": [GradientPhase(1, batch_size=16, corruptions=(Corruption("masking", 0.5),))]},
    ],
    ids=str,
)
def test_another_recipe_is_made_anew(change, tiny: Path, monkeypatch) -> None:
    build.make("mnist", "lender", report=quiet)
    assert build.is_made("mnist", "lender")
    monkeypatch.setitem(recipes.RECIPES, "lender", LENDER._replace(**change))
    assert not build.is_made("mnist", "lender")


def test_a_card_that_was_never_measured_is_not_up_to_date(tiny: Path) -> None:
    build.make("mnist", "lender", report=quiet)
    path = tiny / "lender" / "card.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"test": None}))
    assert not build.is_made("mnist", "lender")


def test_further_seeds_leave_the_first_as_it_is(tiny: Path, monkeypatch) -> None:
    first = build.make("mnist", "lender", report=quiet)
    monkeypatch.setitem(recipes.RECIPES, "lender", LENDER._replace(seeds=(0, 1, 2)))
    assert build.seeds_made("mnist", "lender") == 1 and not build.is_made("mnist", "lender")
    trained = []
    whole = build.run_seed
    monkeypatch.setattr(build, "run_seed", lambda *a: trained.append(a[2]) or whole(*a))
    card = build.make("mnist", "lender", report=quiet)
    assert trained == [1, 2] and build.is_made("mnist", "lender")
    assert card.sha256 == first.sha256 and card.test == first.test
    values = card.spread[MSE]
    assert len(set(values)) == 3 and values[0] == first.test[MSE]


def test_a_recipe_without_weights_ships_card_and_curves(tiny: Path, monkeypatch) -> None:
    bare = LENDER._replace(ships_weights=False, seeds=(0, 1, 2))
    monkeypatch.setitem(recipes.RECIPES, "lender", bare)
    card = build.make("mnist", "lender", report=quiet)
    assert [path.name for path in (tiny / "lender").iterdir()] == ["card.json"]
    assert card.sha256 is None and card.history[0].gradients and card.check is not None
    assert len(set(card.spread[MSE])) == 3 and build.is_made("mnist", "lender")
    assert checkpoint.available("mnist") == []
    with pytest.raises(checkpoint.CheckpointError, match="no weights"):
        checkpoint.load("mnist", "lender")


def test_ranges_of_noise_are_in_the_card(tiny: Path, monkeypatch) -> None:
    one = GradientPhase(
        1, batch_size=16, corruptions=(Corruption("Gaussian", 0.2, 0.6), Corruption("masking", 0.5))
    )
    two = one._replace(corruptions=(Corruption("Gaussian", 0.1),))
    monkeypatch.setitem(recipes.RECIPES, "lender", LENDER._replace(phases=[one, two]))
    card = build.make("mnist", "lender", report=quiet)
    assert card.trained_with == {"Gaussian": (0.1, 0.6), "masking": (0.5, 0.5)}


def test_inherited_tensors_are_stored_with_their_origin_alone(tiny: Path) -> None:
    build.make("mnist", "lender", report=quiet)
    card = build.make("mnist", "borrower", report=quiet)
    stored = load_file(tiny / "borrower" / "model.safetensors").keys()
    assert stored == {"shares", "means", "spreads"}
    lender, borrower = (
        checkpoint.load("mnist", name).state_dict() for name in ("lender", "borrower")
    )
    assert set(card.inherited) == lender.keys()
    assert all(torch.equal(lender[key], borrower[key]) for key in card.inherited)


def test_inheriting_from_other_weights_is_refused(tiny: Path) -> None:
    build.make("mnist", "lender", report=quiet)
    build.make("mnist", "borrower", report=quiet)
    card = read_card("mnist", "lender")
    weights = {k: 2 * t for k, t in checkpoint.load("mnist", "lender").state_dict().items()}
    build.ship(card, weights)
    with pytest.raises(checkpoint.CheckpointError, match="other weights of lender"):
        checkpoint.load("mnist", "borrower")


def test_a_missing_file_of_the_origin_is_named(tiny: Path) -> None:
    build.make("mnist", "lender", report=quiet)
    build.make("mnist", "borrower", report=quiet)
    (tiny / "lender" / "model.safetensors").unlink()
    with pytest.raises(checkpoint.CheckpointError, match=r"lender/model\.safetensors is missing"):
        checkpoint.load("mnist", "borrower")


def test_a_field_that_came_later_with_its_default_changes_nothing() -> None:
    expected = BackboneConfig(latent_dim=2, backbone=SMALL)
    old = expected.model_dump(mode="json")
    del old["backbone"]["dropout"], old["backbone"]["batch_norm"]
    assert build.same_config(expected, old)
    assert not build.same_config(expected, old | {"latent_dim": 3})
    assert not build.same_config(expected, old | {"unknown": 1})
    dropping = BackboneConfig(latent_dim=2, backbone=Dense(hidden=(12,), dropout=0.1))
    assert not build.same_config(dropping, old)
