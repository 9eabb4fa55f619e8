"""The files in checkpoints/: complete, described, and with the figures of their cards."""

import hashlib
import math

import pytest
import torch

import ae_models
from ae_models.artifacts import card, checkpoint, study
from ae_models.base import Reconstructs, Samples
from ae_models.datasets import DATASETS
from ae_models.pipeline import build, evaluation, previews, studies
from ae_models.tasks import projection
from ae_models.training import recipes
from tests.selection import in_turn
from tests.tolerance import moved

SHIPPED = sorted(
    path.parent.relative_to(card.CHECKPOINTS).as_posix()
    for path in card.CHECKPOINTS.glob("*/*/card.json")
)


# Those of which only the card and its curves ship cannot be run.
RUNNABLE = [each for each in SHIPPED if card.read_card(*each.split("/")).sha256]
STUDIES = [(dataset, name) for name in studies.STUDIES for dataset in studies.datasets(name)]
# Measuring all again takes minutes; `python -m ae_models evaluate` does.
AGAIN = in_turn([(*each.split("/"),) for each in RUNNABLE])
STUDIES_AGAIN = in_turn(STUDIES[::-1])  # few labels of digits would take half a minute more


@pytest.fixture(params=SHIPPED)
def shipped(request: pytest.FixtureRequest) -> tuple[str, str]:
    """A data set and the name of a checkpoint."""
    dataset, name = request.param.split("/")
    return dataset, name


@pytest.fixture(params=RUNNABLE)
def runnable(request: pytest.FixtureRequest) -> tuple[str, str]:
    """One that has weights."""
    dataset, name = request.param.split("/")
    return dataset, name


@pytest.mark.parametrize("dataset", DATASETS)
@pytest.mark.parametrize("name", recipes.RECIPES)
def test_every_recipe_has_its_checkpoint(name: str, dataset: str, lacking) -> None:
    if f"{dataset}/{name}" not in SHIPPED:
        lacking(f"{name} of {dataset} is not trained yet")
    assert card.read_card(dataset, name).test is not None


def test_weights_are_the_ones_on_the_card(runnable) -> None:
    dataset, name = runnable
    model = ae_models.load(dataset, name)
    described = card.read_card(dataset, name)
    content = (card.folder(dataset, name) / "model.safetensors").read_bytes()
    assert hashlib.sha256(content).hexdigest() == described.sha256
    numbers = [t.numel() for t in model.state_dict().values() if t.is_floating_point()]
    assert described.parameters == sum(numbers)


def test_weights_ship_where_the_recipe_says_so(shipped) -> None:
    ships = recipes.recipe(*shipped).ships_weights
    assert (card.folder(*shipped) / "model.safetensors").exists() == ships
    assert ("/".join(shipped) in RUNNABLE) == ships


def test_all_of_it_stays_within_eighty_megabytes() -> None:
    sizes = [path.stat().st_size for path in card.CHECKPOINTS.rglob("*") if path.is_file()]
    assert sizes and sum(sizes) <= 80 * 10**6


def test_the_card_is_complete(shipped) -> None:
    dataset, name = shipped
    described = card.read_card(dataset, name)
    recipe = recipes.recipe(dataset, name)
    assert (described.dataset, described.name) == shipped
    assert described.variant == recipe.variant and described.seed == recipe.seeds[0]
    assert described.family == recipe.family
    assert described.device and described.training_seconds > 0
    phases = [(e.phase, e.epoch) for e in described.history]
    assert len(phases) == len(set(phases)) == sum(phase.epochs for phase in recipe.phases)
    for epoch in described.history:
        assert all(map(math.isfinite, epoch.gradients.values()))
        assert epoch.gradients or described.family != "deep"  # where a page draws them
        assert all(map(math.isfinite, [*epoch.loss.values(), *epoch.validation.values()]))
    assert described.test is not None and described.test.images == 10_000
    assert described.check is not None and described.check.images == evaluation.CHECK_IMAGES
    assert described.test.values.keys() == described.check.values.keys()
    for values in described.spread.values():
        assert len(values) == len(recipe.seeds)
    if len(recipe.seeds) > 1:
        assert {key: values[0] for key, values in described.spread.items()} == described.test.values


def test_the_card_is_that_of_the_current_recipe(shipped) -> None:
    assert build.is_made(*shipped), "the recipe was changed after this checkpoint was trained"


@pytest.mark.data
@pytest.mark.parametrize(("dataset", "name"), AGAIN)
def test_figures_are_those_on_the_card(dataset: str, name: str, original) -> None:
    original(dataset, "test")
    check = card.read_card(dataset, name).check
    assert check is not None
    model = ae_models.load(dataset, name)
    if isinstance(model, Samples) and f"{dataset}/judge" not in SHIPPED:
        pytest.skip("its samples are measured by the judge, who is not trained yet")
    found = evaluation.measure(dataset, name, model, images=check.images, seed=check.seed)
    assert found.values.keys() == check.values.keys()
    assert not moved(found.values, check.values, check.images)


def test_what_may_be_compared_is_listed() -> None:
    for dataset in DATASETS:
        names = ae_models.available(dataset)
        on_show = {n.split("/")[1] for n in RUNNABLE if n.startswith(f"{dataset}/")}
        assert set(names) == on_show - {"judge", "gallery"}
        in_order = [name for name in recipes.RECIPES if name in names]
        assert [name for name in names if name in in_order] == in_order
        for name in ae_models.available(dataset, having=Reconstructs):
            assert isinstance(ae_models.load(dataset, name), Reconstructs)


def test_a_gpu_gives_what_the_cpu_gives(runnable, images) -> None:
    if not torch.cuda.is_available():
        pytest.skip("there is no GPU here")
    x, labels = images(20), torch.arange(20) % 10
    results = []
    for device in ("cpu", "cuda"):
        model = checkpoint.load(*runnable, torch.device(device))
        if isinstance(model, Reconstructs):
            result = model(x.to(device), labels.to(device)).x_hat
        elif isinstance(model, Samples):
            result = model.sample(labels.to(device), torch.Generator().manual_seed(0))
        else:
            result = model(x.to(device))
        results.append(result.cpu())
    assert torch.allclose(*results, atol=2e-2)


@pytest.mark.parametrize("dataset", DATASETS)
def test_the_first_picture_is_what_the_model_makes_of_it(dataset: str, lacking) -> None:
    preview = previews.read(dataset)
    if preview is None:
        lacking(f"there is no preview of {dataset} yet")
    assert preview.x.shape == preview.x_hat.shape == (10, 28, 28)
    model = ae_models.load(dataset, previews.MODEL)
    x = torch.from_numpy(preview.x).float().unsqueeze(1) / 255
    output = model(x.to(next(model.parameters()).device))
    assert torch.allclose(output.z.cpu(), torch.from_numpy(preview.z), atol=1e-2)
    off = output.x_hat.cpu().squeeze(1) * 255 - torch.from_numpy(preview.x_hat).float()
    assert off.abs().max() < 2


def test_maps_hold_a_finite_point_for_every_test_image(shipped) -> None:
    dataset, name = shipped
    plane = projection.shipped(dataset, name)
    if plane is None:
        assert not (card.folder(dataset, name) / projection.FILE).exists()
    else:
        assert plane.shape == (10_000, 2) and plane.std() > 0


@pytest.fixture(params=STUDIES, ids="/".join)
def account(request: pytest.FixtureRequest, lacking) -> study.Study:
    """The description of a study."""
    if not (card.folder(*request.param) / study.FILE).exists():
        lacking(f"the study {'/'.join(request.param)} is not made yet")
    return study.read(*request.param)


def test_a_study_is_complete_and_its_hashes_match(account) -> None:
    folder = card.folder(account.dataset, account.name)
    assert (account.dataset, account.name) in STUDIES
    assert account.method and account.device and account.seconds > 0
    beside = {path.name for path in folder.iterdir()} - {study.FILE}
    assert beside == set(account.files)
    for file, sha256 in account.files.items():
        assert hashlib.sha256((folder / file).read_bytes()).hexdigest() == sha256, file
        assert study.content(account.dataset, account.name, file)
    assert account.test is not None and account.check is not None
    assert account.test.images == studies.TEST_IMAGES
    assert account.check.images == studies.CHECK_IMAGES
    assert account.test.values.keys() == account.check.values.keys()


def test_a_study_was_made_from_the_current_checkpoints(account) -> None:
    assert account.origin == study.origin(
        account.dataset, studies.needs(account.dataset, account.name)
    )
    assert studies.is_made(account.dataset, account.name), "its making was changed since"


@pytest.mark.data
@pytest.mark.parametrize(("dataset", "name"), STUDIES_AGAIN)
def test_figures_are_those_of_the_study(dataset: str, name: str, original) -> None:
    original(dataset, "test")
    original(dataset, "train")
    check = study.read(dataset, name).check
    assert check is not None
    found = studies.measure(dataset, name, studies.CHECK_IMAGES)
    assert found.values.keys() == check.values.keys()
    assert not moved(found.values, check.values, check.images)
