"""The README's table: a row a checkpoint, and gaps where a model has no such figure."""

from ae_models import listing
from ae_models.card import Figures, read_card
from ae_models.checkpoint import write_card
from ae_models.data import DATASETS, TITLES


def test_a_row_a_checkpoint_and_a_table_a_data_set(put) -> None:
    put("vae", "vae")
    values = {"mse": 0.01234, "agreement": 0.975, "something new": 1.0}
    card = read_card("mnist", "vae").model_copy(
        update={
            "test": Figures(images=10, seed=0, values=values),
            "spread": {"mse": [0.01234, 0.02, 0.01], "agreement": [0.975, 0.975]},
        }
    )
    write_card(card)
    put("new", "plain")
    tables = listing.markdown(["vae", "new", "gone"]).split("\n\n")
    assert len(tables) == len(DATASETS)
    for table, dataset in zip(tables, DATASETS, strict=True):
        rows = table.split("\n")
        assert TITLES[dataset] in rows[0] and len(rows) == 2 + 3
    head, rule, vae, new, gone = tables[0].split("\n")
    assert head.count("|") == rule.count("|") == vae.count("|") == new.count("|")
    assert "0.0123 (0.0100 – 0.0200)" in vae
    assert "97.5%" in vae and "97.5% (" not in vae  # three seeds that agree need no range
    assert "not trained" in gone
