"""The Generate page with every model that samples."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

import ae_models
from ae_models import datasets, inference
from ae_models.artifacts import card
from ae_models.artifacts.titles import title
from ae_models.base import Codes, Samples, SamplesInStyles
from ae_models.images.attributes import measure
from ae_models.metric_key import Metric
from ae_models.tasks import generation
from ae_models.tasks.attribute_conditioning import error_of
from ae_models.tasks.generation import FLOOR
from ae_models.variants.cvae_attributes import CvaeAttributesConfig
from ae_models.variants.gan import GanConfig
from tests.pages.conftest import Visit, keys, put_untrained, result, sentences, sheet
from tests.pages.sheets import pixels
from ui.cache import models

ALL = [
    (dataset, name)
    for dataset in datasets.DATASETS
    for name in ae_models.available(dataset, Samples)
]
FIGURES = {
    Metric("frechet"): 12.5,
    FLOOR: 0.25,
    Metric("diversity"): 0.75,
    Metric("agreement"): 0.9125,
}
THICKNESS, SLANT = error_of("thickness"), error_of("slant", requested=False)


def table(at: AppTest, column: str) -> dict[str, Any]:
    """A column of the table of all samplers, by name."""
    found = next(d.value for d in at.dataframe if "generative model" in d.value.columns)
    names = [name.removeprefix("▸ ") for name in found["generative model"]]
    return dict(zip(names, found[column].tolist(), strict=True))


def captions(at: AppTest) -> list[list[str]]:
    return [row["captions"] for row, _ in sheet(at, "generated")]


@pytest.mark.parametrize(("dataset", "name"), ALL)
def test_every_sampler_draws_by_its_abilities(
    visit: Visit, dataset: str, name: str, decoded: None
) -> None:
    at = visit("generate", data=dataset, sampler=name, styles="2", images="13")
    assert not at.exception and not sentences(at)
    model = models.model(dataset, name)
    rows = sheet(at, "generated")
    controls = {w.key for w in (*at.main.slider, *at.main.text_input, *at.main.multiselect)}
    groups = {group.key for group in at.main.get("button_group")}
    if model.samples_by_label:
        assert [len(pictures) for _, pictures in rows] == [4, 4]
        assert "styles" in controls and "images" not in controls
    else:
        assert [len(pictures) for _, pictures in rows] == [13]
        assert "images" in controls and not {"styles", "labels", "classes"} & controls
        assert not any(text.startswith("≠") for row in captions(at) for text in row)
    assert ("style" in groups) == isinstance(model, SamplesInStyles)
    assert "has no encoder" in " ".join(m.value for m in at.markdown) or isinstance(model, Codes)


@pytest.mark.parametrize(("dataset", "name"), ALL)
def test_the_table_has_every_sampler_and_marks_the_chosen_one(
    visit: Visit, dataset: str, name: str, decoded: None
) -> None:
    at = visit("generate", data=dataset, sampler=name)
    found = next(d.value for d in at.dataframe if "generative model" in d.value.columns)
    marked = [each for each in found["generative model"] if each.startswith("▸")]
    assert marked == [f"▸ {title(name)}"]
    names = {str(title(each)): each for each in ae_models.available(dataset, Samples)}
    assert list(table(at, "diversity")) == list(names)
    for each, frechet in table(at, "Fréchet distance").items():
        assert frechet == card.read_card(dataset, names[each]).test[Metric("frechet")]


@pytest.mark.parametrize(
    ("key", "column", "value", "shown"),
    [
        (Metric("agreement"), "agreement", 0.4321, 43.21),
        (Metric("diversity"), "diversity", 0.1234, 0.1234),
        (Metric("frechet"), "Fréchet distance", 77.7, 77.7),
        (FLOOR, "real against real", 0.55, 0.55),
    ],
)
def test_a_figure_of_the_card_is_in_the_table_and_in_the_sentence(
    visit: Visit,
    decoded: None,
    changed_card: Callable[..., None],
    key: Metric,
    column: str,
    value: float,
    shown: float,
) -> None:
    changed_card("cvae", ["test", "values", key], value)
    at = visit("generate")
    assert table(at, column)["CVAE"] == pytest.approx(shown)
    said = " ".join(text.value for text in at.main.markdown)
    assert {"agreement": "43.2%", "diversity": "0.12"}.get(
        key.measure, "0.6" if key == FLOOR else "77.7"
    ) in said


def test_without_labels_the_reference_classifier_predicts_them(visit: Visit, decoded: None) -> None:
    at = visit("generate", sampler="vae", images="7", seed="5")
    ((row, pictures),) = sheet(at, "generated")
    images = generation.draw(models.model("mnist", "vae"), torch.zeros(7).long(), seed=5)
    assert np.abs(pictures.astype(int) - datasets.to_pixels(images)).max() <= 1
    seen = inference.class_probabilities(models.model("mnist", "judge"), images).argmax(1).tolist()
    assert [int(text.split()[0]) for text in row["captions"]] == seen
    assert "predictions of the reference classifier" in " ".join(
        caption.value for caption in at.main.caption
    )
    assert len(sheet(visit("generate", sampler="vae", real="true"), "generated")) == 2


def test_a_model_without_encoder_says_so_and_its_card_can_be_read(
    visit: Visit, decoded: None, copied: Path
) -> None:
    put_untrained(
        "duel",
        "gan",
        GanConfig(),
        family="sampler",
        test=card.Figures(images=10_000, seed=7, values=FIGURES),
    )
    at = visit("generate", sampler="duel", labels="123")
    assert not at.exception
    said = " ".join(text.value for text in at.main.markdown)
    assert "**duel** has no encoder" in said and "**91.2%**" in said
    assert [len(pictures) for _, pictures in sheet(at, "generated")] == [3, 3, 3]
    assert not at.main.table
    at = visit("generate", sampler="duel", read="true")
    assert "duel" in at.main.table[0].value.columns
    assert "has no encoder" not in " ".join(m.value for m in visit("generate").main.markdown)
    compare = visit("compare")
    assert "duel" not in compare.selectbox(key="card").options
    assert not any("duel" in group.options for group in compare.main.get("button_group"))


def put_asked(values: dict[Metric, float]) -> None:
    put_untrained(
        "asked",
        "cvae-attributes",
        CvaeAttributesConfig(latent_dim=4, attributes=datasets.DATASETS["mnist"].attributes),
        family="conditional",
        test=card.Figures(images=10_000, seed=7, values=FIGURES | values),
    )


def attributes(at: AppTest) -> Any:
    return next(d.value for d in at.dataframe if "attribute" in d.value.columns)


def test_attributes_are_asked_for_and_measured(visit: Visit, decoded: None, copied: Path) -> None:
    put_asked({})
    at = visit("generate", sampler="asked", labels="31", styles="2")
    assert not at.exception
    names = datasets.DATASETS["mnist"].attributes
    assert set(names) <= {slider.key for slider in at.main.slider}
    for name in names:
        slider = at.slider(key=name)
        assert slider.min < slider.value < slider.max
    before = [pictures for _, pictures in sheet(at, "generated")]
    at.slider(key=names[0]).set_value(at.slider(key=names[0]).max).run()
    rows = sheet(at, "generated")
    assert any((old != new).any() for old, (_, new) in zip(before, rows, strict=True))
    found = attributes(at)
    assert found["requested"].tolist() == [at.slider(key=name).value for name in names]
    pictures = np.concatenate([pictures for _, pictures in rows])
    expected = measure(names, datasets.to_tensor(pictures)).mean(0).tolist()
    assert found["measured, mean"].tolist() == pytest.approx(expected, rel=1e-5)
    for row, shown in rows:
        mean = measure(names, datasets.to_tensor(shown)).mean(0).tolist()
        stated = [float(part.split()[-1]) for part in row["note"].split(", ")]
        assert stated == pytest.approx(mean, abs=0.06)


def test_the_error_of_attributes_is_the_cards(
    visit: Visit, decoded: None, copied: Path, changed_card: Callable[..., None]
) -> None:
    put_asked({THICKNESS: 0.1, SLANT: 8.0})
    changed_card("asked", ["test", "values", THICKNESS], 0.77)
    changed_card("asked", ["test", "values", SLANT], 9.5)
    found = attributes(visit("generate", sampler="asked"))
    assert found["mean absolute error, card"].tolist()[0] == 0.77
    assert found["mean absolute error if not requested, card"].tolist()[1] == 9.5


def test_attributes_go_with_the_style_of_an_image(
    visit: Visit, decoded: None, copied: Path
) -> None:
    put_asked({})
    at = visit("generate", sampler="asked", style="image", labels="12")
    assert not at.exception
    assert [len(pictures) for _, pictures in sheet(at, "generated")] == [2]
    assert "generated" in keys(at)


def test_generated_labels_are_those_typed(visit: Visit, decoded: None) -> None:
    assert pixels(sheet(visit("generate", labels="7", styles="1"), "generated")).shape[:2] == (1, 1)
    images = pixels(sheet(visit("generate", labels="31415", styles="2"), "generated"))
    assert images.shape[:2] == (2, 5)
    assert (images[:, 1] == images[:, 3]).all()
    assert (images[:, 0] != images[:, 1]).any()
    at = visit("generate", labels="a1b", styles="1")
    assert "Only the classes 0 1 2" in " ".join(caption.value for caption in at.main.caption)
    assert pixels(sheet(at, "generated")).shape[:2] == (1, 1)
    assert not visit("generate", labels="").exception


def test_the_same_seed_gives_two_visitors_the_same_images(visit: Visit, decoded: None) -> None:
    one = visit("generate", seed="5")
    assert result(visit("generate", seed="6")) != result(one)
    other = visit("generate", seed="5")
    ours, theirs = (pixels(sheet(at.run(), "generated")) for at in (one, other))
    assert (ours == theirs).all()


def test_a_style_stays_when_more_are_asked_for(visit: Visit, decoded: None) -> None:
    few, many = (pixels(sheet(visit("generate", styles=n), "generated")) for n in ("2", "5"))
    assert len(many) == 5
    assert (many[:2] == few).all()
