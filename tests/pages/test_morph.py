"""The Morph page: its three tasks, each with its baseline."""

import json
import math

import numpy as np
import pytest
from numpy.typing import NDArray
from streamlit.testing.v1 import AppTest

from ae_models import datasets
from ae_models.artifacts import image_source
from ae_models.images import attributes
from ae_models.tasks import interpolation
from tests.pages.conftest import EACH_MODE, Visit, chart, keys, result, sentences, sheet
from tests.pages.pad import draw, stroke
from tests.pages.sheets import notes, pixels
from ui.views.morph import animation, groups
from ui.views.morph import interpolation as morph_interpolation


def frames(at: AppTest) -> tuple[NDArray[np.uint8], list[int]]:
    """The frames (N, 28, 28) of the animation, and the duration of each in ms."""
    (found,) = (element for element in at.get("bidi_component") if element.key == "animation")
    message = found.proto.bytes
    begin = 4 + int.from_bytes(message[:4], "little")
    times = json.loads(message[4:begin])["milliseconds"]
    return np.frombuffer(message[begin:], np.uint8).reshape(-1, 28, 28), times


def infos(at: AppTest) -> list[str]:
    return [info.value for info in at.info]


def captions(at: AppTest) -> str:
    return " ".join(caption.value for caption in at.main.caption)


@EACH_MODE
def test_every_interpolation_ends_at_the_reconstructions(
    visit: Visit, dataset: str, mode: str
) -> None:
    at = visit("morph", data=dataset, source_number="3", to="8")
    rows = sheet(at, "strips")
    assert list(notes(rows)) == ["Linear (lerp)", "Spherical (slerp)", "Pixel cross-fade"]
    straight, arc, fade = pixels(rows).astype(int)
    for end in (0, -1):
        assert np.abs(straight[end] - arc[end]).max() <= 1
    assert (fade[[0, -1]] == image_source.load(dataset, "test").pixels[[3, 8]]).all()
    assert (straight[5] != arc[5]).any() and (straight[5] != fade[5]).any()
    assert ("decoded" in captions(at)) == (mode == "gallery")


def test_spherical_interpolation_needs_a_normal_prior(visit: Visit, decoded: None) -> None:
    at = visit("morph", model="conv", way="arc")
    assert list(notes(sheet(at, "strips"))) == ["Linear (lerp)", "Pixel cross-fade"]
    assert (
        "Spherical (slerp)"
        not in next(n for n in at.main.get("button_group") if n.key == "way").options
    )


def test_the_animation_has_the_chosen_frames_and_reverses(visit: Visit, decoded: None) -> None:
    there, times = frames(visit("morph", frames="9", back="false", rate_12="5"))
    assert len(there) == 9 and times == [200] * 9
    back, times = frames(visit("morph", frames="9", rate_12="5"))
    assert (back == np.concatenate([there, there[-2:0:-1]])).all()
    assert times[0] == times[8] == 800 and sum(times) == 14 * 200 + 2 * 800
    rows = sheet(visit("morph", frames="11"), "strips")
    for way, row in zip(("straight", "arc", "fade"), rows, strict=True):
        shown, _ = frames(
            visit("morph", frames=str(morph_interpolation.STEPS), way=way, back="false")
        )
        assert np.abs(shown.astype(int) - row[1]).max() <= 1, way


def test_from_an_image_to_itself_there_is_no_interpolation(visit: Visit, decoded: None) -> None:
    at = visit("morph", source_number="18")
    assert not at.exception
    assert infos(at) == ["Both images are the same: choose another target image."]
    assert "strips" not in keys(at) and "animation" not in keys(at)


def test_a_class_conditional_model_shows_the_source_of_its_label(
    visit: Visit, decoded: None
) -> None:
    at = visit("morph", model="cvae")
    said = notes(sheet(at, "strips"))
    assert "given the true label of the nearer image" in said["Linear (lerp)"]
    assert "given" not in said["Pixel cross-fade"]


@pytest.mark.parametrize("dataset", datasets.DATASETS)
@pytest.mark.parametrize("name", ["cvae", "cvae-attributes"])
def test_ten_labels_stand_beside_real_images(visit: Visit, dataset: str, name: str, mode) -> None:  # type: ignore[no-untyped-def]
    at = visit("morph", change="label", data=dataset, teller=name, source_number="5")
    rows = sheet(at, "labels")
    assert list(notes(rows)) == [
        "Style kept",
        "Code kept",
        "Most similar test image",
    ]
    style, code, real = pixels(rows)
    shown = image_source.load(dataset, "test")
    own = int(shown.labels[5])
    assert np.abs(style[own].astype(int) - code[own]).max() <= 2  # its own label changes nothing
    assert (style != code).any()
    agreed = int(rows[0][0]["note"].split()[-3])
    marked = [caption.startswith("≠") for caption in rows[0][0]["captions"]]
    assert agreed == 10 - sum(marked) >= 6
    for label, picture in enumerate(real):
        of_label = shown.pixels[shown.labels == label]
        assert (of_label == picture).all(axis=(1, 2)).any(), label
    assert not (real == shown.pixels[5]).all(axis=(1, 2)).any()
    for keep, row in (("style", style), ("code", code)):
        filmed, _ = frames(
            visit(
                "morph",
                change="label",
                data=dataset,
                teller=name,
                keep=keep,
                source_number="5",
                back="false",
            )
        )
        assert (filmed == row).all()


def test_the_label_of_a_drawn_image_is_predicted_and_marked_so(visit: Visit, decoded: None) -> None:
    at = visit("morph", change="label", source="Draw")
    assert "labels" not in keys(at)
    assert "Draw or upload" in infos(at)[0]
    draw(at, stroke())
    assert not at.exception
    assert "Label: 1, predicted by the reference classifier." in captions(at)
    (row, _), *_ = sheet(at, "original")
    assert row["note"] == "given the predicted label" and row["captions"] == ["1"]
    assert pixels(sheet(at, "labels")).shape[:2] == (3, 10)


@EACH_MODE
def test_what_is_measured_rises_along_its_direction(visit: Visit, dataset: str, mode: str) -> None:
    attribute = datasets.DATASETS[dataset].attributes[0]
    at = visit("morph", change="direction", data=dataset, far="1.5", model="cvae")
    least, most = (images for _, images in sheet(at, "members"))
    measured = [
        attributes.measure([attribute], datasets.to_tensor(group)).mean() for group in (least, most)
    ]
    assert measured[0] < measured[1]
    for row, images in sheet(at, "moved"):
        values = [float(text) for text in row["captions"]]
        again = attributes.measure([attribute], datasets.to_tensor(images))[:, 0].tolist()
        assert values == pytest.approx(again, abs=0.06)
        assert values[-1] > values[0], row["label"]
    lines = [trace for trace in chart(at, "along") if trace.get("mode") == "lines"]
    assert [line["name"] for line in lines] == ["In latent space", "In pixel space"]
    assert lines[0]["y"][-1] > lines[0]["y"][0]


def test_at_0_the_image_stays_and_the_other_way_leads_elsewhere(
    visit: Visit, decoded: None
) -> None:
    for row, images in sheet(visit("morph", change="direction", far="0"), "moved"):
        assert (images == images[0]).all(), row["label"]
    (_, more), _ = sheet(visit("morph", change="direction", far="1"), "moved")
    (_, less), _ = sheet(visit("morph", change="direction", far="-1"), "moved")
    assert (more[0] == less[0]).all() and (more[-1] != less[-1]).any()


def test_two_classes_are_two_groups(visit: Visit, decoded: None) -> None:
    at = visit("morph", change="direction", groups="classes", one="3", other="8")
    labels = image_source.load("mnist", "test").labels
    for (row, images), label in zip(sheet(at, "members"), (3, 8), strict=True):
        assert row["note"] == f"examples of {(labels == label).sum():,}"
        assert len(images) == 9
    assert "probability of 8, reference classifier" in captions(at)
    same = visit("morph", change="direction", groups="classes", one="3", other="3")
    assert infos(same) == [interpolation.SAME]
    assert "moved" not in keys(same) and not same.exception


def test_groups_are_outlined_on_the_map(visit: Visit, decoded: None) -> None:
    left = visit("morph", change="direction", groups="map")
    assert [row["note"] for row, _ in sheet(left, "members")] == ["examples of 2,000"] * 2
    box = "-1,-1;1,-1;1,1;-1,1"
    at = visit("morph", change="direction", groups="map", group1=box)
    assert not at.exception
    assert sheet(at, "members")[0][0]["note"] != "examples of 2,000"
    assert result(at)["moved"] != result(left)["moved"]
    assert (sheet(at, "members")[1][1] == sheet(left, "members")[1][1]).all()


@pytest.mark.parametrize(
    ("group", "said"),
    [
        ("500,500;501,500;501,501", [interpolation.EMPTY]),
        ("NaN,1;2,3;4,5", []),
        ("1,2,3;4,5,6;7,8,9", []),
        ("1e300,0;0,0;0,1", []),
        ("0,0;1,1", []),
        ("<script>alert(1)</script>", []),
    ],
)
def test_an_outline_without_images_says_so_and_nonsense_is_the_default(
    visit: Visit, group: str, said: list[str], decoded: None
) -> None:
    at = visit("morph", change="direction", groups="map", group1=group)
    assert not at.exception and not sentences(at)
    assert infos(at) == said
    if not said:
        assert result(at) == result(visit("morph", change="direction", groups="map"))


def test_an_outline_of_many_corners_fits_into_the_address() -> None:
    angle = np.linspace(0, 2 * math.pi, 400)
    text = groups.write_corners((3 * np.cos(angle)).tolist(), np.sin(angle).tolist())
    assert len(text) < 1000
    corners = groups.read_corners(text)
    assert corners is not None and len(corners) == groups.MOST_CORNERS
    assert np.allclose((corners[:, 0] / 3) ** 2 + corners[:, 1] ** 2, 1, atol=1e-3)
    few = groups.read_corners(groups.write_corners([0, 1, 1], [0, 0, 2]))
    assert few is not None and few.tolist() == [[0, 0], [1, 0], [1, 2]]


@pytest.mark.parametrize("change", ["label", "direction"])
def test_every_choice_of_the_other_two_changes_what_is_shown(
    visit: Visit, change: str, decoded: None
) -> None:
    before = result(visit("morph", change=change))
    for name, values in {
        "label": {"teller": "cvae-attributes", "keep": "code", "rate_2": "5", "back": "false"},
        "direction": {"groups": "classes", "attribute": "slant", "same": "false", "far": "2"},
    }[change].items():
        at = visit("morph", change=change, **{name: values})
        assert not at.exception and result(at) != before, name


def test_predicted_classes_are_shown_with_their_probability() -> None:
    probabilities = np.zeros(10, np.float32)
    probabilities[[3, 4]] = 0.75, 0.25
    assert animation.predicted_class("fashion", probabilities) == "dress 75\u00a0%"


def test_a_damaged_model_is_named(visit: Visit, decoded: None, copied) -> None:  # type: ignore[no-untyped-def]
    (copied / "mnist" / "vae" / "model.safetensors").unlink()
    for change in ("walk", "direction"):
        at = visit("morph", change=change)
        assert not at.exception
        (said,) = sentences(at)
        assert "checkpoints/mnist/vae/model.safetensors is missing" in said
    assert "labels" in keys(visit("morph", change="label"))
