"""The key under which a figure is stored."""

import pytest

from ae_models import metric_key
from ae_models.artifacts import study
from ae_models.artifacts.card import CHECKPOINTS, Figures, read_card
from ae_models.metric_key import Metric

NOISY = Metric("psnr", corruption="salt & pepper", strength=0.3)
KEYS = [
    Metric("mse"),
    NOISY,
    Metric("auroc", method="knn", label=0),
    Metric("accuracy", synthetic_per_real=0),
    Metric("nmi", method="k-means", representation="pixels"),
    Metric("attribute_error", attribute="slant", condition="not_requested"),
]


def test_a_figure_is_found_under_an_equal_key_and_no_other() -> None:
    figures = Figures(images=10, seed=7, values={NOISY: 12.5})
    assert figures[Metric("psnr", corruption="salt & pepper", strength=0.3)] == 12.5
    assert figures.get(Metric("psnr", corruption="salt & pepper", strength=0.2)) is None
    assert figures.get(Metric("psnr")) is None
    with pytest.raises(KeyError):
        figures[Metric("psnr")]


def test_figures_round_trip_through_json() -> None:
    figures = Figures(images=10, seed=7, values={key: 0.1 * n for n, key in enumerate(KEYS)})
    assert Figures.model_validate_json(figures.model_dump_json()) == figures
    assert Figures.model_validate(figures.model_dump(mode="json")) == figures
    assert NOISY.record() == {"measure": "psnr", "corruption": "salt & pepper", "strength": 0.3}


def test_a_zero_is_stored_and_what_is_not_set_is_not() -> None:
    assert KEYS[2].record() == {"measure": "auroc", "method": "knn", "label": 0}
    assert KEYS[3].record() == {"measure": "accuracy", "synthetic_per_real": 0}


@pytest.mark.parametrize("fields", [{"measure": "mes"}, {"measure": "mse", "condition": "x"}])
def test_what_is_not_listed_is_refused(fields: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="there is no"):
        Metric(**fields)


@pytest.mark.parametrize(
    "records",
    [
        [{"measure": "mse"}],
        [{"value": 1.0}],
        [{"measure": "mse", "value": 1.0, "colour": "red"}],
        [{"measure": "mse", "value": 1.0}, {"measure": "mse", "value": 2.0}],
    ],
)
def test_damaged_figures_are_refused(records: list[dict[str, object]]) -> None:
    with pytest.raises(ValueError):
        Figures.model_validate({"images": 1, "seed": 0, "values": records})
    with pytest.raises(ValueError):
        metric_key.from_records(records, "value")


def test_a_title_tells_apart_all_figures_of_a_card() -> None:
    paths = [*CHECKPOINTS.glob("*/*/card.json"), *CHECKPOINTS.glob("*/*/study.json")]
    assert len(paths) > 50
    for path in paths:
        dataset, name = path.parts[-3:-1]
        found = read_card if path.name == "card.json" else study.read
        test = found(dataset, name).test
        titles = [str(metric.title()) for metric in test.values] if test else []
        assert len(titles) == len(set(titles)), path


def test_titles_and_values_are_written_out() -> None:
    assert NOISY.title() == "PSNR, salt & pepper 0.3"
    assert KEYS[5].title() == "mean absolute error of slant, not requested"
    assert NOISY.shown(12.345) == "12.3 dB" and Metric("mse").shown(0.01234) == "0.0123"
    assert Metric("accuracy").shown(0.98765) == "98.77%"


def test_recorded_terms_have_titles() -> None:
    shipped = {
        name
        for path in CHECKPOINTS.glob("*/*/card.json")
        for epoch in read_card(*path.parts[-3:-1]).history
        for name in (*epoch.loss, *epoch.validation)
    }
    assert shipped and shipped <= metric_key.TERMS.keys() | metric_key.MEASURES.keys()
    assert metric_key.term_title("mse") == "MSE"
    assert metric_key.term_title("of a model to come") == "of a model to come"
