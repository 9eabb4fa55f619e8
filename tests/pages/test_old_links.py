"""Links of earlier versions, which hold the labels that options were shown with, still open."""

from collections.abc import Mapping
from itertools import chain

import pytest

from ae_models import datasets
from tests.pages.conftest import Visit, result
from ui.base import old_labels, url_state
from ui.base.learn_steps import steps

# Where the options of the table are on offer: a page, and what its address must say.
PLACES: list[tuple[str, dict[str, str]]] = [
    ("start", {}),
    ("denoise", {}),
    ("denoise", {"damage": "missing", "hide": "half"}),
    ("denoise", {"damage": "enlarge"}),
    ("compare", {}),
    ("latent_space", {}),
    ("latent_space", {"model": "undercomplete-2d"}),
    ("generate", {}),
    ("generate", {"sampler": "cvae", "read": "true"}),
    ("learn", {"step": steps("en")[0].id}),
    ("depth", {}),
    ("contraction", {}),
    ("anomalies", {}),
    ("clusters", {}),
    ("few_labels", {"fit": "true"}),
    ("augmentation", {}),
    ("train", {"two": "true"}),
    ("morph", {}),
    ("morph", {"change": "label"}),
    ("morph", {"change": "direction"}),
    ("morph", {"change": "direction", "groups": "classes"}),
    ("morph", {"change": "direction", "groups": "map"}),
]


@pytest.fixture
def offered(monkeypatch: pytest.MonkeyPatch) -> dict[str, set[str]]:
    """The keys that each control offers from now on, as the address holds them."""
    found: dict[str, set[str]] = {"data": set(datasets.DATASETS)}

    def note(original):
        def noting(key: str, labels: Mapping[str, str], default: object) -> None:
            found.setdefault(key, set()).update(map(url_state.slug, labels))
            original(key, labels, default)

        return noting

    for name in ("restore", "restore_several"):
        monkeypatch.setattr(url_state, name, note(getattr(url_state, name)))
    return found


def test_every_old_label_leads_to_an_option_that_there_is(
    visit: Visit, offered: dict[str, set[str]], decoded: None
) -> None:
    for page, query in PLACES:
        for dataset in datasets.DATASETS:
            assert not visit(page, data=dataset, **query).exception, (page, query)
    for parameter, labels in old_labels.table().items():
        assert parameter in offered, f"no control of the places above has {parameter}"
        lost = {text: key for text, key in labels.items() if key not in offered[parameter]}
        assert not lost, f"old links with {parameter} no longer open: {lost}"


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize(
    ("page", "key", "english", "japanese"),
    [
        ("morph", {"change": "label"}, {"change": "Another label"}, {"change": "別のラベル"}),
        ("learn", {"step": "noise"}, {"step": "Noise"}, {"step": "ノイズ"}),
        (
            "clusters",
            {"rows": "map"},
            {"rows": "UMAP of the conv code"},
            {"rows": "convの潜在コードのUMAP"},
        ),
        (
            "few_labels",
            {"heads": ["label-spreading"]},
            {"heads": ["label spreading"]},
            {"heads": ["ラベル拡散"]},
        ),
        ("start", {"data": "fashion"}, {"data": "Fashion-MNIST"}, {"data": "Fashion-MNIST"}),
    ],
)
def test_a_link_opens_the_same_view_by_key_and_by_old_labels(
    visit: Visit, decoded: None, language: str, page: str, key, english, japanese
) -> None:
    at = visit(page, lang=language, **key)
    expected = result(at)
    assert expected != result(visit(page, lang=language))
    for query in (english, japanese):
        other = visit(page, lang=language, **query)
        assert result(other) == expected
        assert dict(other.query_params) == dict(at.query_params), "the address holds keys"


def test_the_table_holds_only_what_is_no_key_already() -> None:
    labels = old_labels.table().values()
    assert all(text != key for text, key in chain.from_iterable(map(dict.items, labels)))
