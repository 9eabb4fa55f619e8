"""Plans of several trainings: order and remaining time."""

import pytest

from ae_models.datasets import DATASETS
from ae_models.pipeline import build
from ae_models.pipeline import plan as pipeline_plan
from ae_models.training import recipes

PAIRS = [(dataset, name) for dataset in DATASETS for name in recipes.RECIPES]


@pytest.fixture(autouse=True)
def nothing_trained(checkpoints) -> None:
    """Whatever ships is out of sight."""


@pytest.mark.parametrize("pairs", [PAIRS, PAIRS[::-1]], ids=["in order", "backwards"])
def test_every_recipe_comes_once_and_after_what_it_needs(pairs) -> None:
    ordered = pipeline_plan.in_order(pairs)
    assert sorted(ordered) == sorted(PAIRS)
    needing = 0
    for place, (dataset, name) in enumerate(ordered):
        for needed in pipeline_plan.needs(dataset, name):
            needing += 1
            assert ordered.index(needed) < place
    assert needing > 4
    for dataset in DATASETS:
        assert ordered.index((dataset, "conv")) < ordered.index((dataset, "conv-gmm"))
        assert ordered.index((dataset, "judge")) < ordered.index((dataset, "cvae"))


def test_what_needs_nothing_stays_in_its_place() -> None:
    assert pipeline_plan.in_order(PAIRS) == PAIRS


def test_what_starts_from_something_stale_is_stale(monkeypatch) -> None:
    fresh = {("mnist", "conv-gmm"), ("fashion", "conv-gmm"), ("fashion", "conv")}
    monkeypatch.setattr(build, "is_made", lambda dataset, name: (dataset, name) in fresh)
    pairs = [(dataset, name) for dataset in DATASETS for name in ("conv", "conv-gmm")]
    assert pipeline_plan.stale(pairs) == [("mnist", "conv"), ("mnist", "conv-gmm")]


def test_time_is_known_from_either_data_set_else_it_is_the_mean(put) -> None:
    pairs = [("mnist", name) for name in ("conv", "undercomplete", "sparse")]
    assert pipeline_plan.expected_seconds(pairs) == {}
    put("conv", dataset="fashion", training_seconds=100.0)
    assert set(pipeline_plan.expected_seconds(pairs).values()) == {100.0}
    put("undercomplete", training_seconds=20.0)
    seeds = len(recipes.recipe("mnist", "undercomplete").seeds)
    assert seeds == 3
    mean = (100.0 + 20.0 * seeds) / 2
    assert pipeline_plan.expected_seconds(pairs) == dict(
        zip(pairs, (100.0, 60.0, mean), strict=True)
    )
    put("conv", training_seconds=40.0)  # its own card knows best
    assert pipeline_plan.expected_seconds(pairs)[("mnist", "conv")] == 40.0


def test_a_plan_counts_and_scales_its_estimates(put, monkeypatch) -> None:
    now = [0.0]
    monkeypatch.setattr(pipeline_plan.time, "perf_counter", lambda: now[0])
    pairs = [("mnist", name) for name in ("conv", "sparse", "contractive")]
    for _, name in pairs:
        put(name, training_seconds=100.0)
    plan = pipeline_plan.Plan(pairs, again=False)
    assert plan.total == 3  # cards of another recipe
    show = plan.begin("mnist", "conv")
    assert show(100.0) == "; 1 of 3, 5 min for all"
    now[0] = 60.0
    assert show(40.0) == "; 1 of 3, 4 min for all"
    now[0] = 200.0  # twice as slow as the cards say
    assert show(50.0) == "; 1 of 3, 4 min for all"
    plan.end()
    assert plan.begin("mnist", "sparse")(0.0) == "; 2 of 3, 7 min for all"
    plan.end()
    now[0] = 300.0
    assert plan.begin("mnist", "contractive")(70.0) == "; 3 of 3, 2 min for all"


def test_one_alone_is_not_counted(put) -> None:
    put("conv", training_seconds=100.0)
    assert pipeline_plan.Plan([("mnist", "conv")], again=True).begin("mnist", "conv")(5.0) == ""


def test_what_is_up_to_date_is_not_waited_for(monkeypatch) -> None:
    pairs = [("mnist", name) for name in ("conv", "sparse")]
    monkeypatch.setattr(build, "is_made", lambda dataset, name: name == "conv")
    assert pipeline_plan.Plan(pairs, again=False).waiting == [("mnist", "sparse")]
    assert pipeline_plan.Plan(pairs, again=True).waiting == pairs
