"""Tables of recipes: grouped by family, one row each, with gaps for missing figures."""

import pytest

from ae_models.artifacts.card import FAMILIES
from ae_models.cli import tables
from ae_models.datasets import DATASETS
from ae_models.metric_key import Metric


def figures(**values: float) -> dict[str, object]:
    return {"images": 10, "seed": 0, "values": {Metric(k): v for k, v in values.items()}}


@pytest.fixture
def some(put) -> None:
    put(
        "vae",
        "vae",
        test=figures(mse=0.01234, agreement=0.975, kl=20.04, perplexity=1.0),
        spread={Metric("mse"): [0.01234, 0.02, 0.01], Metric("agreement"): [0.975, 0.975]},
        training_seconds=250.0,
    )
    put("judge", "judge", test=figures(accuracy=0.9959), latent_dim=None)
    put("new", "plain")
    put("bare", "plain", family="deep", sha256=None, test=figures(mse=0.5))


NAMES = ["judge", "vae", "new", "gone", "bare"]


def test_markdown_is_a_table_with_a_row_each_under_its_family(some) -> None:
    for dataset, record in DATASETS.items():
        assert record.title in tables.markdown(dataset, NAMES).split("\n")[0]
    head, rule, *rows = tables.markdown("mnist", NAMES).split("\n")
    assert head.count("|") == rule.count("|") and "MSE | agreement | also |" in head
    assert "PSNR" not in head and "Fréchet" not in head  # nobody has them
    first = [row.split(" | ")[0].strip("| ") for row in rows]
    families = [f"*{FAMILIES[key]}*" for key in ("bottleneck", "deep", "variational", "service")]
    expected = [families[0], "new", families[1], "bare", families[2], "vae", families[3], "judge"]
    assert first == [*expected, "*Not trained*", "gone"]
    by_name = dict(zip(first, rows, strict=True))
    assert all(row.count("|") == head.count("|") for row in rows[:-1])
    assert "0.0123 (0.0100 – 0.0200)" in by_name["vae"] and "KL 20.0 nats" in by_name["vae"]
    assert "97.5%" in by_name["vae"] and "97.5% (" not in by_name["vae"]  # seeds that agree
    assert "accuracy 99.59%" in by_name["judge"] and "not evaluated" in by_name["new"]
    assert "0.5000" in by_name["bare"] and "not trained" in by_name["gone"]


def test_plain_has_the_same_rows_in_columns(some) -> None:
    lines = tables.plain("mnist", NAMES).split("\n")
    assert lines[0].startswith("MNIST") and len(lines) == 1 + 5 + len(NAMES)
    assert max(map(len, lines)) < 120
    end = lines[0].index("MSE") + 3
    for name, shown in (("vae", "0.0123"), ("bare", "0.5000")):
        (row,) = [line for line in lines if line.startswith(f"  {name} ")]
        assert row[:end].endswith(shown) and "(" not in row


def test_every_figure_of_one_is_shown_with_its_range(some) -> None:
    text = tables.every_figure("mnist", "vae")
    for part in ("Variational", "perplexity", "0.01234 (0.01 – 0.02)", "4 min", "seed 0"):
        assert part in text
    assert "not evaluated" in tables.every_figure("mnist", "new")
    assert "not trained" in tables.every_figure("mnist", "gone")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.2, "0 s"), (99, "99 s"), (100, "2 min"), (3600, "60 min"), (7500, "2 h 05 min")],
)
def test_durations_are_rounded(seconds: float, text: str) -> None:
    assert tables.duration(seconds) == text
