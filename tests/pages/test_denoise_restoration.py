"""Inpainting, super-resolution, deblurring and segmentation on the Denoise page."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray
from streamlit.testing.v1 import AppTest

from ae_models import datasets, metrics
from ae_models.artifacts import card, study
from ae_models.tasks import segmentation
from ae_models.tasks.restoration import study as restoration_study
from tests.pages.conftest import EACH_MODE, Visit, forget, keys, sentences, sheet
from tests.pages.pad import draw, stroke
from ui.components.block_pad import blocked
from ui.views.denoise import inpainting
from ui.views.denoise import segmentation as denoise_segmentation

METHODS = {
    "enlarged": ["14×14, nearest", "U-Net, blind", "bicubic", "Lanczos"],
    "deblurred": [
        "Blurred",
        "U-Net, blind",
        "unsharp mask",
        "Wiener, known PSF",
        "Richardson–Lucy, known PSF",
    ],
}
VIEWS = {
    "enlarged": {"damage": "enlarge"},
    "deblurred": {"damage": "deblur", "grain": "0.04"},
    "filled": {"damage": "missing", "hide": "half"},
    "segmented": {"damage": "segment"},
}


def captions(at: AppTest) -> str:
    """All quiet lines of the page in one."""
    return " ".join(caption.value for caption in at.main.caption)


def hidden_pixels(at: AppTest) -> NDArray[np.bool_]:
    """Where the images of the page are hidden, (N, 28, 28)."""
    return (sheet(at, "filled")[1][1] == inpainting.BLUE).all(axis=-1)


@EACH_MODE
@pytest.mark.parametrize("key", VIEWS)
def test_every_task_is_complete_in_both_data_modes(
    visit: Visit, key: str, dataset: str, mode: str
) -> None:
    at = visit("denoise", data=dataset, images="3", **VIEWS[key])
    assert not at.exception and not sentences(at)
    rows = sheet(at, key)
    assert len(rows) >= 5 and all(len(pictures) == 3 for _, pictures in rows)
    assert not any("nan" in row["note"] for row, _ in rows)
    assert ("decoded" in captions(at)) == (mode == "gallery")
    assert at.main.caption[-1].value.startswith("Applications:")


@pytest.mark.parametrize("key", METHODS)
def test_figures_compare_with_the_original(visit: Visit, key: str, decoded: None) -> None:
    (_, clean), *answers = sheet(visit("denoise", images="4", **VIEWS[key]), key)
    assert [row["label"] for row, _ in answers] == METHODS[key]
    x = datasets.to_tensor(clean)
    for row, pictures in answers:
        shown = re.fullmatch(r"(\S+) dB, SSIM (\S+)", row["note"])
        assert shown is not None
        x_hat = datasets.to_tensor(pictures)
        assert float(shown[1]) == pytest.approx(metrics.psnr(x_hat, x).mean().item(), abs=0.1)
        assert float(shown[2]) == pytest.approx(metrics.ssim(x_hat, x).mean().item(), abs=0.02)


def test_the_input_size_sets_the_block_size(visit: Visit, decoded: None) -> None:
    for size, block in (("14", 2), ("7", 4)):
        (row, given) = sheet(visit("denoise", damage="enlarge", given=size), "enlarged")[1]
        assert row["label"] == f"{size}×{size}, nearest"
        blocks = given[:, ::block, ::block].repeat(block, 1).repeat(block, 2)
        assert (given == blocks).all() and (given.max((1, 2)) > 100).all()


def test_more_blur_and_noise_reduce_psnr(visit: Visit, decoded: None) -> None:
    def quality(**query: str) -> float:
        rows = sheet(visit("denoise", damage="deblur", images="3", **query), "deblurred")
        return float(rows[1][0]["note"].partition(" dB")[0])

    assert quality(sigma="0.5") > quality(sigma="2") and quality() > quality(grain="0.2")


def test_the_rectangle_is_that_of_the_address(visit: Visit, decoded: None) -> None:
    place = {"across": ["2", "9"], "down": ["20", "28"]}
    at = visit("denoise", damage="missing", hide="block", images="3", **place)
    assert not at.exception and not sentences(at)
    expected = np.zeros((3, 28, 28), bool)
    expected[:, 20:28, 2:9] = True
    assert (hidden_pixels(at) == expected).all()


@pytest.mark.parametrize(("hide", "part"), [("pixels", 0.3), ("half", 0.5)])
def test_the_hidden_fraction_is_the_chosen_one(
    visit: Visit, hide: str, part: float, decoded: None
) -> None:
    hidden = hidden_pixels(visit("denoise", damage="missing", hide=hide, part=str(part)))
    assert hidden.mean() == pytest.approx(part, abs=0.02)
    assert (hidden[0] != hidden[1]).any() == (hide == "pixels")


def test_the_hidden_half_has_the_chosen_side(visit: Visit, decoded: None) -> None:
    for side, rows, columns in (("bottom", slice(14, 28), slice(0, 28)), ("left", ..., slice(14))):
        hidden = hidden_pixels(visit("denoise", damage="missing", hide="half", side=side))
        assert hidden.mean() == 0.5 and hidden[0][rows][..., columns].all(), side


@pytest.mark.parametrize(
    ("across", "said"), [(["5", "5"], "Nothing is hidden"), (["0", "28"], "Everything is hidden")]
)
def test_an_empty_and_a_full_mask_give_a_notice(
    visit: Visit, across: list[str], said: str, decoded: None
) -> None:
    at = visit("denoise", damage="missing", hide="block", across=across, down=["0", "28"])
    assert not at.exception and "filled" not in keys(at) and "block_pad" in keys(at)
    assert [info.value.partition(":")[0] for info in at.info if said in info.value]


def test_an_invalid_rectangle_gives_the_default(visit: Visit, decoded: None) -> None:
    plain = hidden_pixels(visit("denoise", damage="missing", hide="block"))
    assert plain.any()
    for across in (["nan", "3"], ["7"], ["20", "4", "9"], ["-3", "99"], "<script>"):
        at = visit("denoise", damage="missing", hide="block", across=across)
        assert not at.exception
        assert (hidden_pixels(at) == plain).all(), across


def test_a_rectangle_from_a_browser_is_validated() -> None:
    assert blocked(SimpleNamespace(block=[0, 28, 3, 4])) == (0, 28, 3, 4)
    for bad in (
        None,
        "0,1,2,3",
        [1, 2, 3],
        [0, 5, 0, 29],
        [-1, 5, 0, 5],
        [5, 5, 0, 5],
        [6, 5, 0, 5],
        [0.0, 5, 0, 5],
        [True, 5, 0, 5],
        [0, 5, 0, None],
    ):
        assert blocked(SimpleNamespace(block=bad)) is None, bad
    assert blocked(None) is None


@pytest.mark.parametrize("key", VIEWS)
def test_an_own_drawing_is_corrupted(visit: Visit, key: str, decoded: None) -> None:
    at = draw(visit("denoise", source="Draw", **VIEWS[key]), stroke())
    assert not at.exception and not sentences(at)
    rows = sheet(at, key)
    assert all(len(pictures) == 1 for _, pictures in rows)
    assert "Measured on your own image." in captions(at)
    assert (rows[0][1] != rows[1][1][..., 0]).any() if key == "filled" else rows[1][1].any()


def test_masks_are_coloured_by_correctness(visit: Visit, decoded: None) -> None:
    rows = sheet(visit("denoise", damage="segment", images="6", contrast="0.4"), "segmented")
    assert [row["label"] for row, _ in rows[2:]] == list(denoise_segmentation.NAMES.values())
    truth = (rows[1][1] == denoise_segmentation.FOUND).all(axis=-1)
    for row, pictures in rows[2:]:
        found, missed, wrong = (
            (pictures == colour).all(axis=-1)
            for colour in (
                denoise_segmentation.FOUND,
                denoise_segmentation.MISSED,
                denoise_segmentation.WRONG,
            )
        )
        assert ((found | missed) == truth).all() and not (wrong & truth).any()
        either = (truth | wrong).sum((1, 2))
        shown = float(row["note"].removeprefix("IoU "))
        assert shown == pytest.approx((found.sum((1, 2)) / either).mean(), abs=0.006)


def test_lower_contrast_lowers_iou(visit: Visit, decoded: None) -> None:
    def overlap(contrast: str) -> float:
        at = visit("denoise", damage="segment", contrast=contrast)
        return float(sheet(at, "segmented")[2][0]["note"].removeprefix("IoU "))

    assert overlap("0.05") < overlap("0.4") - 0.1


@pytest.fixture
def changed_study(copied: Path) -> Callable[[Callable[[dict], None]], None]:  # type: ignore[type-arg]
    """Changes the account of the segmenter in the copied folder."""

    def change(work: Callable[[dict], None]) -> None:  # type: ignore[type-arg]
        path = copied / "mnist" / "segmentation" / "study.json"
        account = json.loads(path.read_text(encoding="utf-8"))
        work(account)
        path.write_text(json.dumps(account), encoding="utf-8")
        forget()

    return change


def test_test_figures_are_those_of_the_study(
    visit: Visit,
    decoded: None,
    changed_study: Callable[[Callable[[dict], None]], None],  # type: ignore[type-arg]
) -> None:
    changed_study(lambda account: account["test"]["values"].__getitem__(0).update(value=0.4321))
    at = visit("denoise", damage="segment", data="fashion")
    (said,) = (text.value for text in at.main.markdown if "test digits" in text.value)
    assert said.startswith("10,000") and "U-Net **0.43**" in said and "Otsu **" in said


def test_without_the_segmenter_the_thresholds_remain(
    visit: Visit, decoded: None, copied: Path
) -> None:
    path = copied / "mnist" / "segmentation" / segmentation.FILE
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    at = visit("denoise", damage="segment")
    assert not at.exception
    (said,) = sentences(at)
    assert f"segmentation/{segmentation.FILE} is damaged" in said
    labels = [row["label"] for row, _ in sheet(at, "segmented")]
    assert labels[2:] == list(denoise_segmentation.NAMES.values())[1:]


@pytest.mark.parametrize("key", METHODS)
def test_without_the_restorer_the_classical_methods_remain(
    visit: Visit, key: str, decoded: None, copied: Path
) -> None:
    (copied / "mnist" / "unet" / "model.safetensors").write_bytes(b"")
    forget()
    at = visit("denoise", **VIEWS[key])
    assert not at.exception
    assert "unet/model.safetensors is damaged" in sentences(at)[0]
    labels = [row["label"] for row, _ in sheet(at, key)]
    assert labels[1:] == [name for name in METHODS[key] if "U-Net" not in name]


@pytest.mark.parametrize(
    ("query", "case"),
    [
        ({"damage": "enlarge", "given": "7"}, ("low resolution", 0.75)),
        ({"damage": "deblur", "sigma": "2"}, ("blur", 2.0)),
        ({"damage": "missing", "hide": "half"}, ("half", 0.5)),
        ({"damage": "missing", "hide": "pixels"}, ("masking", 0.5)),
    ],
)
def test_the_study_compares_blind_restoration_with_specialists(
    visit: Visit, query: dict[str, str], case: tuple[str, float], decoded: None, copied: Path
) -> None:
    metric = restoration_study.Case(*case).metric
    whole = {"input": 11.11, "blind": 22.22, "specialist": 22.52}
    few = {"blind": 22.3, "bicubic": 15.0, "Lanczos": 16.26}
    values = {metric(name): value for name, value in whole.items()}
    values |= {metric(name, first_images=True): value for name, value in few.items()}
    figures = card.Figures(images=10_000, seed=7, values=values)
    account = study.Study(
        name="restoration",
        dataset="mnist",
        method="none",
        origin={},
        seconds=1,
        device="none",
        files={},
        test=figures,
    )
    study.write(account, {})
    forget()
    at = visit("denoise", images="2", **query)
    (said,) = (text.value for text in at.main.markdown if "blind restoration" in text.value)
    assert said.startswith("PSNR of the whole image, mean over all 10,000 original test images")
    for figure in (
        "corrupted input **11.1",
        "blind restoration **22.2",
        "corruption **22.5",
        "Lanczos) **16.3",
    ):
        assert figure in said
    assert f"first {restoration_study.FEW:,}" in said and "**22.3 dB**" in said
    assert "15.0" not in said
