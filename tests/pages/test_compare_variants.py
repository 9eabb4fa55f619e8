"""The variants in families: one choice, one value of the address, however many groups."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

import ae_models
from ae_models.artifacts import card
from ae_models.artifacts.titles import title
from ae_models.base import Reconstructs
from tests.pages.conftest import Visit, result, sheet
from ui.widgets import controls


def groups(at: AppTest) -> dict[str, Any]:
    """The groups of the control by family."""
    found = [g for g in at.main.get("button_group") if g.key.startswith("variants/")]
    return {group.key.partition("/")[2]: group for group in found}


def chosen(at: AppTest) -> list[str]:
    return [name for group in groups(at).values() for name in group.value]


def shown(at: AppTest) -> list[str]:
    """The keys of the variants that have a row of pictures."""
    keys = {str(title(name)): name for name in ae_models.available("mnist", having=Reconstructs)}
    labels = [row["label"] for row, _ in sheet(at, "compared")]
    return [keys[label] for label in labels[1:] if label]


def test_every_variant_stands_in_the_group_of_its_family(visit: Visit, decoded: None) -> None:
    found = groups(visit("compare"))
    offered = {name: family for family, group in found.items() for name in group.options}
    names = {str(title(n)): n for n in ae_models.available("mnist", having=Reconstructs)}
    assert sorted(offered) == sorted(names)
    for shown_as, family in offered.items():
        assert card.read_card("mnist", names[shown_as]).family == family
    assert list(found) == [family for family in card.FAMILIES if family in found]
    for family, group in found.items():
        assert group.proto.label == card.FAMILIES[family]


@pytest.mark.parametrize("dataset", ["mnist", "fashion"])
def test_six_are_shown_first(visit: Visit, dataset: str, decoded: None) -> None:
    at = visit("compare", data=dataset)
    assert sorted(shown(at)) == sorted(chosen(at)) == sorted(controls.SIX)
    assert "variants" not in at.query_params


def test_a_link_made_before_there_were_groups_still_opens(visit: Visit, decoded: None) -> None:
    at = visit("compare", variants=["conv", "pca-32"])
    assert shown(at) == chosen(at) == ["pca-32", "conv"]


def test_what_all_groups_show_is_one_value_of_the_address(visit: Visit, decoded: None) -> None:
    at = visit("compare", variants=["conv", "pca-32"])
    linear = groups(at)["linear"]
    linear.set_value([*linear.value, "pca-2"]).run()
    assert at.query_params["variants"] == ["pca-2", "pca-32", "conv"]
    assert shown(at) == ["pca-2", "pca-32", "conv"]
    again = visit("compare", variants=at.query_params["variants"])
    assert result(again) == result(at)


def test_none_at_all_is_a_choice_too(visit: Visit, decoded: None) -> None:
    at = visit("compare", variants=["conv"])
    groups(at)["bottleneck"].set_value([]).run()
    assert at.query_params["variants"] in ("", [""])
    assert [info.value for info in at.info] == ["Choose at least one variant."]
    assert chosen(visit("compare", variants="")) == []
    at.button(key="reset").click().run()
    assert sorted(chosen(at)) == sorted(controls.SIX)
    assert not at.query_params


def test_the_default_leaves_the_address(visit: Visit, decoded: None) -> None:
    at = visit("compare")
    groups(at)["linear"].set_value([]).run()
    assert "pca-32" not in at.query_params["variants"]
    groups(at)["linear"].set_value(["pca-32"]).run()
    assert "variants" not in at.query_params


def test_names_that_nobody_has_are_left_out(visit: Visit, decoded: None) -> None:
    assert chosen(visit("compare", variants=["conv", "<script>"])) == ["conv"]
    assert sorted(chosen(visit("compare", variants="nobody"))) == sorted(controls.SIX)
