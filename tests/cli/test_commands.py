"""The command line: output files, one-sentence errors, and resumed training."""

import io
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from ae_models import datasets as ae_models_datasets
from ae_models.__main__ import main
from ae_models.artifacts import checkpoint, gallery
from ae_models.artifacts.card import folder, read_card
from ae_models.cli.commands import ProgressBar
from ae_models.metric_key import Metric
from ae_models.networks.backbones import BackboneConfig, Conv, Dense
from ae_models.networks.classifier import ReferenceClassifierConfig
from ae_models.pipeline import build, onnx_graphs, studies
from ae_models.tasks import generation
from ae_models.training import recipe, recipes
from ae_models.training.phases import Adversarial, Corruption, Fit, GradientPhase
from ae_models.training.recipe import Recipe
from ae_models.variants.cvae import CvaeConfig
from ae_models.variants.gan import GanConfig
from ae_models.variants.mixture import MixtureConfig
from ae_models.variants.stacked import StackedConfig

SMALL = Dense(hidden=(12,))
TINY = {
    "mixed": Recipe(
        "mixture",
        "sampler",
        MixtureConfig(latent_dim=2, components=2, backbone=SMALL),
        [Fit("a mixture", recipes.fit_mixture)],
        starts_from="noisy",
    ),
    "judge": Recipe(
        "judge",
        "service",
        ReferenceClassifierConfig(channels=(4, 6, 8), features=12),
        [GradientPhase(2, target="label", shift=1, batch_size=16)],
    ),
    "pca": recipes.RECIPES["pca-32"],
    "noisy": Recipe(
        "plain",
        "restorer",
        BackboneConfig(latent_dim=2, backbone=SMALL),
        [GradientPhase(3, corruptions=(Corruption("Gaussian", 0.5),), batch_size=16)],
        seeds=(4, 5),
    ),
    "stack": Recipe(
        "stacked",
        "deep",
        StackedConfig(latent_dim=2, hidden=(6,)),
        [GradientPhase(1, part=f"layer {number}", batch_size=16) for number in (1, 2)],
        ships_weights=False,
    ),
    "cvae": Recipe(
        "cvae",
        "conditional",
        CvaeConfig(latent_dim=2, backbone=SMALL),
        [GradientPhase(2, batch_size=16), GradientPhase(2, batch_size=16, part="prior")],
    ),
    "gan": Recipe(
        "gan",
        "sampler",
        GanConfig(latent_dim=4, channels=4, hidden=8),
        [Adversarial(2, batch_size=16)],
    ),
    "gallery": Recipe(
        "plain",
        "service",
        BackboneConfig(latent_dim=6, backbone=Conv(channels=(2, 3), hidden=12)),
        [GradientPhase(2, batch_size=16)],
    ),
}


@pytest.fixture(autouse=True)
def signals_as_before() -> Iterator[None]:
    """`main` takes over SIGTERM."""
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.fixture
def tiny(checkpoints, digits, monkeypatch) -> Path:
    """Recipes of a second each, on two hundred digits; returns the folder of checkpoints."""
    x, labels = ae_models_datasets.to_pixels(digits[0][:260]), digits[1][:260].numpy()
    splits = {
        "train": ae_models_datasets.Images(x[:200], labels[:200], decoded=False),
        "test": ae_models_datasets.Images(x[200:], labels[200:], decoded=False),
    }
    monkeypatch.setattr(ae_models_datasets, "original", lambda dataset, split: splits[split])
    monkeypatch.setattr(ae_models_datasets, "VALIDATION", 40)
    monkeypatch.setattr(gallery, "TRAINING_CODES", 50)
    monkeypatch.setattr(recipes, "RECIPES", TINY)
    monkeypatch.setattr(studies, "STUDIES", {})  # they stand on what is not made here
    monkeypatch.setattr(recipes, "OF_ONE_DATASET", {})
    monkeypatch.setattr(checkpoint, "best_device", lambda: torch.device("cpu"))
    monkeypatch.setattr(onnx_graphs, "write", lambda *_: None)  # seconds each: tested apart
    return Path(checkpoints)


def interrupt_after(epochs: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl+C after some epochs of the next training."""
    show = ProgressBar.__call__

    def report(self, done: int, *rest) -> None:
        show(self, done, *rest)
        if done == epochs:
            raise KeyboardInterrupt

    monkeypatch.setattr(ProgressBar, "__call__", report)


class TestGenerate:
    @pytest.fixture(autouse=True)
    def sampler(self, put) -> None:
        put(generation.SAMPLER, "cvae")

    def run(self, out: Path, *more: str) -> int:
        return main(["generate", "--labels", "2026", "--seed", "7", "--out", str(out), *more])

    def test_png_is_one_sheet(self, tmp_path, capsys) -> None:
        assert self.run(tmp_path / "digits.png", "--copies", "3") == 0
        with Image.open(tmp_path / "digits.png") as sheet:
            assert sheet.width > sheet.height > 3 * 28
        assert "12 images in" in capsys.readouterr().out

    def test_npz_holds_images_and_labels(self, tmp_path) -> None:
        assert self.run(tmp_path / "digits.npz") == 0
        with np.load(tmp_path / "digits.npz", allow_pickle=False) as arrays:
            assert arrays["images"].shape == (4, 28, 28) and arrays["images"].dtype == np.uint8
            assert arrays["labels"].tolist() == [2, 0, 2, 6]
            expected = ae_models_datasets.to_pixels(
                generation.sample("mnist", [2, 0, 2, 6], seed=7)
            )
            assert np.array_equal(arrays["images"], expected)

    def test_zip_holds_pictures(self, tmp_path) -> None:
        assert self.run(tmp_path / "digits.ZIP", "--dataset", "mnist") == 0
        with zipfile.ZipFile(tmp_path / "digits.ZIP") as archive:
            assert archive.testzip() is None
            pictures = [name for name in archive.namelist() if name.endswith(".png")]
            assert len(pictures) == 4
            assert Image.open(io.BytesIO(archive.read(pictures[0]))).size == (28, 28)

    @pytest.mark.parametrize(("name", "root"), [("set", ""), ("set.zip", "unpacked")])
    @pytest.mark.parametrize("dataset", ae_models_datasets.DATASETS)
    def test_torchvision_reads_the_set(self, put, tmp_path, dataset, name, root) -> None:
        datasets = pytest.importorskip("torchvision.datasets")
        model = put(generation.SAMPLER, "cvae", dataset)
        out = tmp_path / name
        options = ["--copies", "600", "--dataset", dataset]
        options += ["--torchvision"] if root else ["--out", f"{out}/"]
        assert self.run(out, *options) == 0
        if root:
            with zipfile.ZipFile(out) as archive:
                assert archive.testzip() is None
                archive.extractall(tmp_path / root)
            out = tmp_path / root
        kind = {"mnist": datasets.MNIST, "fashion": datasets.FashionMNIST}[dataset]
        for train, count, seed in ((True, 2_400, 7), (False, 400, 8)):
            found = kind(out, train=train, download=False)
            labels = [2, 0, 2, 6] * (count // 4)
            assert len(found) == count
            assert found.targets.tolist() == labels
            expected = generation.sample(dataset, labels, seed=seed, model=model)
            assert np.array_equal(found.data.numpy(), ae_models_datasets.to_pixels(expected))
            image, label = found[1]
            assert image.size == (28, 28) and label == 0

    def test_the_labels_come_in_turn_until_there_are_enough(self, tmp_path) -> None:
        assert self.run(tmp_path / "set.npz", "--count", "7") == 0
        with np.load(tmp_path / "set.npz", allow_pickle=False) as arrays:
            assert arrays["labels"].tolist() == [2, 0, 2, 6, 2, 0, 2]
        assert self.run(tmp_path / "none.npz", "--count", "0") == 1

    def test_a_folder_that_holds_the_data_set_stays_as_it_is(self, tmp_path, capsys) -> None:
        raw = tmp_path / "set" / "MNIST" / "raw"
        raw.mkdir(parents=True)
        (raw / "train-images-idx3-ubyte").write_bytes(b"dear")
        assert self.run(tmp_path / "set") == 1
        assert "is not overwritten" in capsys.readouterr().err
        assert [path.name for path in raw.parent.rglob("*")] == ["raw", "train-images-idx3-ubyte"]
        assert (raw / "train-images-idx3-ubyte").read_bytes() == b"dear"

    def test_what_stops_half_way_leaves_nothing(self, tmp_path, monkeypatch) -> None:
        decode = generation.in_styles
        calls = []

        def stopped(*given, **options):
            calls.append(1)
            if len(calls) == 2:
                raise KeyboardInterrupt
            return decode(*given, **options)

        monkeypatch.setattr(generation, "in_styles", stopped)
        for name, more in (
            ("set", ["--torchvision"]),
            ("set.npz", []),
            ("set.zip", ["--torchvision"]),
        ):
            calls.clear()
            out = tmp_path / "out" / name
            out.parent.mkdir(exist_ok=True)
            assert self.run(out, "--copies", "500", *more) == 130
            assert len(calls) == 2
        assert [path.name for path in out.parent.rglob("*") if path.is_file()] == []

    @pytest.mark.parametrize(
        ("options", "said"),
        [
            (["--torchvision"], "a folder or a .zip"),
            (["--sampler", "vae"], "vae takes no labels"),
            (["--sampler", "none"], "checkpoints/mnist/none"),
        ],
    )
    def test_an_invalid_request_is_refused(self, put, tmp_path, capsys, options, said):
        put("vae", "vae")
        assert self.run(tmp_path / "set.npz", *options) == 1
        assert said in capsys.readouterr().err
        assert not (tmp_path / "set.npz").exists()

    def test_a_seed_repeats_the_file(self, tmp_path) -> None:
        for name in ("a.npz", "b.npz"):
            self.run(tmp_path / name)
        contents = [np.load(tmp_path / name)["images"] for name in ("a.npz", "b.npz")]
        assert np.array_equal(*contents)

    @pytest.mark.parametrize(
        ("wrong", "sentence"),
        [
            (["--labels", "20x6"], "digits only"),
            (["--labels", ""], "digits only"),
            (["--labels", "²"], "digits only"),
            (["--labels", "٣"], "digits only"),
            (["--copies", "0"], "between 1 and"),
            (["--copies", "99999999999"], "between 1 and"),
            (["--temperature", "nan"], "temperature"),
            (["--temperature", "-1"], "temperature"),
            (["--seed", "99999999999999999999999"], "seed"),
            (["--dataset", "fashion"], "restore it with"),
        ],
    )
    def test_what_is_wrong_is_one_sentence(self, wrong, sentence, tmp_path, capsys) -> None:
        out = tmp_path / "digits.png"
        assert self.run(out, *wrong) == 1
        said = capsys.readouterr()
        assert said.err.startswith("error: ") and said.err.count("\n") == 1
        assert sentence in said.err and said.out == ""
        assert not out.exists()

    @pytest.mark.parametrize("name", ["digits.jpg", "digits", "gone/digits.png"])
    def test_a_file_that_cannot_be_is_one_sentence(self, name: str, tmp_path, capsys) -> None:
        assert self.run(tmp_path / name) == 1
        said = capsys.readouterr().err
        assert said.startswith("error: ") and said.count("\n") == 1 and name in said


class TestTrain:
    def test_an_interrupted_training_goes_on_to_the_same_weights(
        self, tiny: Path, monkeypatch, capsys
    ) -> None:
        command = ["train", "noisy", "--dataset", "mnist"]
        assert main(command) == 0
        straight = read_card("mnist", "noisy")
        assert not build.RUNS.joinpath("mnist", "noisy").exists()  # nothing is left over
        with monkeypatch.context() as patch:
            interrupt_after(2, patch)
            assert main([*command, "--fresh"]) == 130
            assert "resume from the last complete epoch" in capsys.readouterr().err
            assert main(command) == 130  # the second seed is interrupted as well
        assert main(command) == 0
        resumed = read_card("mnist", "noisy")
        assert resumed.sha256 == straight.sha256
        assert resumed.spread == straight.spread and resumed.test == straight.test

    def test_graphs_are_made_of_what_was_trained(self, tiny: Path, monkeypatch) -> None:
        made = []
        monkeypatch.setattr(
            onnx_graphs, "write", lambda *which: made.append((which, read_card(*which).sha256))
        )
        assert main(["train", "pca", "--dataset", "mnist"]) == 0
        assert made == [(("mnist", "pca"), read_card("mnist", "pca").sha256)]

    def test_the_card_says_what_was_done(self, tiny: Path, capsys) -> None:
        assert main(["train", "noisy", "--dataset", "mnist"]) == 0
        card = read_card("mnist", "noisy")
        assert (card.name, card.dataset, card.variant, card.seed) == ("noisy", "mnist", "plain", 4)
        assert card.config["latent_dim"] == card.latent_dim == 2
        assert card.trained_with == {"Gaussian": (0.5, 0.5)} and card.family == "restorer"
        assert "noise 0.5" in card.describe()
        assert [epoch.epoch for epoch in card.history] == [1, 2, 3] and card.epochs == 3
        assert card.test is not None and card.test.images == 60
        assert {len(values) for values in card.spread.values()} == {2}
        assert checkpoint.available("mnist") == ["noisy"]
        model = checkpoint.load("mnist", "noisy")
        assert card.parameters == sum(p.numel() for p in model.parameters())
        said = capsys.readouterr().err
        assert "mnist noisy" in said and "3/3" in said

    def test_all_of_them_once(self, tiny: Path, capsys) -> None:
        """Every recipe of one data set; then nothing is left to do, and generate works."""
        assert main(["train", "--all", "--dataset", "mnist"]) == 0
        assert checkpoint.available("mnist") == ["pca", "noisy", "cvae", "mixed", "gan"]
        assert (tiny / "mnist" / "gallery" / gallery.FILE).exists()
        figures = read_card("mnist", "cvae").test
        assert (
            figures is not None
            and {Metric("agreement"), Metric("diversity")} <= figures.values.keys()
        )
        before = {path: path.read_bytes() for path in tiny.rglob("*.safetensors")}
        said = capsys.readouterr().err
        shown = [line.split()[:2] for line in said.splitlines() if " 1/" in line]
        names = [name for _, name in shown]
        assert names.index("noisy") < names.index("mixed") and names[0] == "noisy"
        assert names.index("judge") < min(names.index(n) for n in ("mixed", "cvae", "gan"))
        assert f"; 1 of {len(TINY)}" in said and f"; {len(TINY)} of {len(TINY)}" in said
        assert "discriminator" not in str(checkpoint.load("mnist", "gan"))
        bare = read_card("mnist", "stack")
        assert bare.sha256 is None and bare.test is not None and len(bare.history) == 2
        assert not (tiny / "mnist" / "stack" / "model.safetensors").exists()
        assert main(["train", "--all", "--dataset", "mnist"]) == 0
        assert capsys.readouterr().out.count("up to date") == len(TINY)
        assert {path: path.read_bytes() for path in tiny.rglob("*.safetensors")} == before
        assert main(["list", "--dataset", "mnist"]) == 0
        listed = capsys.readouterr().out
        assert all(name in listed for name in TINY) and "not trained" not in listed.lower()

    def test_one_that_diverges_does_not_keep_back_the_others(
        self, tiny: Path, monkeypatch, capsys
    ) -> None:
        wild = TINY["noisy"]._replace(phases=[GradientPhase(3, 1e30, batch_size=16)], seeds=(0,))
        monkeypatch.setattr(recipes, "RECIPES", {"wild": wild, "pca": TINY["pca"]})
        assert main(["train", "--all", "--dataset", "mnist"]) == 1
        said = capsys.readouterr().err.splitlines()
        (message,) = [line for line in said if line.startswith("error: mnist wild: ")]
        assert "no longer finite in epoch 1" in message and "A lower learning rate" in message
        assert said[-1] == "error: 1 of 2 failed: mnist wild"
        assert checkpoint.available("mnist") == ["pca"]
        assert main(["train", "wild", "--dataset", "mnist"]) == 1  # alone: its sentence, once
        alone = capsys.readouterr().err.strip().splitlines()
        assert alone == [message.replace("mnist wild: ", "")]

    def test_time_left_is_shown_where_a_card_has_a_training_time(
        self, tiny: Path, monkeypatch, capsys
    ) -> None:
        """The other data set's card will do."""
        monkeypatch.setattr(recipes, "RECIPES", {n: TINY[n] for n in ("noisy", "pca")})
        assert main(["train", "--all", "--dataset", "fashion"]) == 0
        assert "for all" not in capsys.readouterr().err
        assert main(["train", "--all"]) == 0
        said = capsys.readouterr().err
        assert "mnist noisy" in said and "fashion" not in said
        assert "; 1 of 2, " in said and "s for all" in said

    def test_evaluating_all_goes_past_a_damaged_checkpoint(self, tiny: Path, capsys) -> None:
        for name in ("pca", "noisy", "stack"):
            assert main(["train", name, "--dataset", "mnist"]) == 0
        (tiny / "mnist" / "pca" / "model.safetensors").write_bytes(b"damaged")
        capsys.readouterr()
        assert main(["evaluate", "--all"]) == 1
        said = capsys.readouterr()
        message, last = said.err.splitlines()
        assert message.startswith(
            "error: mnist pca: checkpoints/mnist/pca/model.safetensors is dam"
        )
        assert last == "error: 1 of 2 failed: mnist pca"  # the stack has no weights to measure
        assert said.out.startswith("mnist noisy: MSE ")
        assert main(["evaluate", "stack", "--dataset", "mnist"]) == 1
        assert "no weights to run" in capsys.readouterr().err

    def test_a_damaged_state_says_how_to_start_again(self, tiny: Path, monkeypatch, capsys) -> None:
        command = ["train", "noisy", "--dataset", "mnist"]
        with monkeypatch.context() as patch:
            interrupt_after(1, patch)
            assert main(command) == 130
        (state,) = build.RUNS.rglob("state.safetensors")
        state.write_bytes(b"damaged")
        assert main(command) == 1
        assert "--fresh" in capsys.readouterr().err
        assert main([*command, "--fresh"]) == 0

    @pytest.mark.parametrize("command", ["train", "evaluate"])
    @pytest.mark.parametrize(
        ("wrong", "sentence"), [(["transformer"], "mixed, judge, pca"), ([], "or give --all")]
    )
    def test_a_wrong_name_is_one_sentence(self, command, wrong, sentence, tiny, capsys) -> None:
        assert main([command, *wrong]) == 1
        said = capsys.readouterr().err
        assert said.startswith("error: ") and sentence in said and said.count("\n") == 1

    def test_without_the_original_files_it_says_so(self, checkpoints, monkeypatch, capsys) -> None:
        monkeypatch.setenv("AE_DATA_DIR", "/nowhere")
        assert main(["train", "undercomplete", "--dataset", "mnist"]) == 1
        said = capsys.readouterr().err
        assert said.count("\n") == 1 and "/nowhere/MNIST/raw" in said


def test_sigterm_stops_a_training_that_then_goes_on(tmp_path: Path) -> None:
    """In a process of its own, as a machine that shuts down would do it."""
    program = """
import sys, torch
from pathlib import Path
from ae_models import __main__
from ae_models.artifacts import card
from ae_models.pipeline import build
from ae_models.training import recipe, recipes
from ae_models.training.phases import GradientPhase, TrainingSet
here = Path(sys.argv[1])
card.CHECKPOINTS, build.RUNS = here / "checkpoints", here / "runs"
x, labels = torch.rand(256, 1, 28, 28), torch.arange(256) % 10
recipe.training_set = lambda dataset: TrainingSet(x, labels, x[:20], labels[:20])
endless = recipes.RECIPES["undercomplete"]._replace(phases=[GradientPhase(10**6)])
recipes.RECIPES["undercomplete"] = endless
sys.exit(__main__.main(["train", "undercomplete", "--dataset", "mnist"]))
"""
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)],
        cwd=Path(__file__).parents[2],
        stderr=subprocess.PIPE,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
    state = tmp_path / "runs" / "mnist" / "undercomplete" / "0" / "state.safetensors"
    try:
        while not state.exists() and process.poll() is None:
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        sent = time.monotonic()
        _, said = process.communicate(timeout=60)
        waited = time.monotonic() - sent
    finally:
        process.kill()
    assert process.returncode == 130, said
    assert waited < 30  # 2 s on cores that do nothing else; an endless epoch would take for ever
    assert b"resume from the last complete epoch" in said and b"Traceback" not in said
    phases = [GradientPhase(10**6)]
    model = recipe.build("mnist", recipes.RECIPES["undercomplete"], 0)
    run = build.TrainingState(model, phases, 0, torch.device("cpu"))
    assert run.restore(state.parent) and run.history


def test_list_distinguishes_trained_from_untrained(checkpoints, put, capsys) -> None:
    put("vae", "vae")
    assert main(["list", "--dataset", "mnist"]) == 0
    lines = capsys.readouterr().out.splitlines()
    named = {line.split()[0]: line for line in lines if line.startswith("  ")}
    assert {name for name in recipes.RECIPES if name in named} == set(recipes.RECIPES)
    assert "not evaluated" in named["vae"] and "not trained" not in named["vae"]
    assert sum("not trained" in line for line in named.values()) == len(recipes.RECIPES) - 1


def test_list_of_one_has_every_figure_of_its_card(checkpoints, put, capsys) -> None:
    put(
        "vae",
        "vae",
        test={"images": 60, "seed": 7, "values": {Metric("mse"): 0.0123, Metric("kl"): 21.5}},
    )
    assert main(["list", "vae"]) == 0
    said = capsys.readouterr().out
    assert "MSE            0.0123" in said and "KL divergence  21.5" in said
    assert "Fashion-MNIST, vae: not trained" in said
    assert main(["list", "transformer"]) == 1
    assert "no recipe is called" in capsys.readouterr().err


def test_download_reports_and_fails_in_one_sentence(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setattr(ae_models_datasets, "download", lambda dataset: iter([0.0, 0.5, 1.0]))
    assert main(["data", "download"]) == 0
    said = capsys.readouterr().out
    assert "Fashion-MNIST: 100%" in said and str(ae_models_datasets.root()) in said

    def offline(dataset: str) -> Iterator[float]:
        yield 0.0
        raise ae_models_datasets.DataMissing("MNIST could not be downloaded: offline")

    monkeypatch.setattr(ae_models_datasets, "download", offline)
    assert main(["data", "download", "--dataset", "mnist"]) == 1
    assert "error: MNIST could not be downloaded: offline" in capsys.readouterr().err


@pytest.mark.parametrize(
    "command", [[], *[[c] for c in ("train", "evaluate", "graphs", "generate", "list", "data")]]
)
def test_help_is_there_for_every_command(command: list[str], capsys) -> None:
    with pytest.raises(SystemExit) as left:
        main([*command, "--help"])
    assert left.value.code == 0
    assert len(capsys.readouterr().out.splitlines()) > 4


@pytest.mark.parametrize("wrong", [["fly"], ["list", "--dataset", "cifar"], ["generate"]])
def test_a_wrong_command_is_refused_with_the_usage(wrong: list[str], capsys) -> None:
    with pytest.raises(SystemExit) as left:
        main(wrong)
    assert left.value.code == 2 and "usage:" in capsys.readouterr().err


def test_checkpoints_are_where_the_readme_says() -> None:
    root = Path(__file__).parents[2]
    assert folder("mnist", "vae") == root / "checkpoints" / "mnist" / "vae"


class TestStudies:
    """A study is made by the same command, for the data sets that it names."""

    def test_one_of_a_single_data_set_is_made_there_alone(
        self, tiny: Path, monkeypatch, capsys
    ) -> None:
        made = []

        class Making:
            NEEDS: tuple[str, ...] = ()
            made_for = staticmethod(lambda dataset: dataset == "fashion")
            describe = staticmethod(lambda dataset: "nothing")
            measure = staticmethod(lambda dataset, images: {Metric("accuracy"): 1.0})

            @staticmethod
            def make(dataset: str, report) -> dict[str, bytes]:
                made.append(dataset)
                return {}

        monkeypatch.setattr(studies, "STUDIES", {"single": Making})
        assert main(["train", "single"]) == 0
        assert made == ["fashion"]
        assert main(["train", "single", "--dataset", "mnist"]) == 1
        assert "single is available for fashion only" in capsys.readouterr().err
