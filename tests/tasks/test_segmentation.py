"""Segmentation: IoU by hand, thresholds against slow references, training and loading."""

from pathlib import Path

import numpy as np
import pytest
import torch
from skimage.filters import threshold_otsu
from sklearn.metrics import jaccard_score

from ae_models import datasets
from ae_models.artifacts import card, checkpoint, study
from ae_models.images.overlay import Overlay, composite
from ae_models.networks.segmenter import Segmenter, SegmenterConfig
from ae_models.pipeline import studies
from ae_models.tasks import segmentation
from ae_models.training.loop import train
from ae_models.training.phases import GradientPhase, TrainingSet
from ae_models.training.state import TrainingState
from tests.tolerance import moved


@pytest.fixture
def overlay(images, digits) -> Overlay:
    return composite(digits[0][:30], images(30), torch.Generator().manual_seed(5), 0.3)


def test_iou_is_that_of_scikit_learn(overlay: Overlay) -> None:
    found = segmentation.otsu(overlay.images)
    expected = [
        jaccard_score(truth.flatten().numpy(), marked.flatten().numpy())
        for truth, marked in zip(overlay.ink, found, strict=True)
    ]
    assert segmentation.iou(found, overlay.ink).tolist() == pytest.approx(expected)


def test_iou_of_nothing_is_a_number() -> None:
    nothing, all_of_it = torch.zeros(1, 1, 28, 28).bool(), torch.ones(1, 1, 28, 28).bool()
    assert segmentation.iou(nothing, nothing).tolist() == [1.0]
    assert segmentation.iou(all_of_it, nothing).tolist() == [0.0]
    assert segmentation.iou(nothing, all_of_it).tolist() == [0.0]


def test_otsu_marks_the_smaller_side_of_its_threshold(overlay: Overlay) -> None:
    for image, marked in zip(overlay.images, segmentation.otsu(overlay.images), strict=True):
        light = image.numpy() > threshold_otsu(image.numpy())
        expected = light if light.mean() <= 0.5 else ~light
        assert (marked.numpy() == expected).all()


def test_no_single_threshold_is_better_than_the_best(overlay: Overlay) -> None:
    found = segmentation.iou(segmentation.best_threshold(overlay), overlay.ink)
    coarse = (overlay.images * 255).round()
    for image, ink, best in zip(coarse, overlay.ink, found, strict=True):
        each = [
            segmentation.iou(side[None], ink[None]).item()
            for level in range(255)
            for side in (image > level, image <= level)
        ]
        assert best.item() == pytest.approx(max(each))
    assert (
        found >= segmentation.iou(segmentation.otsu(overlay.images), overlay.ink) - 0.02
    ).all()  # Otsu is not held to whole levels


def test_the_top_hat_finds_thin_ink_on_a_slope() -> None:
    slope = torch.linspace(0.2, 0.7, 28).expand(2, 1, 28, 28).clone()
    ink = torch.zeros(2, 1, 28, 28, dtype=torch.bool)
    ink[..., 5:23, 13:16] = True
    slope[0] += 0.2 * ink[0]
    slope[1] -= 0.2 * ink[1]  # dark ink is found as light ink is
    assert segmentation.iou(segmentation.top_hat(slope), ink).min() > 0.95
    assert segmentation.iou(segmentation.otsu(slope), ink).max() < 0.3


@pytest.mark.parametrize("grey", [0.0, 0.4, 1.0])
def test_a_picture_of_one_grey_holds_no_ink(grey: float) -> None:
    flat = torch.full((2, 1, 28, 28), grey)
    blank = Overlay(flat, torch.zeros_like(flat).bool())
    assert not segmentation.otsu(flat).any() and not segmentation.top_hat(flat).any()
    assert segmentation.iou(segmentation.best_threshold(blank), blank.ink).isfinite().all()
    torch.manual_seed(0)
    assert Segmenter(SegmenterConfig()).eval()(flat).isfinite().all()


def test_a_segmenter_learns_to_find_ink(digits, images) -> None:
    torch.manual_seed(0)
    learner = segmentation.TrainableSegmenter(Segmenter(SegmenterConfig(channels=(4, 8, 8))))
    x = torch.cat([digits[0][:320], images(320)], 1)
    held = torch.cat([digits[0][640:740], images(100, seed=1)], 1)
    training = TrainingSet(x, digits[1][:320], held, digits[1][640:740])
    run = TrainingState(learner, [GradientPhase(5, 1e-2, batch_size=32)], 0, torch.device("cpu"))
    overlap = [epoch.validation["iou"] for epoch in train(run, training)]
    overlay = composite(held[:, :1], held[:, 1:], torch.Generator().manual_seed(0))
    otsu = segmentation.iou(segmentation.otsu(overlay.images), overlay.ink).mean().item()
    assert overlap[-1] > max(overlap[0] + 0.1, otsu)


def test_training_pairs_digits_and_garments_anew(digits, images) -> None:
    learner = segmentation.TrainableSegmenter(Segmenter(SegmenterConfig(channels=(2, 2, 2)))).eval()
    x = torch.cat([digits[0][:20], images(20)], 1)
    generator = torch.Generator().manual_seed(0)
    (first, ink), (second, other) = (learner(x, generator=generator) for _ in range(2))
    assert first.shape == ink.shape == (20, 1, 28, 28)
    assert not torch.equal(first, second) and not torch.equal(ink, other)


def test_only_training_images_reach_the_net(monkeypatch: pytest.MonkeyPatch, images) -> None:
    asked = []

    def original(dataset: str, split: datasets.Split) -> datasets.Images:
        asked.append((dataset, split))
        return datasets.frozen(
            np.zeros((12_000, 28, 28), np.uint8), np.zeros(12_000, int), decoded=False
        )

    monkeypatch.setattr(datasets, "original", original)
    training = segmentation.pairs("mnist")
    assert asked == [("mnist", "train"), ("fashion", "train")]
    assert training.images.shape == (7_000, 2, 28, 28)
    assert training.validation_images.shape == (5_000, 2, 28, 28)


def test_the_net_is_made_once_for_both_data_sets() -> None:
    assert studies.datasets("segmentation") == ("mnist",)


def test_a_damaged_net_names_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(card, "CHECKPOINTS", tmp_path)
    with pytest.raises(checkpoint.CheckpointError, match=r"segmentation/study\.json is missing"):
        segmentation.load("mnist")
    weights = checkpoint.to_bytes(Segmenter(SegmenterConfig(channels=(2, 2, 2))).state_dict())
    account = study.Study(
        name="segmentation",
        dataset="mnist",
        method="none",
        origin={},
        seconds=1,
        device="CPU",
        files={},
    )
    study.write(account, {segmentation.FILE: weights})
    with pytest.raises(checkpoint.CheckpointError, match=r"model\.safetensors is damaged"):
        segmentation.load("mnist")


def test_the_shipped_net_reaches_its_figures_and_beats_every_threshold(original) -> None:
    found = study.read("mnist", "segmentation")
    assert found.method == segmentation.describe("mnist")
    original("fashion", "test")
    original("mnist", "test")
    assert found.check is not None and found.test is not None
    measured = segmentation.measure("mnist", found.check.images)
    assert measured.keys() == found.check.values.keys()
    assert not moved(measured, found.check.values, found.check.images)
    for figures in (found.check.values, found.test.values):
        best, *others = (figures[key] for key in sorted(figures, key=lambda k: k.method != "U-Net"))
        assert best > max(others) + 0.1
