"""The command line repeats what a page has trained."""

import json
import shlex
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from ae_models import __main__ as main
from ae_models.artifacts import checkpoint
from ae_models.artifacts.card import Card
from ae_models.live import export
from ae_models.live.config import Choice, read
from ae_models.live.side_by_side import SideBySide

CHOICE = Choice(
    kind="vae",
    widths=(24, 12),
    code=3,
    dropout=0.1,
    noise=0.2,
    noise_kind="salt & pepper",
    optimizer="RMSprop",
    learning_rate=1e-3,
    images=300,
    epochs=2,
    seed=7,
)


def ran(line: str, folder: Path) -> int:
    """The exit status of a command line that begins with `python -m ae_models`."""
    words = shlex.split(line)
    assert words[:3] == ["python", "-m", "ae_models"]
    at = words.index("--out") + 1
    words[at] = str(folder / words[at])
    return main.main(words[3:])


def test_the_command_line_gives_the_same_weights_and_loss(worker, ticks, tmp_path: Path) -> None:
    ticket = worker.start(SideBySide((CHOICE,)), (CHOICE,))
    ticks(worker, 4)
    worker.pause(ticket)
    ticks(worker)
    worker.resume(ticket)
    ticks(worker)
    live = worker.files(ticket.id, "0")
    assert live is not None
    assert ran(export.command(CHOICE), tmp_path) == 0
    (made,) = tmp_path.iterdir()
    one, other = load_file(live / export.WEIGHTS), load_file(made / export.WEIGHTS)
    assert one.keys() == other.keys() and all(torch.equal(one[key], other[key]) for key in one)
    cards = [Card.model_validate_json((f / export.CARD).read_text()) for f in (live, made)]
    for ours, theirs in zip(*(card.history for card in cards), strict=True):
        # A sum takes its numbers in the order in which memory is aligned: to its last digit.
        assert ours.loss == pytest.approx(theirs.loss, rel=1e-6)
    assert cards[0].sha256 == cards[1].sha256 and cards[0].phases == cards[1].phases
    assert not (made / "unfinished").exists()


def test_what_was_kept_can_be_built_and_filled_again(worker, ticks) -> None:
    ticket = worker.start(SideBySide((CHOICE,)), (CHOICE,))
    ticks(worker)
    folder = worker.files(ticket.id, "0")
    assert folder is not None
    card = Card.model_validate_json((folder / export.CARD).read_text())
    model = checkpoint.build(card)
    assert card.sha256 is not None
    found = checkpoint.verified(folder / export.WEIGHTS, card.sha256, model.state_dict())
    model.load_state_dict(found)
    assert card.trained_with == {"salt & pepper": (0.2, 0.2)} and card.seed == 7
    assert card.latent_dim == 3 and len(card.history) == 2


def test_a_file_of_json_does_as_well(small, tmp_path: Path, capsys) -> None:
    path = tmp_path / "choice.json"
    path.write_text(json.dumps({"widths": [8], "code": 2, "images": 60, "epochs": 1}))
    assert main.main(["train", "--config", str(path), "--out", str(tmp_path / "out")]) == 0
    assert (tmp_path / "out" / export.CARD).exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--config", '{"kind": "conv"}', "--out", "x"], "two hidden sizes"),
        (["--config", '{"learning_rate": 1e9}', "--out", "x"], "learning_rate"),
        (["--config", '{"evil": 1}', "--out", "x"], "evil"),
        (["--config", "{", "--out", "x"], "configuration"),
        (["--config", "{}"], "--out"),
        (["vae", "--config", "{}", "--out", "x"], "no recipe"),
        (["--config", "/nowhere.json", "--out", "x"], "nowhere"),
    ],
)
def test_what_cannot_be_trained_is_said_in_one_sentence(arguments, said: str, capsys) -> None:
    assert main.main(["train", *arguments]) == 1
    error = capsys.readouterr().err
    assert said in error and "Traceback" not in error


def test_interrupted_by_a_signal_it_goes_on_as_if_it_had_not_been(tmp_path: Path) -> None:
    choice = CHOICE.model_copy(update={"images": 2000, "epochs": 3})
    words = [sys.executable, "-m", "ae_models", *shlex.split(export.command(choice))[3:]]
    words[words.index("--out") + 1] = str(tmp_path / "stopped")
    process = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    assert "1/3" in process.stderr.readline()
    asked = time.monotonic()
    process.terminate()
    while "Interrupted" not in process.stderr.readline():
        assert process.poll() is None
    assert time.monotonic() - asked < 2  # the rest is torch taking its leave
    assert process.wait(30) == 130
    assert (tmp_path / "stopped" / "unfinished" / "state.safetensors").exists()
    assert subprocess.run(words, capture_output=True).returncode == 0
    words[words.index("--out") + 1] = str(tmp_path / "straight")
    assert subprocess.run(words, capture_output=True).returncode == 0
    one, other = (load_file(tmp_path / n / export.WEIGHTS) for n in ("stopped", "straight"))
    assert all(torch.equal(one[key], other[key]) for key in one)


def test_a_choice_goes_through_json_without_what_is_usual() -> None:
    assert Choice().shown() == "{}"
    assert read(CHOICE.shown()) == CHOICE
