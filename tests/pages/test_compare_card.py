"""The card on the Compare page, with curves and layers."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from ae_models.artifacts import card
from ae_models.metric_key import Metric
from ae_models.networks.backbones import BackboneConfig, Dense
from tests.pages.conftest import Visit, chart, keys, put_untrained
from ui.widgets import controls

HISTORY = [
    card.Epoch(
        phase=1 + epoch // 3,
        epoch=1 + epoch % 3,
        epochs=3,
        loss={"reconstruction": 9.0 - epoch} | ({"extra": 0.5} if epoch > 2 else {}),
        gradients={"encoder.0": 0.25 / (1 + epoch)},
        validation={"mse": 0.1 / (1 + epoch)},
        seconds=1.0,
    )
    for epoch in range(6)
]


def put(name: str, **about: object) -> None:
    put_untrained(name, "plain", BackboneConfig(latent_dim=3, backbone=Dense(hidden=(8,))), **about)


def lines(at: AppTest) -> dict[str, list[float]]:
    """The curves of the card by name."""
    return {trace["name"]: list(trace["y"]) for trace in chart(at, "history")}


def test_a_card_without_weights_is_read_but_not_run(
    visit: Visit, decoded: None, copied: Path
) -> None:
    put("bare", history=HISTORY, sha256=None)
    at = visit("compare", card="bare")
    assert not at.exception
    assert at.selectbox(key="card").value == "bare"
    assert not any("bare" in group.options for group in at.main.get("button_group"))
    assert "worst" not in {toggle.key for toggle in at.main.toggle}
    assert "Linear(in_features=784, out_features=8" in at.main.code[0].value
    told = at.main.table[0].value["bare"].tolist()
    assert any("not shipped" in text for text in told)


def test_curves_show_every_record_of_the_training(
    visit: Visit, decoded: None, copied: Path
) -> None:
    put("told", history=HISTORY)
    at = visit("compare", card="told")
    assert lines(at) == {"MSE": pytest.approx([0.1 / (1 + e) for e in range(6)])}
    loss = lines(visit("compare", card="told", curves="Loss terms"))
    assert loss["reconstruction"] == pytest.approx([9, 8, 7, 6, 5, 4])
    extra = np.array(loss["extra"], float)
    assert np.isnan(extra[:3]).all() and (extra[3:] == 0.5).all()
    gradients = lines(visit("compare", card="told", curves="Gradient norms"))
    assert gradients == {"encoder.0": pytest.approx([0.25 / (1 + e) for e in range(6)])}


def test_records_that_a_card_lacks_are_not_offered(
    visit: Visit, decoded: None, copied: Path
) -> None:
    put("old", history=[epoch.model_copy(update={"gradients": {}}) for epoch in HISTORY])
    at = visit("compare", card="old", curves="Gradient norms")
    (offered,) = (g for g in at.main.get("button_group") if g.key == "curves")
    assert list(offered.options) == ["Validation", "Loss terms"]
    assert list(lines(at)) == ["MSE"]
    put("closed")
    at = visit("compare", card="closed")
    assert not at.exception
    assert "history" not in keys(at, "plotly_chart")


def test_a_figure_of_the_card_is_on_the_page(
    visit: Visit, decoded: None, changed_card: Callable[..., None]
) -> None:
    changed_card("conv", ["test", "values", Metric("psnr")], 12.34)
    at = visit("compare", card="conv")
    assert "12.3 dB" in at.main.table[0].value["Convolutional"].tolist()
    changed_card("conv", ["history", 0, "loss", "reconstruction"], 777.0)
    assert 777.0 in lines(visit("compare", card="conv", curves="Loss terms"))["reconstruction"]


def test_the_table_says_the_family_and_no_code_size_where_there_is_no_code(
    visit: Visit, decoded: None, changed_card: Callable[..., None]
) -> None:
    changed_card("conv", ["latent_dim"], None)
    (table,) = visit("compare", variants=["pca-32", "conv"]).dataframe
    assert table.value["family"].tolist() == ["Linear", "Bottleneck"]
    assert table.value["latent dimension"].isna().tolist() == [False, True]
    changed_card("conv", ["family"], "restorer")
    (table,) = visit("compare", variants=["pca-32", "conv"]).dataframe
    assert table.value["family"].tolist() == ["Linear", "Restoration"]


def test_the_first_card_is_one_of_those_shown(visit: Visit, decoded: None) -> None:
    assert visit("compare").selectbox(key="card").value in controls.SIX


def test_the_card_offers_its_graphs_and_names_a_damaged_one(
    visit: Visit, decoded: None, copied: Path
) -> None:
    at = visit("compare", card="vae-2d")
    functions = ["reconstruct", "encode", "decode", "sample"]
    offered = [button.label for button in at.main.get("download_button")]
    assert [label for label in offered if label in functions] == functions
    table = at.main.table[1].value
    assert table[""].tolist() == functions
    assert table["Inputs"].tolist()[2] == "`z` float32 (B, 2)"
    assert table["Outputs"].tolist()[1] == "`z` float32 (B, 2), `log_variance` float32 (B, 2)"
    (copied / "mnist" / "vae-2d" / "decode.onnx").write_bytes(b"no graph")
    at = visit("compare", card="vae-2d")
    assert any("vae-2d/decode.onnx is damaged" in warning.value for warning in at.main.warning)
    assert at.main.table[1].value[""].tolist() == ["reconstruct", "encode", "sample"]
