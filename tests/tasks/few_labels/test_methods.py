"""Few labels: balanced splits, classifiers against scikit-learn, and no leaks."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC

from ae_models import datasets
from ae_models.artifacts import card, checkpoint, study
from ae_models.metric_key import Metric
from ae_models.networks.patch_features import PatchFeatures
from ae_models.tasks.few_labels import fine_tuning, methods
from ae_models.tasks.few_labels import study as few_labels_study
from ae_models.tasks.few_labels.methods import HEADS, NETS, PATCHES, PIXELS, RANDOM, TooFew
from ae_models.training import recipes
from tests.tolerance import moved

SHIPPED = [d for d in datasets.DATASETS if (card.folder(d, methods.NAME) / study.FILE).exists()]


@pytest.fixture(scope="module")
def seen(digits) -> tuple[methods.FeatureSplit, np.ndarray, np.ndarray]:
    """Small digits: a pool of 1,500 and 297 queries, and the labels of both."""
    x, labels = digits
    pixels = datasets.to_pixels(x)
    known, asked = (methods.features([], part) for part in (pixels[:1500], pixels[1500:]))
    joined = methods.with_graph(methods.concatenate(known, asked))
    return joined, labels[:1500].numpy(), labels[1500:].numpy()


def test_splits_are_balanced_nested_and_repeat(seen) -> None:
    _, labels, _ = seen
    large = methods.split(labels, 500, 3)
    assert len(set(large.tolist())) == 500
    assert (np.bincount(labels[large]) == 50).all()
    small = methods.split(labels, 20, 3)
    assert (small == large[:20]).all()
    assert (labels[small[:10]] == np.arange(10)).all()
    assert (methods.split(labels, 20, 3) == small).all()
    assert (methods.split(labels, 20, 4) != small).any()


@pytest.mark.parametrize("total", [0, 9, 5_000])
def test_a_split_that_cannot_be_balanced_is_refused(seen, total: int) -> None:
    with pytest.raises(TooFew, match="too few"):
        methods.split(seen[1], total, 0)


def test_none_is_drawn_from_the_validation_part() -> None:
    images = datasets.frozen(
        np.zeros((7_000, 28, 28), np.uint8), np.arange(7_000) % 10, decoded=False
    )
    kept, _ = datasets.split_off_validation(7_000)
    whole = np.zeros(7_000, np.uint8)
    whole[kept] = 1
    marked = datasets.frozen(
        whole[:, None, None].repeat(28, 1).repeat(28, 2), images.labels, decoded=False
    )
    assert methods.pool(marked).pixels.all()
    decoded = marked._replace(decoded=True)
    assert methods.pool(decoded) is decoded


def test_classifiers_agree_with_scikit_learn(seen) -> None:
    seen, labels, _ = seen
    rows = methods.split(labels, 100, 0)
    a, y = seen.pool[rows], labels[rows]
    gamma = 1 / a.shape[1]
    expected = SVC(C=methods.SVM_C, gamma=gamma).fit(a, y).predict(seen.queries)
    assert (methods.predict("RBF SVM", seen, rows, y) == expected).mean() > 0.99
    expected = LogisticRegression(C=methods.LOGISTIC_C, max_iter=300).fit(a, y)
    found = methods.predict("logistic regression", seen, rows, y)
    assert (found == expected.predict(seen.queries)).mean() > 0.99


def test_the_unlabelled_pool_helps_label_spreading(seen) -> None:
    seen, labels, truth = seen
    right = {head: [] for head in HEADS}
    for seed in range(3):
        rows = methods.split(labels, 20, seed)
        for head, found in right.items():
            told = methods.predict(head, seen, rows, labels[rows])
            found.append(methods.accuracy(told, truth))
    means = {head: np.mean(found) for head, found in right.items()}
    assert means["label spreading"] > means["RBF SVM"] + 0.03 > 0.6


def test_concatenated_codes_have_equal_weight() -> None:
    random = np.random.default_rng(0)
    one, other = random.normal(5, 100, (400, 3)), random.normal(-1, 0.01, (400, 60))
    known = [a.astype(np.float32) for a in (one, other)]
    seen = methods.concatenate(known, [a[:7] for a in known])
    assert seen.pool.shape == (400, 63) and np.allclose(seen.pool[:7], seen.queries, atol=1e-4)
    assert seen.pool.std() == pytest.approx(1, abs=0.01)
    first, second = np.square(seen.pool[:, :3]).sum(), np.square(seen.pool[:, 3:]).sum()
    assert first == pytest.approx(second, rel=0.01)


@pytest.mark.parametrize("head", HEADS)
def test_a_missing_class_is_never_predicted_and_one_class_is_refused(seen, head: str) -> None:
    seen, labels, _ = seen
    rows = methods.split(labels, 10, 0)
    some = rows[labels[rows] != 7]
    assert len(some) == 9
    assert 7 not in methods.predict(head, seen, some, labels[some])
    with pytest.raises(TooFew, match="one class"):
        methods.predict(head, seen, rows[:1].repeat(3), labels[rows[:1]].repeat(3))
    with pytest.raises(TooFew, match="No image"):
        methods.predict(head, seen, rows[:0], labels[:0])


def test_accuracy_without_images_is_no_number() -> None:
    assert np.isnan(methods.accuracy(np.zeros(0, np.int64), np.zeros(0, np.int64)))
    assert methods.accuracy(np.array([1, 2, 3, 4]), np.array([1, 2, 3, 0])) == 0.75


def test_mean_and_deviation_are_those_of_numpy() -> None:
    mean, spread = methods.mean_and_deviation([[0.1, 0.3], [0.5, 0.5]])
    assert mean.tolist() == pytest.approx([0.2, 0.5])
    assert spread.tolist() == pytest.approx([np.std([0.1, 0.3], ddof=1), 0])


@pytest.mark.parametrize("dataset", datasets.DATASETS)
def test_no_feature_comes_from_a_supervised_model(dataset: str) -> None:
    nets = {part for name in methods.FEATURES for part in methods.parts(dataset, name)}
    assert nets >= {"conv", "undercomplete", PATCHES}
    assert not nets & set(methods.SUPERVISED)
    for name in nets & set(recipes.RECIPES):
        recipe = recipes.recipe(dataset, name)
        assert recipe.variant not in methods.SUPERVISED
        assert all(getattr(phase, "target", "image") == "image" for phase in recipe.phases)


# What follows asks the code that makes the curves, on small digits in place of the data sets.
WAYS = [*((head, PIXELS) for head in HEADS), *((NETS[0], name) for name in ("stacked", RANDOM))]
Answers = Callable[..., list[np.ndarray]]


@pytest.fixture
def answers(digits, put, monkeypatch) -> Answers:
    """What every way tells 100 test images to be, when the labels that are not drawn are others."""
    put("stacked", "stacked", sizes={"hidden": (40,)})  # it is fine-tuned many times
    monkeypatch.setattr(fine_tuning, "STEPS", 25)
    x, labels = digits
    pixels, truth = datasets.to_pixels(x), labels.numpy()
    train = datasets.frozen(
        np.tile(pixels[:1500], (4, 1, 1)), np.tile(truth[:1500], 4), decoded=False
    )
    test = datasets.frozen(pixels[1500:], truth[1500:], decoded=False)
    rows = methods.split(methods.pool(train).labels, 20, 0)
    kept, _ = datasets.split_off_validation(len(train.labels))

    def ask(scrambled: bool, images: int = 100) -> list[np.ndarray]:
        random = np.random.default_rng(9)
        train_labels, test_labels = train.labels.copy(), test.labels.copy()
        if scrambled:
            train_labels = random.integers(0, 10, len(train_labels))
            train_labels[kept[rows]] = train.labels[kept[rows]]
            test_labels = random.integers(0, 10, len(test_labels))
        splits = {
            "train": train._replace(labels=train_labels),
            "test": test._replace(labels=test_labels),
        }
        found: list[np.ndarray] = []

        def note(predicted: np.ndarray, _truth: np.ndarray) -> float:
            found.append(predicted.copy())
            return 0.0

        monkeypatch.setattr(datasets, "original", lambda _dataset, split: splits[split])
        monkeypatch.setattr(methods, "split", lambda *_: rows)  # drawn before the scrambling
        monkeypatch.setattr(methods, "accuracy", note)
        points = [few_labels_study.Point(*way, 20, 0) for way in WAYS]
        list(few_labels_study.measured("mnist", points, images, PatchFeatures()))
        assert len(found) == len(WAYS)
        return found

    return ask


def differ(one: list[np.ndarray], other: list[np.ndarray]) -> list[bool]:
    return [bool((a != b).any()) for a, b in zip(one, other, strict=True)]


def test_labels_that_were_not_drawn_change_nothing(answers: Answers) -> None:
    assert not any(differ(answers(False), answers(True)))


@pytest.mark.parametrize("split", ["train", "test"])
def test_a_leak_that_is_planted_is_found(
    answers: Answers, monkeypatch, split: datasets.Split
) -> None:
    """A classifier that reads the labels of a split must fail the test above."""

    def leaking(seen: methods.FeatureSplit, drawn: np.ndarray, labels: np.ndarray) -> np.ndarray:
        whole = datasets.original("mnist", split)
        told = (methods.pool(whole) if split == "train" else whole).labels
        if split == "test":
            return told[: len(seen.queries)].copy()
        return methods.svm(seen, np.arange(len(told)), told)

    monkeypatch.setitem(methods.HEADS, "RBF SVM", leaking)
    found = dict(zip(WAYS, differ(answers(False), answers(True)), strict=True))
    assert found.pop(("RBF SVM", PIXELS))
    assert not any(found.values())


def test_test_images_are_classified_independently(answers: Answers) -> None:
    few, more = answers(False, images=30), answers(False, images=100)
    assert not any(differ(few, [told[:30] for told in more]))


def metric(head: str, features: str) -> Metric:
    """The key of the accuracy of a way."""
    return Metric("accuracy", method=head, representation=features)


@pytest.mark.parametrize("dataset", SHIPPED)
def test_shipped_curves_hold_every_split_of_every_method(dataset: str) -> None:
    curves = methods.curves(dataset)
    assert tuple(curves.sizes) == methods.SIZES
    assert [(c.head, c.features) for c in curves.curves] == few_labels_study.combinations()
    for curve in curves.curves:
        values = np.array(curve.accuracy)
        assert values.shape == (len(methods.SIZES), methods.DRAWS), curve.name
        assert ((values > 0.05) & (values < 1)).all(), curve.name
        assert values.mean(axis=1)[-1] > values.mean(axis=1)[0], curve.name
    found = study.read(dataset, methods.NAME)
    assert found.test is not None and found.test.images == 10_000
    at = methods.SIZES.index(few_labels_study.POINT)
    shipped = {metric(c.head, c.features): c.accuracy[at][0] for c in curves.curves}
    again = {metric(head, name) for head, name in few_labels_study.AGAIN}
    assert found.test.values.keys() == again
    assert not moved(found.test.values, shipped, found.test.images)


@pytest.mark.data
@pytest.mark.parametrize(
    ("dataset", "way"),
    [("mnist", ("RBF SVM", "undercomplete")), ("fashion", ("logistic regression", "conv"))],
)
def test_a_point_of_a_shipped_curve_is_found_again(dataset: str, way, original, lacking) -> None:
    if dataset not in SHIPPED:
        lacking(f"needs the study {methods.NAME} of {dataset}")
    original(dataset, "test")
    size, seed = 200, 4
    counted = methods.patches(dataset)
    point = few_labels_study.Point(*way, size, seed)
    ((_, found),) = few_labels_study.measured(dataset, [point], 10_000, counted)
    (curve,) = (c for c in methods.curves(dataset).curves if (c.head, c.features) == way)
    expected = {metric(*way): curve.accuracy[methods.SIZES.index(size)][seed]}
    assert not moved({metric(*way): found}, expected, 10_000)


@pytest.mark.parametrize("dataset", SHIPPED)
def test_damaged_files_are_named(dataset: str, tmp_path, monkeypatch) -> None:
    here = card.folder(dataset, methods.NAME)
    there = tmp_path / dataset / methods.NAME
    there.mkdir(parents=True)
    for path in here.iterdir():
        content = bytearray(path.read_bytes())
        if path.name != study.FILE:
            content[len(content) // 2] ^= 1
        (there / path.name).write_bytes(bytes(content))
    monkeypatch.setattr(card, "CHECKPOINTS", tmp_path)
    with pytest.raises(checkpoint.CheckpointError, match=r"curves\.json is damaged"):
        methods.curves(dataset)
    with pytest.raises(checkpoint.CheckpointError, match=r"patches\.safetensors is damaged"):
        methods.patches(dataset)


def test_patches_ship_in_half_precision_and_come_back(checkpoints, images) -> None:
    fitted = PatchFeatures()
    fitted.fit(images(120))
    content = checkpoint.to_bytes(checkpoint.halved(fitted.state_dict()))
    about = study.Study(
        name=methods.NAME,
        dataset="mnist",
        method="",
        origin={},
        seconds=1,
        device="",
        files={},
    )
    study.write(about, {methods.PATCHES_FILE: content})
    found = methods.patches("mnist")
    one, other = found.encode(images(4)), fitted.encode(images(4))
    assert torch.allclose(one, other, atol=0.05 * other.abs().max().item())
