"""The registry of data sets, and their images."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from ae_models import datasets
from ae_models.artifacts import gallery, image_source
from ae_models.datasets import Dataset
from ae_models.images.attributes import MEASURES
from tests.test_original_files import NUMBERS, PIXELS, TRAINING, idx


@pytest.fixture
def raw(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, any_content: None) -> Path:
    """A data folder with sixty training images and thirty test images of MNIST."""
    monkeypatch.setenv("AE_DATA_DIR", str(tmp_path))
    folder = datasets.folder_of("mnist")
    folder.mkdir(parents=True)
    (folder / "train-images-idx3-ubyte").write_bytes(idx(TRAINING))
    (folder / "train-labels-idx1-ubyte").write_bytes(idx(np.arange(60) % 10))
    (folder / "t10k-images-idx3-ubyte").write_bytes(idx(PIXELS))
    (folder / "t10k-labels-idx1-ubyte").write_bytes(idx(NUMBERS))
    return folder


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """The requests to the gallery, which is empty here."""
    asked: list[tuple[str, str]] = []
    monkeypatch.setattr(gallery, "load", lambda *which: asked.append(which))
    return asked


def shapes(**changes: object) -> Dataset:
    """A record of a further data set."""
    about: dict[str, object] = {
        "key": "shapes",
        "title": "Shapes",
        "classes": ("disc", "square", "cross"),
        "credit": "nobody",
        "folder": "Shapes",
    }
    return Dataset(**(about | changes))  # type: ignore[arg-type]


def test_every_record_fits_the_others_and_the_measures() -> None:
    for key, record in datasets.DATASETS.items():
        assert record.key == key
        assert record.out_of_distribution in datasets.DATASETS
        assert set(record.attributes) <= set(MEASURES)
    assert datasets.DEFAULT in datasets.DATASETS


@pytest.mark.parametrize(
    "changes",
    [
        {"key": "My shapes"},
        {"folder": "my/shapes"},
        {"classes": ("disc",)},
        {"classes": ("disc", "disc", "cross")},
        {"typed": True},
        {"first_labels": (0, 3)},
        {"normal_class": -1},
        {"similar_classes": (0, 3)},
        {"out_of_distribution": "shapes"},
    ],
)
def test_a_record_that_does_not_fit_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        shapes(**changes)


def test_a_further_data_set_is_registered_once_and_for_a_time(raw: Path) -> None:
    with datasets.registered(shapes()) as record:
        assert list(datasets.DATASETS)[-1] == "shapes" and datasets.DATASETS["shapes"] is record
        assert not datasets.on_disk("shapes")
        for taken in (shapes(), shapes(key="other"), shapes(folder="Other")):
            with pytest.raises(ValueError, match="already"):
                datasets.register(taken)
        with pytest.raises(ValueError, match="nowhere"):
            datasets.register(shapes(key="other", folder="Other", out_of_distribution="nowhere"))
        with pytest.raises(datasets.DataMissing, match="must be put into"):
            list(datasets.download("shapes"))
    assert "shapes" not in datasets.DATASETS


def test_labels_go_as_far_as_the_classes_of_the_record(raw: Path) -> None:
    assert datasets.on_disk("mnist")
    datasets.DATASETS["mnist"] = replace(
        datasets.DATASETS["mnist"], classes=tuple("0123456"), normal_class=0, similar_classes=(0, 1)
    )
    assert "0 to 6" in datasets.faults("mnist")[0]


def test_original_images_are_read_as_they_lie_there(raw: Path) -> None:
    assert datasets.on_disk("mnist") and not datasets.on_disk("fashion")
    images = image_source.load("mnist", "test")
    assert np.array_equal(images.pixels, PIXELS) and np.array_equal(images.labels, NUMBERS)
    assert images.pixels.dtype == np.uint8 and images.labels.dtype == np.int64
    assert images.decoded is False


def test_arrays_are_read_only(raw: Path) -> None:
    for array in image_source.load("mnist", "test")[:2]:
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


@pytest.mark.parametrize("split", ["train", "test"])
def test_a_data_set_is_original_or_decoded_as_a_whole(
    raw: Path, decoded: list[tuple[str, str]], split: datasets.Split
) -> None:
    """Training images missing, the page called the test images original and fitted on others."""
    (raw / "train-images-idx3-ubyte").unlink()
    assert not datasets.on_disk("mnist")
    image_source.load("mnist", split)
    assert decoded == [("mnist", split)]
    with pytest.raises(datasets.DataMissing, match="train-images-idx3-ubyte is missing"):
        datasets.original("mnist", split)


def test_a_folder_that_is_still_being_copied_is_noticed_when_it_is_complete(
    raw: Path, decoded: list[tuple[str, str]]
) -> None:
    path = raw / "t10k-images-idx3-ubyte"
    whole = path.read_bytes()
    path.write_bytes(whole[:-1000])
    image_source.load("mnist", "test")
    assert decoded == [("mnist", "test")] and not datasets.on_disk("mnist")
    path.write_bytes(whole)
    assert datasets.on_disk("mnist")
    assert np.array_equal(image_source.load("mnist", "test").pixels, PIXELS)
    path.unlink()
    assert not datasets.on_disk("mnist")


def test_files_of_other_images_are_not_the_original(
    raw: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(datasets.DATASETS, "mnist", datasets.MNIST)
    assert [str(fault) for fault in datasets.faults("mnist")] == [
        f"{path.name} is not the original file: its MD5 is another"
        for path in sorted(raw.iterdir(), key=lambda p: (p.name[:2] != "tr", p.name))
    ]


@pytest.mark.parametrize("count", [60_000, 10_000])
def test_the_validation_part_is_disjoint_and_always_the_same(count: int) -> None:
    kept, held = datasets.split_off_validation(count)
    assert len(held) == 5_000
    assert np.array_equal(np.sort(np.concatenate([kept, held])), np.arange(count))
    torch.manual_seed(1)
    np.random.seed(1)
    for one, other in zip(datasets.split_off_validation(count), (kept, held), strict=True):
        assert np.array_equal(one, other)


def test_half_of_a_small_training_split_is_held_out() -> None:
    kept, held = datasets.split_off_validation(101)
    assert len(kept) == 51 and len(held) == 50


def test_the_validation_part_is_that_of_the_cards() -> None:
    kept, held = datasets.split_off_validation(60_000)
    assert held[:5].tolist() == [4, 11, 18, 19, 27]
    assert int(held.sum()) == 148_954_282 and len(kept) == 55_000


def test_pixels_and_tensors_are_inverses() -> None:
    every = np.arange(784, dtype=np.uint8).reshape(1, 28, 28)  # each byte, 0 to 255
    tensor = datasets.to_tensor(every)
    assert tensor.shape == (1, 1, 28, 28) and tensor.dtype == torch.float32
    assert tensor.min() == 0 and tensor.max() == 1
    assert np.array_equal(datasets.to_pixels(tensor), every)


@pytest.mark.data
@pytest.mark.parametrize("dataset", datasets.DATASETS)
def test_the_original_data_sets_are_whole(dataset: str, original) -> None:
    record = datasets.DATASETS[dataset]
    train, test = original(dataset, "train"), original(dataset, "test")
    assert train.pixels.shape == (60_000, 28, 28) and test.pixels.shape == (10_000, 28, 28)
    assert (
        set(np.unique(train.labels))
        == set(np.unique(test.labels))
        == set(range(len(record.classes)))
    )


def test_where_data_is_looked_for(monkeypatch) -> None:
    monkeypatch.setenv("AE_DATA_DIR", "/somewhere")
    assert datasets.root() == Path("/somewhere")
    for unset in ("", None):
        monkeypatch.setenv("AE_DATA_DIR", "") if unset == "" else monkeypatch.delenv("AE_DATA_DIR")
        assert datasets.root() == Path(__file__).parent.parent / "data"


def test_images_are_read_without_torch(raw: Path) -> None:
    code = (
        "from dataclasses import replace; from ae_models.datasets import DATASETS, MNIST;"
        "DATASETS['mnist'] = replace(MNIST, md5={});"
        "import sys; from ae_models.artifacts import image_source;"
        "print(len(image_source.load('mnist', 'test').pixels));"
        "print('torch' in sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parent.parent,
        env=os.environ | {"AE_DATA_DIR": str(raw.parent.parent)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.split() == ["30", "False"]
