"""Several processes: the same batches and the same weights as a single one."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from ae_models.__main__ import main
from ae_models.training import distributed
from ae_models.training.distributed import BatchWideDraws

ROOT = Path(__file__).parents[2]
# Two small trainings: the plain autoencoder, and draws of every kind. Weights stay float32, so
# that they can be compared; a file called "interrupt" stops the first after an epoch, once.
PROGRAM = """
import sys, torch
from pathlib import Path
from ae_models import __main__
from ae_models.artifacts import card, checkpoint
from ae_models.cli import commands
from ae_models.pipeline import build, evaluation, studies
from ae_models.training import recipe, recipes
from ae_models.training.phases import Corruption, GradientPhase, TrainingSet

checkpoint.halved = lambda tensors: tensors
x = torch.rand(560, 1, 28, 28, generator=torch.Generator().manual_seed(0))
labels = torch.arange(560) % 10
recipe.training_set = lambda dataset: TrainingSet(x[:512], labels[:512], x[512:], labels[512:])
evaluation.measure = lambda *_, images, **__: card.Figures(images=images, seed=0, values={})
build.project = lambda *_: False
commands.write_graphs = lambda *_: None
noise = (Corruption("Gaussian", 0.1, 0.5), Corruption("block", 0.2))
varied = GradientPhase(2, corruptions=noise, shift=2, flip=True)
phases = {"undercomplete": [GradientPhase(3)], "vae": [varied]}
studies.STUDIES.clear()
for name in list(recipes.RECIPES):
    wanted = recipes.RECIPES.pop(name)
    if name in phases:
        recipes.RECIPES[name] = wanted._replace(phases=phases[name], seeds=(0,))

show = commands.ProgressBar.__call__

def report(*arguments):
    show(*arguments)
    if (here / "interrupt").exists():
        (here / "interrupt").unlink()
        raise KeyboardInterrupt

commands.ProgressBar.__call__ = report
status = 0
for line in " ".join(sys.argv[1:]).split(" then "):  # several trainings in the same process
    folder, *options = line.split()
    here = Path(folder)
    card.CHECKPOINTS, build.RUNS = here / "checkpoints", here / "runs"
    status = status or __main__.main(["train", "--all", "--dataset", "mnist", *options])
    print("fabric" if "lightning_fabric" in sys.modules else "plain")
sys.exit(status)
"""


@pytest.fixture
def run(tmp_path: Path):
    """Runs the program on a folder of this name, on the CPU; gives its end and what it said."""
    (tmp_path / "program.py").write_text(PROGRAM)

    def start(
        folder: str, *options: str, launcher: tuple[str, ...] = ()
    ) -> subprocess.CompletedProcess[str]:
        (tmp_path / folder).mkdir(exist_ok=True)
        command = [sys.executable, *launcher, str(tmp_path / "program.py")]
        quiet = {"OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": "", "PYTHONPATH": str(ROOT)}
        return subprocess.run(
            [*command, str(tmp_path / folder), *options],
            cwd=ROOT,
            env=os.environ | quiet,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )

    return start


def test_two_processes_get_the_weights_of_one_and_go_on_where_they_stopped(
    run, tmp_path: Path
) -> None:
    (tmp_path / "two").mkdir()
    (tmp_path / "two" / "interrupt").touch()
    stopped = run("two", "--devices", "2")
    assert stopped.returncode == 130 and "resume from the last complete epoch" in stopped.stderr
    assert list((tmp_path / "two" / "runs").rglob("state.safetensors"))
    assert not list((tmp_path / "two" / "checkpoints").rglob("*"))

    torchrun = ("-m", "torch.distributed.run", "--nproc-per-node", "2")
    resumed = run("two", "--devices", "2", "--precision", "32-true", launcher=torchrun)
    assert resumed.returncode == 0, resumed.stderr
    assert resumed.stderr.count("2/3") == 1 and " 1/3" not in resumed.stderr  # the leader's alone

    # One process trains the same; then, told otherwise about devices, it finds all up to date.
    otherwise = ["then", str(tmp_path / "two"), "--devices", "1", "--precision", "bf16-mixed"]
    alone = run("one", *otherwise)
    assert alone.returncode == 0, alone.stderr
    first, plain, second = alone.stdout.partition("plain\n")  # Fabric is for those who ask for it
    assert plain and "fabric" not in first and second.count("up to date") == 2
    for name in ("undercomplete", "vae"):
        folders = [tmp_path / which / "checkpoints/mnist" / name for which in ("one", "two")]
        ours, theirs = (load_file(folder / "model.safetensors") for folder in folders)
        assert ours.keys() == theirs.keys() and all(t.dtype == torch.float32 for t in ours.values())
        for key, weights in ours.items():
            assert torch.allclose(weights, theirs[key], atol=1e-4), (name, key)
        cards = [json.loads((folder / "card.json").read_text()) for folder in folders]
        for one, other in zip(*(card["history"] for card in cards), strict=True):
            for figures in ("loss", "gradients", "validation"):
                assert one[figures] == pytest.approx(other[figures], rel=1e-3)
        assert cards[1]["device"].startswith("2 processes") and "32-true" in cards[1]["device"]


@pytest.mark.parametrize("rank", [0, 1, 2])
def test_draws_for_a_share_are_its_rows_of_the_draws_for_all(rank: int) -> None:
    def share(batch: torch.Tensor) -> torch.Tensor:
        return batch[4 * rank : 4 * rank + 4]

    whole, mine = (torch.Generator().manual_seed(5) for _ in range(2))
    chosen = [torch.randn((12, 3), generator=whole), torch.rand(12, 7, 7, generator=whole)]
    one_for_all = torch.rand((), generator=whole), torch.rand(4, generator=whole)
    with BatchWideDraws(12, share):
        found = [torch.randn((4, 3), generator=mine), torch.rand(4, 7, 7, generator=mine)]
        common = torch.rand((), generator=mine), torch.rand(4, generator=mine)
        torch.manual_seed(1)
        elsewhere = torch.randn(4, 3)
    for drawn, of_all in zip(found, chosen, strict=True):
        assert torch.equal(drawn, share(of_all))
    for drawn, of_all in zip(common, one_for_all, strict=True):  # not of an image: the same for all
        assert torch.equal(drawn, of_all)
    assert torch.equal(mine.get_state(), whole.get_state())  # all processes stay in step
    torch.manual_seed(1)
    assert torch.equal(elsewhere, torch.randn(4, 3))


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (["--devices", "0"], "--devices takes a whole number from 1 upwards"),
        (["--nodes", "-2"], "--nodes takes a whole number from 1 upwards"),
        (["--precision", "8-bit"], "--precision takes 32-true or bf16-mixed"),
    ],
)
def test_what_cannot_be_is_one_sentence(wrong: list[str], sentence: str, capsys) -> None:
    assert main(["train", "undercomplete", "--dataset", "mnist", *wrong]) == 1
    assert capsys.readouterr().err == f"error: {sentence}\n"


def test_more_devices_than_there_are_is_one_sentence(monkeypatch, capsys) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert main(["train", "undercomplete", "--dataset", "mnist", "--devices", "3"]) == 1
    assert capsys.readouterr().err == "error: --devices 3: this machine has 2\n"


def test_a_batch_that_cannot_be_shared_evenly_is_one_sentence(monkeypatch) -> None:
    class Fabric:
        world_size, global_rank = 3, 1

    several = object.__new__(distributed.Distributed)
    several.fabric = Fabric()  # type: ignore[assignment]
    assert torch.equal(several.share(torch.arange(12)), torch.arange(4, 8))
    with pytest.raises(ValueError, match=r"^3 processes cannot share a batch of 128 images evenly"):
        several.share(torch.zeros(128))


@pytest.mark.parametrize(
    "option", [["--devices", "2"], ["--nodes", "2"], ["--precision", "bf16-mixed"]]
)
def test_without_fabric_it_says_what_to_install(option: list[str], monkeypatch, capsys) -> None:
    monkeypatch.setitem(sys.modules, "lightning_fabric", None)  # as if it were not installed
    monkeypatch.delitem(sys.modules, "ae_models.training.distributed")
    monkeypatch.delattr("ae_models.training.distributed")
    assert main(["train", "undercomplete", "--dataset", "mnist", *option]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "pip install -r requirements-train.txt" in said
