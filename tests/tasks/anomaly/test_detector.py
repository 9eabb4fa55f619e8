"""Detectors of anomalies: each picture alone, what they know, and how they are counted."""

import numpy as np
import pytest
import torch
from sklearn.metrics import (
    confusion_matrix,
    precision_score,
    recall_score,
    roc_auc_score,
    roc_curve,
)

from ae_models import datasets, metrics
from ae_models.artifacts import card, checkpoint, study
from ae_models.pipeline import studies
from ae_models.tasks.anomaly import detector as anomaly_detector
from ae_models.tasks.anomaly import study as anomaly_study
from ae_models.training.phases import TrainingSet
from tests.tolerance import moved

SHIPPED = [(name, kind) for name in datasets.DATASETS for kind in (0, 8, None)]


@pytest.fixture
def few_epochs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nets that are trained for a moment."""
    monkeypatch.setattr(anomaly_study, "EPOCHS", 3)


@pytest.fixture
def whole(digits) -> TrainingSet:
    """Small digits in place of a data set."""
    x, labels = digits
    return TrainingSet(x[:1_500], labels[:1_500], x[1_500:], labels[1_500:])


@pytest.fixture
def made(whole, monkeypatch: pytest.MonkeyPatch) -> anomaly_detector.Detector:
    monkeypatch.setattr(anomaly_study, "EPOCHS", 60)
    return anomaly_detector.Detector(anomaly_study.fitted(whole, 1))


def shipped(dataset: str, kind: int | None, lacking) -> anomaly_detector.Detector:  # type: ignore[no-untyped-def]
    if not (card.folder(dataset, anomaly_detector.NAME) / study.FILE).exists():
        lacking(f"needs the study {anomaly_detector.NAME} of {dataset}")
    return anomaly_detector.detector(dataset, kind)


def test_another_digit_is_stranger(made, whole) -> None:
    scores = made.marks(whole.validation_images).scores.numpy()
    assert metrics.auroc(scores, whole.validation_labels.numpy() != 1) > 0.9


def test_scores_of_held_out_normal_pictures_are_about_0(made, whole) -> None:
    normal = anomaly_study.of_kind(whole, 1).validation_images
    assert abs(made.marks(normal).scores.mean().item()) < 0.01


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
def test_empty_black_white_and_equal_pictures_have_finite_scores(dataset, lacking) -> None:
    detector = shipped(dataset, 3, lacking)
    assert detector.marks(torch.zeros(0, 1, 28, 28)).scores.shape == (0,)
    flat = torch.tensor([0.0, 0.0, 1.0]).view(3, 1, 1, 1).expand(3, 1, 28, 28)
    scores = detector.marks(flat).scores
    assert scores.isfinite().all()
    assert scores[0] == scores[1] and scores[0] != scores[2]


@pytest.mark.parametrize("dataset", datasets.DATASETS)
def test_the_shipped_figures_reach_their_targets_and_beat_the_plain_ways(dataset, lacking) -> None:
    shipped(dataset, None, lacking)
    test = study.read(dataset, anomaly_detector.NAME).test
    assert test is not None and test.images == 10_000
    best = test.values["mean auroc, autoencoder"]
    assert best >= {"mnist": 0.975, "fashion": 0.930}[dataset]
    areas = [test.values[f"auroc {c}"] for c in range(10)]
    assert best == pytest.approx(np.mean(areas), abs=1e-5)
    for way in ("PCA-32 error", "nearest pictures", "mean brightness"):
        assert best > test.values[f"mean auroc, {way}"]
    (other,) = set(datasets.DATASETS) - {dataset}
    assert test.values[f"auroc against {other}, autoencoder"] >= 0.99


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
        assert not moved({f"auroc {kind}": area}, check.values, check.images)


@pytest.mark.parametrize("dataset", datasets.DATASETS)
def test_the_files_are_small_and_the_study_is_of_today(dataset, lacking) -> None:
    shipped(dataset, 0, lacking)
    files = study.read(dataset, anomaly_detector.NAME).files
    assert set(files) == {anomaly_detector.file(kind) for kind in anomaly_study.KINDS}
    folder = card.folder(dataset, anomaly_detector.NAME)
    assert sum((folder / file).stat().st_size for file in files) < 4_000_000
    assert studies.is_made(dataset, anomaly_detector.NAME)


def test_no_other_class_and_no_label_of_it_reaches_the_fit(whole, few_epochs) -> None:
    """A planted leak: everything that is not normal is replaced, and nothing changes."""
    scrambled = TrainingSet(
        torch.where((whole.labels == 4).view(-1, 1, 1, 1), whole.images, 0.5),
        torch.where(whole.labels == 4, whole.labels, 9),
        torch.where((whole.validation_labels == 4).view(-1, 1, 1, 1), whole.validation_images, 1.0),
        torch.where(whole.validation_labels == 4, whole.validation_labels, 0),
    )
    one, other = (anomaly_study.fitted(each, 4) for each in (whole, scrambled))
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)
    planted = whole._replace(images=whole.images.flip(3))  # pictures of the kind itself do matter
    third = anomaly_study.fitted(planted, 4)
    assert any(not torch.equal(one[name], third[name]) for name in one)


def test_making_reads_no_test_split(digits, few_epochs, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    x, labels = digits

    def read(dataset: str, split: datasets.Split) -> datasets.Images:
        assert split == "train"
        return datasets.frozen(
            np.tile(datasets.to_pixels(x), (4, 1, 1)), np.tile(labels, 4), decoded=False
        )

    monkeypatch.setattr(datasets, "original", read)
    monkeypatch.setattr(anomaly_study, "KINDS", (3, None))
    told: list[str] = []
    files = anomaly_study.make("mnist", lambda done, total, shown, left: told.append(shown))
    assert set(files) == {"3.safetensors", "all.safetensors"}
    assert [text.split(":")[0] for text in told] == ["3", "all"]


def test_bytes_keep_a_matrix_within_a_level() -> None:
    matrix = torch.randn(5, 40, generator=torch.Generator().manual_seed(0))
    packed = anomaly_detector.packed("w", matrix)
    assert packed["w.levels"].dtype == torch.uint8 and packed["w.levels"].shape == (5, 40)
    level = (matrix.amax(1) - matrix.amin(1)) / 255
    away = (anomaly_detector.unpacked("w", packed) - matrix).abs().amax(1)
    assert (away <= 0.51 * level).all()


def test_a_whitened_code_has_the_variance_that_the_noise_leaves(images) -> None:
    x = images(500)
    parts = anomaly_study.coder(x)
    z, rest = anomaly_detector.code_of(
        x, parts["mean"], parts["directions"].float(), parts["spread"]
    )
    variance = parts["spread"][:-1].square() - anomaly_detector.NOISE
    expected = variance / (variance + anomaly_detector.NOISE)
    assert z.var(0, correction=0).numpy() == pytest.approx(expected.numpy(), rel=0.02)
    assert (rest >= 0).all()


@pytest.mark.parametrize("damage", ["missing", "short", "nan", "flipped"])
def test_a_damaged_file_is_named(checkpoints, whole, few_epochs, damage) -> None:
    tensors = anomaly_study.fitted(whole, 1)
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


SCORES = np.array([0.1, 0.4, 0.4, 0.8, 0.9, 0.4, 0.2, 0.7])
STRANGE = np.array([0, 0, 1, 1, 1, 0, 0, 0], bool)


def test_the_curve_is_scikit_learns() -> None:
    found = anomaly_detector.roc(SCORES, STRANGE)
    assert found is not None
    alarms, hits, _ = roc_curve(STRANGE, SCORES, drop_intermediate=False)
    assert found.false_alarms == pytest.approx(alarms) and found.found == pytest.approx(hits)
    assert np.trapezoid(found.found, found.false_alarms) == pytest.approx(
        metrics.auroc(SCORES, STRANGE)
    )


def test_the_area_is_the_part_of_pairs_in_the_right_order() -> None:
    pairs = [
        1.0 if a > b else 0.5 if a == b else 0.0 for a in SCORES[STRANGE] for b in SCORES[~STRANGE]
    ]
    assert metrics.auroc(SCORES, STRANGE) == pytest.approx(np.mean(pairs))
    assert metrics.auroc(SCORES, STRANGE) == pytest.approx(roc_auc_score(STRANGE, SCORES))


@pytest.mark.parametrize("threshold", [0.15, 0.4, 0.75])
def test_verdicts_are_scikit_learns_at_the_share_of_the_scores(threshold: float) -> None:
    found = anomaly_detector.verdicts(SCORES, STRANGE, threshold, STRANGE.mean())
    assert found is not None
    above = np.greater(SCORES, threshold)
    assert found.precision == pytest.approx(precision_score(STRANGE, above))
    assert found.recall == pytest.approx(recall_score(STRANGE, above))
    counts = confusion_matrix(STRANGE, above) * 1_000 / len(SCORES)
    assert [found.passed, found.false_alarms, found.missed, found.found] == pytest.approx(
        counts.ravel()
    )


def test_a_rarer_kind_lowers_the_precision_alone() -> None:
    many, few = (anomaly_detector.verdicts(SCORES, STRANGE, 0.3, part) for part in (0.5, 0.01))
    assert many is not None and few is not None
    assert few.precision < many.precision and few.recall == many.recall
    assert sum(few) == pytest.approx(1_000)


@pytest.mark.parametrize("strange", [np.zeros(8, bool), np.ones(8, bool)], ids=["none", "all"])
def test_one_kind_alone_has_no_curve_and_no_verdict(strange: np.ndarray) -> None:
    assert anomaly_detector.roc(SCORES, strange) is None
    assert anomaly_detector.verdicts(SCORES, strange, 0.5, 0.5) is None
    assert np.isnan(metrics.auroc(SCORES, strange))


def test_no_pictures_and_no_alarm_are_not_available() -> None:
    assert (
        anomaly_detector.roc([], []) is None and anomaly_detector.verdicts([], [], 0.5, 0.5) is None
    )
    quiet = anomaly_detector.verdicts(SCORES, STRANGE, 2.0, 0.5)
    assert quiet is not None and np.isnan(quiet.precision) and quiet.recall == 0
    same = anomaly_detector.roc(np.ones(8), STRANGE)
    assert same is not None and same.found.tolist() == [0, 1]
