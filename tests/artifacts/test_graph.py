"""ONNX graphs beside the weights: damaged files are named in the error."""

import json
import shutil
from pathlib import Path

import pytest

from ae_models.artifacts import card, graph
from ae_models.artifacts.card import CheckpointError

SHIPPED = card.CHECKPOINTS


@pytest.fixture
def copied(checkpoints: Path) -> Path:
    """`vae-2d`, and `conv-gmm` with the `conv` that it inherits from."""
    for name in ("vae-2d", "conv", "conv-gmm"):
        shutil.copytree(SHIPPED / "mnist" / name, checkpoints / "mnist" / name)
    return checkpoints / "mnist"


def damage(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def test_what_is_whole_is_given(copied: Path) -> None:
    assert (
        graph.read("mnist", "vae-2d", "decode.onnx")
        == (copied / "vae-2d" / "decode.onnx").read_bytes()
    )
    weights = (copied / "conv" / "model.safetensors").read_bytes()
    assert graph.weights("mnist", "conv-gmm", "decode.onnx") == {"conv/model.safetensors": weights}
    assert graph.weights("mnist", "conv-gmm", "sample.onnx").keys() == {
        "conv/model.safetensors",
        "model.safetensors",
    }


@pytest.mark.parametrize(
    ("name", "damaged"),
    [
        ("vae-2d", "vae-2d/decode.onnx"),
        ("vae-2d", "vae-2d/model.safetensors"),
        ("conv-gmm", "conv/model.safetensors"),
    ],
)
def test_a_damaged_or_missing_file_is_named(copied: Path, name: str, damaged: str) -> None:
    damage(copied / damaged)
    with pytest.raises(CheckpointError, match=f"mnist/{damaged} is damaged .its sha256") as found:
        graph.self_contained("mnist", name, "decode.onnx")
    assert "git checkout checkpoints, or python -m ae_models train" in str(found.value)
    (copied / damaged).unlink()
    with pytest.raises(CheckpointError, match=f"mnist/{damaged} is missing"):
        graph.self_contained("mnist", name, "decode.onnx")


def test_a_graph_of_earlier_weights_is_refused(copied: Path) -> None:
    """Its offsets may point elsewhere in a file that was trained again."""
    path = copied / "vae-2d" / "card.json"
    changed = json.loads(path.read_text())
    changed["graphs"]["decode.onnx"]["weights"]["model.safetensors"] = "0" * 64
    path.write_text(json.dumps(changed))
    with pytest.raises(CheckpointError, match=r"model.safetensors is damaged"):
        graph.self_contained("mnist", "vae-2d", "decode.onnx")


def test_a_graph_that_the_card_does_not_name_is_missing(copied: Path) -> None:
    shutil.copy(copied / "vae-2d" / "decode.onnx", copied / "vae-2d" / "other.onnx")
    with pytest.raises(CheckpointError, match=r"mnist/vae-2d/other.onnx is missing"):
        graph.read("mnist", "vae-2d", "other.onnx")


def test_a_damaged_card_is_named(copied: Path) -> None:
    (copied / "vae-2d" / "card.json").write_text("{")
    with pytest.raises(CheckpointError, match=r"mnist/vae-2d/card.json is damaged"):
        graph.read("mnist", "vae-2d", "decode.onnx")
