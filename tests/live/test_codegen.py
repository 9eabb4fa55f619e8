"""The file of plain PyTorch: it runs alone, and gives the same loss for the same weights."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from ae_models import datasets
from ae_models.artifacts import checkpoint
from ae_models.live import codegen, codegen_templates
from ae_models.live.config import KINDS, PIXEL_NOISES, Choice
from ae_models.live.session import LiveSession
from ae_models.training.optimizers import OPTIMIZERS, SCHEDULES

COMMON = {"images": 120, "batch_size": 20, "epochs": 1, "code": 3}
CHOICES = {
    "dense": Choice(widths=(12,), activation="leaky relu", batch_norm=True, dropout=0.2, **COMMON),
    "conv": Choice(kind="conv", widths=(3, 4), activation="tanh", batch_norm=True, **COMMON),
    "vae": Choice(
        kind="vae", widths=(12,), beta=2.5, reconstruction="binary cross-entropy", **COMMON
    ),
    "denoising": Choice(kind="denoising", widths=(), activation="silu", **COMMON),
    "sparse": Choice(kind="sparse", sparsity=0.3, optimizer="momentum", **COMMON),
    "stacked": Choice(kind="stacked", widths=(12, 6), pretraining=1, **COMMON),
    "overcomplete": Choice(kind="overcomplete", optimizer="RMSprop", **COMMON),
}


# Several files one after the other, each as a program of its own: torch is imported once.
PROGRAM = """
import contextlib, io, json, os, runpy, sys

for folder, arguments in json.loads(sys.argv[1]):
    os.chdir(folder)
    sys.argv = ["net.py", *arguments]
    with contextlib.redirect_stdout(io.StringIO()) as said:
        runpy.run_path("net.py", run_name="__main__")
    print(json.dumps(said.getvalue().splitlines()))
"""


def execute(*runs: tuple[Path, list[str]]) -> list[list[str]]:
    """Run the file in each folder with arguments, where the project cannot be imported.

    Gives the lines of output of each run.
    """
    env = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    given = json.dumps([(str(folder), arguments) for folder, arguments in runs])
    command = [sys.executable, "-c", PROGRAM, given]
    done = subprocess.run(command, cwd=runs[0][0], env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_every_kind_is_tried() -> None:
    assert {choice.kind for choice in CHOICES.values()} == set(KINDS)


def test_the_exported_file_runs_and_gives_the_same_loss(small: None, tmp_path: Path) -> None:
    runs, expected = [], {}
    for kind, choice in CHOICES.items():
        session = LiveSession(choice, torch.device("cpu"))
        while session.advance():
            pass
        model = session.run.model.eval()
        x = session.data.validation_images[:100]
        with torch.no_grad():
            expected[kind] = {k: v.item() for k, v in model.loss_terms(model(x), x).items()}
        folder = tmp_path / kind
        folder.mkdir()
        (folder / "net.py").write_text(codegen.code(choice))
        (folder / "model.safetensors").write_bytes(checkpoint.to_bytes(model.state_dict()))
        np.save(folder / "x.npy", datasets.to_pixels(x))
        runs.append((folder, ["--weights", "model.safetensors", "--images", "x.npy"]))
    for kind, lines in zip(CHOICES, execute(*runs), strict=True):
        assert json.loads(lines[-1]) == pytest.approx(expected[kind], rel=1e-4), kind


def test_it_trains_alone(small: None, tmp_path: Path) -> None:
    runs = []
    for kind in ("vae", "stacked"):
        choice = CHOICES[kind].model_copy(
            update={"epochs": 3, "noise": 0.2, "images": 400, "learning_rate": 0.01}
        )
        x = LiveSession(choice, torch.device("cpu")).data.images
        folder = tmp_path / kind
        folder.mkdir()
        (folder / "net.py").write_text(codegen.code(choice))
        np.save(folder / "x.npy", datasets.to_pixels(x))
        runs.append((folder, ["--images", "x.npy"]))
    for (folder, _), lines in zip(runs, execute(*runs), strict=True):
        losses = [float(line.split()[-1]) for line in lines if line.startswith("epoch")]
        assert len(losses) == 3 and losses[-1] < losses[0], folder.name


def test_it_has_words_for_everything_that_can_be_chosen() -> None:
    assert codegen_templates.OPTIMIZERS.keys() == OPTIMIZERS.keys()
    assert codegen_templates.SCHEDULES.keys() == SCHEDULES.keys()
    assert codegen_templates.NOISES.keys() == set(PIXEL_NOISES)
    for name, schedule in SCHEDULES.items():
        for progress in (0.0, 0.05, 0.3, 0.6, 0.9):
            scope = {"math": __import__("math"), "progress": progress}
            assert eval(codegen_templates.SCHEDULES[name], scope) == pytest.approx(
                schedule(progress)
            )


@pytest.mark.parametrize("noise", PIXEL_NOISES)
def test_it_can_be_read(noise: str) -> None:
    text = codegen.code(Choice(kind="denoising", noise_kind=noise, noise=0.4))
    assert ast.get_docstring(ast.parse(text))
    assert "ae_models" not in text and max(map(len, text.splitlines())) <= 120


def test_a_set_that_torchvision_does_not_have_is_read_from_its_file(tmp_path: Path) -> None:
    record = datasets.Dataset(key="own", title="Own", classes=("a", "b"), credit="", folder="Own")
    with datasets.registered(record):
        text = codegen.code(Choice(dataset="own", widths=(12,), **COMMON))
    assert "torchvision" not in text and "Own/raw/train-images-idx3-ubyte" in text
    images = np.random.default_rng(0).integers(0, 256, (200, 28, 28), np.uint8)
    raw = tmp_path / "data" / record.folder / "raw"
    raw.mkdir(parents=True)
    header = b"\0\0\x08\x03" + b"".join(side.to_bytes(4, "big") for side in images.shape)
    (raw / "train-images-idx3-ubyte").write_bytes(header + images.tobytes())
    np.save(tmp_path / "x.npy", images)
    (tmp_path / "net.py").write_text(text)
    lines, others = execute((tmp_path, []), (tmp_path, ["--images", "x.npy"]))
    assert lines == others and lines[0].startswith("epoch 1 of 1")
