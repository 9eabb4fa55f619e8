"""Randomness: generators are passed in, and no global state is used."""

import ast
from pathlib import Path

import numpy as np
import pytest
import torch

from ae_models.training.loop import train
from ae_models.training.phases import GradientPhase, TrainingSet
from ae_models.training.recipe import untrained
from ae_models.training.recipes import RECIPES
from ae_models.training.state import TrainingState

ROOT = Path(__file__).parent.parent
GLOBAL = {  # functions that read or set the state of the process
    f"{module}.{name}"
    for module in ("torch", "torch.random", "torch.cuda", "np.random", "random")
    for name in ("manual_seed", "seed", "set_rng_state", "get_rng_state", "fork_rng", "set_state")
}
CPU = torch.device("cpu")


def global_calls(path: Path) -> list[str]:
    """`file:line name` of each use of the state of the process."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute) and ast.unparse(node) in GLOBAL:
            found.append(f"{path.relative_to(ROOT)}:{node.lineno} {ast.unparse(node)}")
    return found


def test_no_module_reads_or_sets_a_global_seed() -> None:
    folders = [ROOT / name for name in ("ae_models", "ui", "pages")]
    files = [path for folder in folders for path in folder.rglob("*.py")]
    assert len(files) > 100
    assert [use for path in [*files, ROOT / "app.py"] for use in global_calls(path)] == []


def test_a_use_would_be_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.test_random_state.ROOT", tmp_path)
    path = tmp_path / "module.py"
    path.write_text("import torch\ntorch.manual_seed(1)\ntorch.Generator().manual_seed(1)\n")
    assert global_calls(path) == ["module.py:2 torch.manual_seed"]


@pytest.mark.parametrize("name", ["judge", "vae", "cvae", "gan"])
def test_training_leaves_the_state_of_the_process_alone(name: str, images, tmp_path: Path) -> None:
    recipe = RECIPES[name]
    phases = [
        phase._replace(epochs=1, batch_size=8)
        for phase in recipe.phases
        if not isinstance(phase, GradientPhase) or not phase.part
    ]
    data = TrainingSet(images(16), torch.arange(16) % 10, images(4), torch.arange(4))
    states = torch.get_rng_state(), np.random.get_state()[1]

    def state() -> TrainingState:
        return TrainingState(untrained(recipe.variant, recipe.config, 1), phases, 1, CPU)

    first = state()
    list(train(first, data))
    first.save(tmp_path)
    assert state().restore(tmp_path)
    again = state()
    torch.rand(3)  # what other threads draw
    list(train(again, data))
    one, other = first.model.state_dict(), again.model.state_dict()
    assert all(torch.equal(one[key], other[key]) for key in one)
    torch.set_rng_state(states[0])
    list(train(state(), data))
    assert torch.equal(torch.get_rng_state(), states[0])
    assert np.array_equal(np.random.get_state()[1], states[1])
