"""Studies: made by the command line, verified by file hashes, and made anew when stale."""

import json
import math
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from ae_models.__main__ import main
from ae_models.artifacts import checkpoint, study
from ae_models.artifacts.card import CheckpointError, Figures, folder
from ae_models.cli import tables
from ae_models.metric_key import Metric
from ae_models.pipeline import plan as pipeline_plan
from ae_models.pipeline import studies

RATIO, IMAGES = Metric("mse"), Metric("perplexity")  # any two
FAKE = "ratio"  # the name of the study that these tests make
HERE = ("mnist", FAKE)
RESTORED = f"git checkout checkpoints, or python -m ae_models train {FAKE} --dataset mnist"


class Ratio:
    """A study of two numbers that counts how often it is made."""

    NEEDS = ("conv", "vae")

    def __init__(self) -> None:
        self.words = "the first number over the second"
        self.made = 0

    def describe(self, dataset: str) -> str:
        return f"{self.words}, {dataset}"

    def make(self, dataset: str, report: studies.Report) -> dict[str, bytes]:
        self.made += 1
        report(1, 2, "half", 1.0)
        report(2, 2, "whole", 0.0)
        numbers = torch.tensor([1.0, 3.0])
        return {
            "numbers.safetensors": checkpoint.to_bytes({"numbers": numbers}),
            "notes.json": b'{"numbers": 2}',
        }

    def measure(self, dataset: str, images: int) -> dict[str, float]:
        one, other = study.tensors(dataset, FAKE, "numbers.safetensors")["numbers"].tolist()
        return {RATIO: one / other, IMAGES: images}


@pytest.fixture
def ratio(checkpoints: Path, put, monkeypatch: pytest.MonkeyPatch) -> Ratio:
    """The one study there is; what it stands on lies in an otherwise empty folder."""
    fake = Ratio()
    monkeypatch.setattr(studies, "STUDIES", {FAKE: fake})
    for name in fake.NEEDS:
        put(name, "vae" if name == "vae" else "plain")
    return fake


@pytest.fixture
def made(ratio: Ratio) -> Ratio:
    """The study after the command has made it."""
    assert main(["train", FAKE, "--dataset", "mnist"]) == 0
    return ratio


def path(file: str = study.FILE) -> Path:
    return folder(*HERE) / file


def flip_a_bit(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)


def test_the_command_makes_evaluates_and_records_hashes(made: Ratio, capsys) -> None:
    assert made.made == 1
    account = study.read(*HERE)
    assert account.method == "the first number over the second, mnist"
    assert account.origin == study.origin("mnist", made.NEEDS)
    assert set(account.origin) == set(made.NEEDS) and all(account.origin.values())
    assert account.files.keys() == {"numbers.safetensors", "notes.json"}
    assert account.test == Figures(
        images=10_000, seed=studies.SEED, values={RATIO: 0.333333, IMAGES: 10_000}
    )
    assert account.check is not None and account.check.images == studies.CHECK_IMAGES
    assert study.content(*HERE, "notes.json") == b'{"numbers": 2}'
    assert study.tensors(*HERE, "numbers.safetensors")["numbers"].tolist() == [1, 3]
    assert json.loads(path().read_text())["name"] == FAKE
    assert studies.is_made(*HERE) and pipeline_plan.is_made(*HERE)


def test_what_is_up_to_date_is_skipped(made: Ratio) -> None:
    assert pipeline_plan.stale([HERE]) == []
    plan = pipeline_plan.Plan([HERE], again=False)
    assert plan.waiting == [] and plan.total == 0
    assert main(["train", FAKE, "--dataset", "mnist"]) == 0  # asked for by name, it is made
    assert made.made == 2


def test_all_skips_it_and_says_so(made: Ratio, capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ae_models.training.recipes.RECIPES", {})
    assert main(["train", "--all", "--dataset", "mnist"]) == 0
    assert made.made == 1
    assert f"mnist {FAKE}: up to date" in capsys.readouterr().out
    made.words = "another way"
    assert main(["train", "--all", "--dataset", "mnist"]) == 0
    assert made.made == 2
    assert study.read(*HERE).method == "another way, mnist"


@pytest.mark.parametrize("why", ["other words", "another origin", "not measured", "no account"])
def test_a_study_made_in_another_way_is_stale(made: Ratio, put, why: str) -> None:
    if why == "other words":
        made.words = "the second number over the first"
    elif why == "another origin":
        put("conv", "vae")
    elif why == "not measured":
        study.write_account(study.read(*HERE).model_copy(update={"test": None}))
    else:
        path().unlink()
    assert not studies.is_made(*HERE)
    assert pipeline_plan.stale([HERE]) == [HERE]


def test_a_study_comes_after_what_it_needs_and_is_stale_with_it(
    made: Ratio, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = [("mnist", name) for name in made.NEEDS]
    assert pipeline_plan.needs(*HERE) == others
    assert pipeline_plan.in_order([HERE, *others]) == [*others, HERE]
    assert pipeline_plan.in_order([HERE]) == [HERE]
    fresh = {("mnist", "conv"), HERE}
    monkeypatch.setattr(pipeline_plan, "is_made", lambda dataset, name: (dataset, name) in fresh)
    assert pipeline_plan.stale([*others, HERE]) == [("mnist", "vae"), HERE]


def test_a_study_without_what_it_needs_is_refused(made: Ratio, capsys) -> None:
    (folder("mnist", "vae") / "card.json").unlink()
    assert main(["train", FAKE, "--dataset", "mnist"]) != 0
    said = capsys.readouterr().err
    assert "checkpoints/mnist/vae/card.json is missing" in said
    assert "python -m ae_models train vae --dataset mnist" in said
    assert made.made == 1
    assert not studies.is_made(*HERE)


def test_evaluate_measures_what_lies_there(made: Ratio, capsys) -> None:
    account = study.read(*HERE)
    numbers = checkpoint.to_bytes({"numbers": torch.tensor([4.0, 1.0])})
    study.write(account, {"numbers.safetensors": numbers})
    assert main(["evaluate", FAKE, "--dataset", "mnist"]) == 0
    assert made.made == 1
    measured = study.read(*HERE)
    assert measured.test is not None and measured.test.values[RATIO] == 4
    assert measured.check is not None and measured.check.values[RATIO] == 4
    assert measured.seconds == account.seconds


def test_list_shows_method_and_all_figures(ratio: Ratio, capsys) -> None:
    assert main(["list", FAKE, "--dataset", "mnist"]) == 0
    assert tables.UNTRAINED in capsys.readouterr().out
    assert main(["train", FAKE, "--dataset", "mnist"]) == 0
    capsys.readouterr()
    assert main(["list", FAKE, "--dataset", "mnist"]) == 0
    said = capsys.readouterr().out
    assert "the first number over the second" in said and "0.33333" in said


def test_the_time_it_takes_is_known_from_either_data_set(made: Ratio) -> None:
    account = study.read(*HERE)
    study.write_account(account.model_copy(update={"seconds": 12.5}))
    assert pipeline_plan.known_seconds(*HERE) == 12.5
    assert pipeline_plan.known_seconds("fashion", FAKE) == 12.5
    path().unlink()
    assert pipeline_plan.known_seconds(*HERE) is None


@pytest.mark.parametrize(
    ("file", "damage", "said"),
    [
        ("numbers.safetensors", flip_a_bit, "its sha256 is not the study's"),
        ("numbers.safetensors", Path.unlink, "numbers.safetensors is missing"),
        (study.FILE, Path.unlink, "study.json is missing"),
        (study.FILE, lambda file: file.write_text("{}"), "study.json is damaged"),
        (study.FILE, lambda file: file.write_text("no JSON"), "study.json is damaged"),
    ],
    ids=["one bit", "missing", "no account", "empty account", "no JSON"],
)
def test_damage_names_the_file_and_the_command(made: Ratio, file: str, damage, said: str) -> None:
    damage(path(file))
    with pytest.raises(CheckpointError) as raised:
        studies.measure(*HERE, 10)
    assert said in str(raised.value)
    assert f"checkpoints/mnist/{FAKE}/{file}" in str(raised.value)
    assert RESTORED in str(raised.value)
    assert str(folder(*HERE)) not in str(raised.value)


def test_a_file_without_a_recorded_hash_is_refused(made: Ratio) -> None:
    path("other.safetensors").write_bytes(checkpoint.to_bytes({"numbers": torch.ones(2)}))
    with pytest.raises(CheckpointError, match="its study does not name it"):
        study.content(*HERE, "other.safetensors")


def test_a_file_that_is_no_safetensors_is_refused(made: Ratio) -> None:
    with pytest.raises(CheckpointError, match=r"notes\.json is damaged"):
        study.tensors(*HERE, "notes.json")


def test_figures_keep_six_digits(made: Ratio) -> None:
    found = studies.measure(*HERE, 10)
    assert found.images == 10 and found.seed == studies.SEED
    assert found.values[RATIO] == 0.333333
    assert math.isclose(found.values[RATIO], 1 / 3, rel_tol=1e-5)


def test_a_study_of_one_data_set_is_made_for_no_other(
    ratio: Ratio, capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    only = SimpleNamespace(
        NEEDS=(),
        made_for=lambda dataset: dataset == "mnist",
        describe=ratio.describe,
        make=ratio.make,
        measure=ratio.measure,
    )
    monkeypatch.setattr(studies, "STUDIES", {FAKE: only})
    assert studies.datasets(FAKE) == ("mnist",)
    assert main(["train", FAKE, "--dataset", "fashion"]) != 0
    assert f"{FAKE} is available for mnist only" in capsys.readouterr().err
    assert main(["train", FAKE]) == 0
    assert ratio.made == 1
