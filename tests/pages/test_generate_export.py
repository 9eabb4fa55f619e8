"""A labelled set of any size, made on the Generate page: command, file, bounded memory."""

import io
import shlex
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from ae_models import datasets as ae_models_datasets
from ae_models.__main__ import main
from ae_models.artifacts.checkpoint import load
from ae_models.images import labelled_set
from ae_models.tasks import generation, sample_export
from ae_models.tasks.sample_export import Request
from tests.pages.conftest import EACH_MODE, Visit, forget, sentences
from ui.cache import file_cache
from ui.widgets import dataset_export


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    file_cache.shared.clear()


def button(at, key: str):
    return next((each for each in at.button if each.key == key), None)


def finished() -> list[bytes]:
    """The contents of the cached files."""
    return [path.read_bytes() for path in file_cache.shared().files.values()]


@EACH_MODE
def test_a_set_is_made_and_the_command_makes_the_same(
    visit: Visit, dataset: str, mode: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = visit("generate", data=dataset, count="37", seed="5", temperature="0.8")
    assert not at.get("download_button") or button(at, "make_set")
    button(at, "make_set").click().run()
    assert not at.exception and not sentences(at)
    (made,) = finished()
    (code,) = at.main.code
    words = shlex.split(code.value)
    assert words[:3] == ["python", "-m", "ae_models"]
    monkeypatch.chdir(tmp_path)
    assert main(words[3:]) == 0
    with np.load(io.BytesIO(made)) as arrays, np.load(tmp_path / "set.npz") as expected:
        assert len(arrays["labels"]) == 37
        assert arrays["labels"].tolist() == [label % 10 for label in range(37)]
        for name in ("images", "labels"):
            assert np.array_equal(arrays[name], expected[name])


def test_torchvision_reads_what_the_page_makes(visit: Visit, decoded: None, tmp_path: Path) -> None:
    datasets = pytest.importorskip("torchvision.datasets")
    at = visit("generate", count="60", files="torchvision")
    button(at, "make_set").click().run()
    with zipfile.ZipFile(io.BytesIO(finished()[0])) as archive:
        archive.extractall(tmp_path)
    train = datasets.MNIST(tmp_path, train=True, download=False)
    test = datasets.MNIST(tmp_path, train=False, download=False)
    assert len(train) == 60 and len(test) == 10
    labels = [label % 10 for label in range(60)]
    assert train.targets.tolist() == labels
    expected = generation.sample("mnist", labels, seed=0, model=load("mnist", "cvae"))
    assert np.array_equal(train.data.numpy(), ae_models_datasets.to_pixels(expected))
    said = " ".join(caption.value for caption in at.main.caption)
    assert "`torchvision.datasets.MNIST(folder)`" in said and "; 10 more, sampled with" in said


def test_the_labels_above_come_in_turn(visit: Visit, decoded: None) -> None:
    at = visit("generate", labels="2026", of="above", count="11")
    button(at, "make_set").click().run()
    with np.load(io.BytesIO(finished()[0])) as arrays:
        assert arrays["labels"].tolist() == [2, 0, 2, 6, 2, 0, 2, 6, 2, 0, 2]
    assert "--labels 2026 --count 11" in at.main.code[0].value


def test_a_made_set_is_offered_to_the_next_visitor_too(visit: Visit, decoded: None) -> None:
    at = visit("generate", count="20")
    button(at, "make_set").click().run()
    other = visit("generate", count="20")
    assert button(other, "make_set") is None
    assert button(visit("generate", count="21"), "make_set") is not None


def test_a_sampler_that_takes_no_labels_makes_no_labelled_set(visit: Visit, decoded: None) -> None:
    at = visit("generate", sampler="vae")
    assert not at.main.code and button(at, "make_set") is None


def test_a_full_disk_is_one_sentence(
    visit: Visit, decoded: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_given: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(labelled_set, "to_npz", full)
    at = visit("generate")
    button(at, "make_set").click().run()
    assert not at.exception
    assert sentences(at) == ["The data set could not be written: No space left on device"]
    assert not list(Path(file_cache.shared().folder.name).iterdir())
    assert button(at.run(), "make_set") is not None


def test_a_stopped_set_leaves_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stopped(BaseException):
        """As Streamlit stops a script."""

    class Place:
        def __getattr__(self, _name: str) -> Callable[..., "Place"]:
            return lambda *_given, **_options: self

        def __enter__(self) -> "Place":
            return self

        def __exit__(self, *_error: object) -> None:
            return None

    def begun(path: Path, *_given: object):
        path.write_bytes(b"half")
        yield 1
        raise Stopped

    monkeypatch.setattr(dataset_export, "written", begun)
    monkeypatch.setattr(dataset_export.models, "model", lambda *_given: torch.nn.Identity())
    with pytest.raises(Stopped):
        dataset_export.made(Request("mnist", [1, 2]), "npz", "key", Place())
    assert not list(Path(file_cache.shared().folder.name).iterdir())
    assert file_cache.shared().get("key") is None


def test_the_cache_keeps_a_few_files_and_deletes_the_rest() -> None:
    files = file_cache.FileCache(2)
    for key in ("a", "b", "a", "c"):
        path = files.fresh()
        path.write_text(key)
        files.put(key, path)
    assert files.get("b") is None and len(list(Path(files.folder.name).iterdir())) == 2
    kept = files.get("a")
    assert kept is not None and file_cache.reader(kept)() == b"a"
    path = files.fresh()
    files.put("d", path)  # "a" was asked for last, so "c" makes way
    assert files.get("c") is None and files.get("a") == kept


def test_a_set_is_made_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    sizes: list[int] = []
    decode = generation.in_styles

    def counted(dataset, labels, *given, **options):  # type: ignore[no-untyped-def]
        sizes.append(len(labels))
        return decode(dataset, labels, *given, **options)

    monkeypatch.setattr(generation, "in_styles", counted)
    request = Request("mnist", [0] * 2_500)
    total, parts = sample_export.labelled_images(request, load("mnist", "cvae"))
    assert total == sum(len(labels) for _pixels, labels in parts)
    assert sizes == [1_000, 1_000, 500]
    forget()
