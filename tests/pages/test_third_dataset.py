"""Every page with a data set that is no more than a record, its files, and a few models.

Its images, of seven classes, are drawn here; the reference classifier, an autoencoder and a
CVAE are trained on them in seconds. A page must say what else has not been trained.
"""

import shutil
from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from ae_models import datasets
from ae_models.__main__ import main
from ae_models.artifacts import card
from ae_models.artifacts.card import read_card
from ae_models.datasets import Dataset
from ae_models.pipeline import build, onnx_graphs, studies
from ae_models.training import recipes
from tests.pages.conftest import PAGES, Visit, forget, result, sentences, sheet
from tests.pages.sheets import pixels
from tests.test_original_files import idx

SHAPES = Dataset(
    key="shapes",
    title="Shapes",
    classes=("disc", "ring", "square", "frame", "cross", "bar", "slash"),
    credit="Shapes: drawn by a test",
    folder="Shapes",
)
TRAINED = ("judge", "undercomplete", "cvae")
CODES = {"undercomplete", "cvae"}
COUNT = 1_400  # training images; half are held out


def drawn(count: int, seed: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Images (N, 28, 28) and labels (N,), the classes in turn, each of random size and place."""
    random = np.random.default_rng(seed)
    labels = np.arange(count) % len(SHAPES.classes)
    y, x = np.mgrid[:28, :28, :1].astype(np.float32)[:2]
    centre, size = random.uniform(11, 17, (2, count)), random.uniform(5, 9, count)
    right, down = x - centre[0], y - centre[1]  # (28, 28, N)
    far, wide = np.hypot(right, down), np.maximum(abs(right), abs(down))
    masks = [
        far < size,
        (far < size) & (far > size - 3),
        wide < size,
        (wide < size) & (wide > size - 3),
        (wide < size) & (np.minimum(abs(right), abs(down)) < 2),
        (abs(down) < size) & (abs(right) < 2),
        (wide < size) & (abs(right - down) < 2.5),
    ]
    chosen = np.stack(masks)[labels, :, :, np.arange(count)]  # (N, 28, 28)
    return (chosen * random.integers(150, 256, count)[:, None, None]).astype(np.uint8), labels


@pytest.fixture(scope="module")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dataset]:
    """The record, its files in a folder of original files, and its models beside the shipped."""
    folder = tmp_path_factory.mktemp("third")
    shipped = card.CHECKPOINTS
    with pytest.MonkeyPatch.context() as patch, datasets.registered(SHAPES):
        patch.setenv("AE_DATA_DIR", str(folder / "data"))
        patch.setattr(card, "CHECKPOINTS", folder / "checkpoints")
        patch.setattr(build, "RUNS", folder / "runs")
        patch.setattr(onnx_graphs, "write", lambda *_: None)  # seconds each: tested apart
        raw = datasets.folder_of("shapes")
        raw.mkdir(parents=True)
        for prefix, count, seed in (("train", COUNT, 0), ("t10k", 280, 1)):
            images, labels = drawn(count, seed)
            (raw / f"{prefix}-images-idx3-ubyte").write_bytes(idx(images))
            (raw / f"{prefix}-labels-idx1-ubyte").write_bytes(idx(labels))
        (folder / "checkpoints").mkdir()
        for path in shipped.iterdir():
            if path.is_dir():
                shutil.copytree(path, folder / "checkpoints" / path.name)
            else:
                shutil.copy(path, folder / "checkpoints" / path.name)
        for name in TRAINED:
            whole = recipes.RECIPES[name]
            short = [phase._replace(epochs=1) for phase in whole.phases]  # type: ignore[union-attr]
            quick = whole._replace(phases=short, seeds=(0,), mapped=False)
            patch.setitem(recipes.RECIPES, name, quick)
            assert main(["train", name, "--dataset", "shapes"]) == 0
        forget()
        yield SHAPES
    forget()


def test_models_have_the_classes_of_the_record(shapes: Dataset) -> None:
    for name in ("judge", "cvae"):
        assert read_card("shapes", name).config["classes"] == 7
    assert "classes" not in read_card("shapes", "undercomplete").config
    assert datasets.on_disk("shapes")


def test_general_recipes_and_studies_are_offered_for_it(shapes: Dataset) -> None:
    for name in recipes.RECIPES:
        assert recipes.recipe("shapes", name).variant == recipes.RECIPES[name].variant
    for name in studies.STUDIES:
        assert ("shapes" in studies.datasets(name)) == (name not in ("segmentation", "invariant"))
        if "shapes" in studies.datasets(name):
            assert studies.STUDIES[name].describe("shapes")


@pytest.mark.parametrize("page", PAGES)
def test_every_page_runs_with_it(page: str, shapes: Dataset, visit: Visit, said: None) -> None:
    at = visit(page, data="shapes")
    assert not at.exception
    shown = [*sentences(at), *(info.value for info in at.info)]
    assert not [each for each in shown if "Something went wrong" in each]
    assert not [each for each in shown if "git checkout" in each and "shapes" in each], shown
    untrained = [each for each in shown if "has not been trained for Shapes" in each]
    assert all("python -m ae_models train" in each for each in untrained)
    assert result(at) or untrained, "the page shows nothing and does not say why"


def test_its_classes_are_generated_by_name(shapes: Dataset, visit: Visit) -> None:
    at = visit("generate", data="shapes", classes=["slash", "disc"], styles="2")
    assert pixels(sheet(at, "generated")).shape[:2] == (2, 2)


def test_it_is_called_original(shapes: Dataset, visit: Visit) -> None:
    captions = [caption.value for caption in visit("compare", data="shapes").caption]
    assert any("Original images. Shapes: drawn by a test" in each for each in captions)
