"""Cards and studies of earlier versions in today's form."""

import hashlib
import json
from pathlib import Path

import pytest

from ae_models.__main__ import main
from ae_models.artifacts import card, migration, study
from ae_models.artifacts.phase_record import CorruptionRecord, PhaseRecord
from ae_models.metric_key import Metric

CARD = {
    "name": "conv-gmm",
    "dataset": "mnist",
    "variant": "plain",
    "family": "sampler",
    "config": {"latent_dim": 2},
    "recipe": "the weights of conv; then 3 epochs of Adam towards the image, learning rate 0.002, "
    "batch 64, input with Gaussian noise 0.5 or blur 1 to 2, bfloat16; then closed form",
    "trained_with": {"Gaussian": [0.5, 0.5]},
    "seed": 4,
    "epochs": 3,
    "parameters": 12,
    "latent_dim": 2,
    "training_seconds": 1.5,
    "device": "CPU",
    "history": [
        {
            "phase": f"{phase}. in words",
            "epoch": epoch,
            "epochs": 2,
            "loss": {"reconstruction": 2.5},
            "validation": {"mse": 0.25},
            "seconds": 0.5,
        }
        for phase, epoch in ((1, 1), (1, 2), (2, 1))
    ],
    "test": {
        "images": 60,
        "seed": 7,
        "values": {"mse": 0.0123, "psnr at salt & pepper 0.3": 12.3456, "frechet_floor": 0.25},
    },
    "spread": {"mse": [0.0123, 0.0124]},
    "sha256": None,
    "origin": {"conv": "of conv"},
}
STUDY = {
    "name": "restoration",
    "dataset": "mnist",
    "method": "in words",
    "origin": {},
    "seconds": 1.0,
    "device": "CPU",
    "files": {},
    "test": {
        "images": 60,
        "seed": 7,
        "values": {"low resolution 0.75: blind": 20.5, "low resolution 0.75: blind, few": 21.5},
    },
}


@pytest.fixture
def old(checkpoints: Path) -> Path:
    """A card and a study as version 1.0 wrote them."""
    for name, file, content in (
        ("conv-gmm", "card.json", CARD),
        ("restoration", study.FILE, STUDY),
    ):
        folder = checkpoints / "mnist" / name
        folder.mkdir(parents=True)
        (folder / file).write_text(json.dumps(content))
    return checkpoints


def test_the_command_rewrites_what_is_old_and_nothing_twice(old: Path, capsys) -> None:
    assert len(migration.migrate(old)) == 2
    before = {path: path.read_bytes() for path in old.rglob("*.json")}
    assert migration.migrate(old) == []
    assert before == {path: path.read_bytes() for path in old.rglob("*.json")}
    assert main(["migrate"]) == 0
    assert capsys.readouterr().out.endswith("0 rewritten\n")


def test_figures_are_the_same_under_their_metrics(old: Path) -> None:
    migration.migrate(old)
    found = card.read_card("mnist", "conv-gmm")
    assert found.test == card.Figures(
        images=60,
        seed=7,
        values={
            Metric("mse"): 0.0123,
            Metric("psnr", corruption="salt & pepper", strength=0.3): 12.3456,
            Metric("frechet", condition="real_halves"): 0.25,
        },
    )
    assert found.spread == {Metric("mse"): [0.0123, 0.0124]}
    blind = Metric("psnr", method="blind", corruption="low resolution", strength=0.75)
    test = study.read("mnist", "restoration").test
    assert test is not None and test[blind] == 20.5 and set(test.values.values()) == {20.5, 21.5}


def test_phases_become_settings_with_the_same_description(old: Path) -> None:
    migration.migrate(old)
    found = card.read_card("mnist", "conv-gmm")
    assert found.phases == (
        PhaseRecord(
            kind="gradient",
            epochs=3,
            optimizer="Adam",
            learning_rate=0.002,
            batch_size=64,
            corruptions=(
                CorruptionRecord(kind="Gaussian", min=0.5),
                CorruptionRecord(kind="blur", min=1, max=2),
            ),
            precision="bfloat16",
        ),
        PhaseRecord(kind="closed form", name="closed form"),
    )
    assert found.describe() == CARD["recipe"]
    assert [(epoch.phase, epoch.epoch) for epoch in found.history] == [(1, 1), (1, 2), (2, 1)]


def test_renamed_fields_and_parts_are_renamed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migration, "CONFIG_NAMES", {"plain": {"latent_dim": "dimension"}})
    monkeypatch.setattr(migration, "PART_NAMES", {"reader": "auxiliary classifier"})
    monkeypatch.setattr(migration, "TERM_NAMES", {"slope": "r1"})
    text = "4 epochs of Adam on the reader, learning rate 0.1, batch 8, float32"
    history = [epoch | {"loss": {"slope": 0.5, "kl": 1.0}} for epoch in CARD["history"]]
    found = migration.migrated(CARD | {"recipe": text, "history": history})
    assert all(epoch["loss"] == {"r1": 0.5, "kl": 1.0} for epoch in found["history"])
    assert found["config"] == {"dimension": 2}
    assert found["phases"][0]["part"] == "auxiliary classifier"


def test_methods_settings_and_files_of_a_study_get_the_names_of_today(
    checkpoints: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migration, "METHOD_NAMES", {"restoration": {"blind": "U-Net"}})
    monkeypatch.setattr(migration, "SETTING_TEXTS", {"restoration": {"in words": "as data"}})
    monkeypatch.setattr(migration, "FILE_NAMES", {"restoration": {'"told":': '"labels":'}})
    folder = checkpoints / "mnist" / "restoration"
    folder.mkdir(parents=True)
    contents = {"curves.json": b'{"told": [0.5]}', "net.bin": b'"told":'}
    for file, content in contents.items():
        (folder / file).write_bytes(content)
    files = {file: hashlib.sha256(content).hexdigest() for file, content in contents.items()}
    (folder / study.FILE).write_text(json.dumps(STUDY | {"files": files}))
    assert migration.migrate(checkpoints) == [folder / study.FILE]
    found = study.read("mnist", "restoration")
    assert found.method == "as data"
    blind = Metric("psnr", method="U-Net", corruption="low resolution", strength=0.75)
    assert found.test is not None and found.test[blind] == 20.5
    assert study.content("mnist", "restoration", "curves.json") == b'{"labels": [0.5]}'
    assert study.content("mnist", "restoration", "net.bin") == contents["net.bin"]
    assert migration.migrate(checkpoints) == []


@pytest.mark.parametrize("phrase", ["mse at noon", "psnr at Gaussian", "", "auroc"])
def test_an_unknown_phrase_is_refused(phrase: str) -> None:
    with pytest.raises(ValueError, match="no metric was called"):
        migration.metric(phrase)


def test_an_unknown_setting_is_refused() -> None:
    with pytest.raises(ValueError, match="no phase has the setting"):
        migration.phases("4 epochs of Adam towards the image, learning rate 0.1, upside down")
