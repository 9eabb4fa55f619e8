"""The phases of a training as data, and in words."""

import pytest

from ae_models.artifacts import migration
from ae_models.artifacts.phase_record import PhaseRecord, describe, describe_all
from ae_models.training import recipes
from ae_models.training.phases import GradientPhase

EVERY = [(dataset, name) for dataset in ("mnist", "fashion") for name in recipes.RECIPES]


@pytest.mark.parametrize(("dataset", "name"), EVERY, ids="/".join)
def test_phases_round_trip_through_json_and_words(dataset: str, name: str) -> None:
    expected = recipes.recipe(dataset, name).records()
    stored = [phase.model_dump(mode="json") for phase in expected]
    assert tuple(PhaseRecord.model_validate(each) for each in stored) == expected
    assert tuple(migration.phases(describe_all(expected))) == expected


def test_what_is_the_default_is_not_stored() -> None:
    stored = GradientPhase(3, shift=2).record().model_dump(mode="json")
    assert stored == {
        "kind": "gradient",
        "epochs": 3,
        "optimizer": "Adam",
        "learning_rate": 0.001,
        "batch_size": 128,
        "shift": 2,
        "precision": "float32",
    }


def test_a_phase_in_words_names_each_setting() -> None:
    phase = GradientPhase(3, schedule="step", weight_decay=0.5, shift=1, flip=True, blur=1.3)
    assert describe(phase.record()) == (
        "3 epochs of Adam towards the image, learning rate 0.001 (step), batch 128, "
        "weight decay 0.5, shifted by up to 1 pixels, mirrored half of the time, "
        "half of the batches blurred by up to 1.3 pixels, float32"
    )


def test_the_description_names_the_inherited_checkpoint() -> None:
    records = (PhaseRecord(kind="closed form", name="a mixture"),) * 2
    assert describe_all(records, "conv") == "the weights of conv; then a mixture; then a mixture"
    assert describe_all(()) == ""
