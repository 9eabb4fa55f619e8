"""Anomaly detectors: fitted on the normal class alone, shipped, and damaged."""

import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score

from ae_models import datasets, metrics
from ae_models.artifacts import card, checkpoint, study
from ae_models.metric_key import Metric
from ae_models.pipeline import studies
from ae_models.tasks.anomaly import detector as anomaly_detector
from ae_models.tasks.anomaly import study as anomaly_study
from ae_models.tasks.anomaly.baselines import BASELINES
from ae_models.training.phases import TrainingSet
from tests.tolerance import moved

SHIPPED = [(name, kind) for name in datasets.DATASETS for kind in (0, 8, None)]


@pytest.fixture
def few_epochs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nets that are trained for a few epochs."""
    monkeypatch.setattr(anomaly_study, "EPOCHS", 3)


@pytest.fixture
def whole(digits) -> TrainingSet:
    """Small digits in place of a data set."""
    x, labels = digits
    return TrainingSet(x[:1_500], labels[:1_500], x[1_500:], labels[1_500:])


@pytest.fixture
def made(whole, monkeypatch: pytest.MonkeyPatch) -> anomaly_detector.Detector:
    monkeypatch.setattr(anomaly_study, "EPOCHS", 60)
    return anomaly_detector.Detector(anomaly_study.fit(whole, 1))


def shipped(dataset: str, kind: int | None, lacking) -> anomaly_detector.Detector:  # type: ignore[no-untyped-def]
    if not (card.folder(dataset, anomaly_detector.NAME) / study.FILE).exists():
        lacking(f"needs the study {anomaly_detector.NAME} of {dataset}")
    return anomaly_detector.load(dataset, kind)


def test_another_digit_has_a_higher_score(made, whole) -> None:
    scores = made.scores(whole.validation_images).combined.numpy()
    assert metrics.auroc(scores, whole.validation_labels.numpy() != 1) > 0.9


def test_scores_of_held_out_normal_images_are_0_on_average(made, whole) -> None:
    normal = anomaly_study.normal_part(whole, 1).validation_images
    assert abs(made.scores(normal).combined.mean().item()) < 0.01


@pytest.mark.parametrize(("dataset", "kind"), SHIPPED)
def test_a_score_does_not_depend_on_the_batch(dataset, kind, images, digits, lacking) -> None:
    shipped(dataset, kind, lacking)
    x = torch.cat([images(20), digits[0][:20]])
    together = anomaly_detector.scores(dataset, kind, x)
    alone = torch.cat([anomaly_detector.scores(dataset, kind, one[None]) for one in x])
    assert together.shape == (40,)
    assert torch.allclose(together, alone, atol=1e-4)
    shuffled = torch.randperm(40, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(
        anomaly_detector.scores(dataset, kind, x[shuffled]), together[shuffled], atol=1e-4
    )


@pytest.mark.parametrize("dataset", datasets.DATASETS)
def test_empty_black_white_and_equal_images_have_finite_scores(dataset, lacking) -> None:
    detector = shipped(dataset, 3, lacking)
    assert detector.scores(torch.zeros(0, 1, 28, 28)).combined.shape == (0,)
    flat = torch.tensor([0.0, 0.0, 1.0]).view(3, 1, 1, 1).expand(3, 1, 28, 28)
    scores = detector.scores(flat).combined
    assert scores.isfinite().all()
    assert torch.allclose(scores[0], scores[1]) and not torch.allclose(scores[0], scores[2])


@pytest.mark.parametrize("dataset", datasets.DATASETS)
def test_the_shipped_figures_reach_their_targets_and_beat_the_baselines(dataset, lacking) -> None:
    shipped(dataset, None, lacking)
    test = study.read(dataset, anomaly_detector.NAME).test
    assert test is not None and test.images == 10_000
    best = test[Metric("auroc", method="combined score", aggregate="classes")]
    assert best >= {"mnist": 0.975, "fashion": 0.930}[dataset]
    areas = [test[Metric("auroc", method="combined score", label=c)] for c in range(10)]
    assert best == pytest.approx(np.mean(areas), abs=1e-5)
    for name in BASELINES:
        assert best > test[Metric("auroc", method=name, aggregate="classes")]
    other = datasets.DATASETS[dataset].out_of_distribution
    assert test[Metric("auroc", method="combined score", source=other)] >= 0.99


@pytest.mark.parametrize("dataset", datasets.DATASETS)
def test_a_shipped_figure_is_measured_again(dataset, original, lacking) -> None:
    shipped(dataset, 8, lacking)
    check = study.read(dataset, anomaly_detector.NAME).check
    assert check is not None
    test = original(dataset, "test")
    x = datasets.to_tensor(test.pixels[: check.images])
    for kind in (2, 8):
        scores = anomaly_detector.scores(dataset, kind, x).numpy()
        area = roc_auc_score(test.labels[: check.images] != kind, scores)
        key = Metric("auroc", method="combined score", label=kind)
        assert not moved({key: area}, check.values, check.images)


@pytest.mark.parametrize("dataset", datasets.DATASETS)
def test_the_files_are_small_and_the_study_is_of_today(dataset, lacking) -> None:
    shipped(dataset, 0, lacking)
    files = study.read(dataset, anomaly_detector.NAME).files
    assert set(files) == {
        anomaly_detector.file(kind) for kind in anomaly_study.normal_classes(dataset)
    }
    folder = card.folder(dataset, anomaly_detector.NAME)
    assert sum((folder / file).stat().st_size for file in files) < 4_000_000
    assert studies.is_made(dataset, anomaly_detector.NAME)


def test_no_other_class_and_no_label_of_it_reaches_the_fit(whole, few_epochs) -> None:
    """Everything outside the normal class is replaced, and nothing changes."""
    scrambled = TrainingSet(
        torch.where((whole.labels == 4).view(-1, 1, 1, 1), whole.images, 0.5),
        torch.where(whole.labels == 4, whole.labels, 9),
        torch.where((whole.validation_labels == 4).view(-1, 1, 1, 1), whole.validation_images, 1.0),
        torch.where(whole.validation_labels == 4, whole.validation_labels, 0),
    )
    one, other = (anomaly_study.fit(each, 4) for each in (whole, scrambled))
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)
    planted = whole._replace(images=whole.images.flip(3))  # images of the class itself do matter
    third = anomaly_study.fit(planted, 4)
    assert any(not torch.equal(one[name], third[name]) for name in one)


def test_making_reads_no_test_split(digits, few_epochs, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    x, labels = digits

    def read(dataset: str, split: datasets.Split) -> datasets.Images:
        assert split == "train"
        return datasets.frozen(
            np.tile(datasets.to_pixels(x), (4, 1, 1)), np.tile(labels, 4), decoded=False
        )

    monkeypatch.setattr(datasets, "original", read)
    monkeypatch.setattr(anomaly_study, "normal_classes", lambda dataset: (3, None))
    reports: list[str] = []
    files = anomaly_study.make("mnist", lambda done, total, shown, left: reports.append(shown))
    assert set(files) == {"3.safetensors", "all.safetensors"}
    assert [text.split(":")[0] for text in reports] == ["3", "all"]


def test_quantising_keeps_a_matrix_within_half_a_level() -> None:
    matrix = torch.randn(5, 40, generator=torch.Generator().manual_seed(0))
    levels = anomaly_detector.quantised("w", matrix)
    assert levels["w.levels"].dtype == torch.uint8 and levels["w.levels"].shape == (5, 40)
    level = (matrix.amax(1) - matrix.amin(1)) / 255
    away = (anomaly_detector.dequantised("w", levels) - matrix).abs().amax(1)
    assert (away <= 0.51 * level).all()


def test_a_whitened_code_has_the_variance_that_the_noise_leaves(images) -> None:
    x = images(500)
    parts = anomaly_study.fit_code(x)
    z, residual = anomaly_detector.encode(
        x, parts["mean"], parts["directions"].float(), parts["spread"]
    )
    variance = parts["spread"][:-1].square() - anomaly_detector.NOISE
    expected = variance / (variance + anomaly_detector.NOISE)
    assert z.var(0, correction=0).numpy() == pytest.approx(expected.numpy(), rel=0.02)
    assert (residual >= 0).all()


@pytest.mark.parametrize("damage", ["missing", "short", "nan", "flipped"])
def test_a_damaged_file_is_named(checkpoints, whole, few_epochs, damage) -> None:
    tensors = anomaly_study.fit(whole, 1)
    if damage == "short":
        del tensors["mean"]
    if damage == "nan":
        tensors["spread"] = tensors["spread"] * float("nan")
    account = study.Study(
        name=anomaly_detector.NAME,
        dataset="mnist",
        method="",
        origin={},
        seconds=1,
        device="",
        files={},
    )
    study.write(account, {"1.safetensors": checkpoint.to_bytes(tensors)})
    path = checkpoints / "mnist" / anomaly_detector.NAME / "1.safetensors"
    if damage == "missing":
        path.unlink()
    if damage == "flipped":
        content = bytearray(path.read_bytes())
        content[-1] ^= 1
        path.write_bytes(bytes(content))
    with pytest.raises(checkpoint.CheckpointError, match=r"anomaly/1\.safetensors .*restore it"):
        anomaly_detector.scores("mnist", 1, torch.zeros(1, 1, 28, 28))
