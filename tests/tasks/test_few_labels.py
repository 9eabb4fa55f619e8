"""Few labels: balanced draws, heads against scikit-learn, and no label or image that leaks."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC

from ae_models import card, checkpoint, data, recipes, study
from ae_models.images.patches import Patches
from ae_models.tasks import few_labels, few_labels_making
from ae_models.tasks.few_labels import HEADS, NETS, PATCHES, PIXELS, RANDOM, TooFew

SHIPPED = [d for d in data.DATASETS if (card.folder(d, few_labels.NAME) / study.FILE).exists()]


@pytest.fixture(scope="module")
def seen(digits) -> tuple[few_labels.Seen, np.ndarray, np.ndarray]:
    """Small digits: 1,500 that stand by and 297 that are asked about, and the labels of both."""
    x, labels = digits
    pixels = data.to_pixels(x)
    known, asked = (few_labels.features([], part) for part in (pixels[:1500], pixels[1500:]))
    joined = few_labels.joined_up(few_labels.side_by_side(known, asked))
    return joined, labels[:1500].numpy(), labels[1500:].numpy()


def test_draws_are_balanced_nested_and_repeat(seen) -> None:
    _, labels, _ = seen
    large = few_labels.draw(labels, 500, 3)
    assert len(set(large.tolist())) == 500
    assert (np.bincount(labels[large]) == 50).all()
    small = few_labels.draw(labels, 20, 3)
    assert (small == large[:20]).all()
    assert (labels[small[:10]] == np.arange(10)).all()
    assert (few_labels.draw(labels, 20, 3) == small).all()
    assert (few_labels.draw(labels, 20, 4) != small).any()


@pytest.mark.parametrize("total", [0, 9, 5_000])
def test_a_draw_that_cannot_be_balanced_is_refused(seen, total: int) -> None:
    with pytest.raises(TooFew, match="too few"):
        few_labels.draw(seen[1], total, 0)


def test_none_is_drawn_from_the_validation_part() -> None:
    images = data.frozen(np.zeros((7_000, 28, 28), np.uint8), np.arange(7_000) % 10, decoded=False)
    kept, _ = data.split_off_validation(7_000)
    whole = np.zeros(7_000, np.uint8)
    whole[kept] = 1
    marked = data.frozen(
        whole[:, None, None].repeat(28, 1).repeat(28, 2), images.labels, decoded=False
    )
    assert few_labels.pool(marked).pixels.all()
    decoded = marked._replace(decoded=True)
    assert few_labels.pool(decoded) is decoded


def test_heads_say_what_scikit_learn_says(seen) -> None:
    seen, labels, _ = seen
    rows = few_labels.draw(labels, 100, 0)
    a, y = seen.known[rows], labels[rows]
    gamma = 1 / a.shape[1]
    expected = SVC(C=few_labels.SVM_C, gamma=gamma).fit(a, y).predict(seen.asked)
    assert (few_labels.predict("RBF SVM", seen, rows, y) == expected).mean() > 0.99
    expected = LogisticRegression(C=few_labels.LOGISTIC_C, max_iter=300).fit(a, y)
    found = few_labels.predict("logistic regression", seen, rows, y)
    assert (found == expected.predict(seen.asked)).mean() > 0.99


def test_the_unlabelled_help(seen) -> None:
    seen, labels, truth = seen
    right = {head: [] for head in HEADS}
    for seed in range(3):
        rows = few_labels.draw(labels, 20, seed)
        for head, found in right.items():
            told = few_labels.predict(head, seen, rows, labels[rows])
            found.append(few_labels.accuracy(told, truth))
    means = {head: np.mean(found) for head, found in right.items()}
    assert means["label spreading"] > means["RBF SVM"] + 0.03 > 0.6


def test_codes_side_by_side_weigh_the_same() -> None:
    random = np.random.default_rng(0)
    one, other = random.normal(5, 100, (400, 3)), random.normal(-1, 0.01, (400, 60))
    known = [a.astype(np.float32) for a in (one, other)]
    seen = few_labels.side_by_side(known, [a[:7] for a in known])
    assert seen.known.shape == (400, 63) and np.allclose(seen.known[:7], seen.asked, atol=1e-4)
    assert seen.known.std() == pytest.approx(1, abs=0.01)
    first, second = np.square(seen.known[:, :3]).sum(), np.square(seen.known[:, 3:]).sum()
    assert first == pytest.approx(second, rel=0.01)


@pytest.mark.parametrize("head", HEADS)
def test_a_missing_class_is_never_told_and_one_class_is_refused(seen, head: str) -> None:
    seen, labels, _ = seen
    rows = few_labels.draw(labels, 10, 0)
    some = rows[labels[rows] != 7]
    assert len(some) == 9
    assert 7 not in few_labels.predict(head, seen, some, labels[some])
    with pytest.raises(TooFew, match="one class"):
        few_labels.predict(head, seen, rows[:1].repeat(3), labels[rows[:1]].repeat(3))
    with pytest.raises(TooFew, match="No image"):
        few_labels.predict(head, seen, rows[:0], labels[:0])


def test_accuracy_without_images_is_no_number() -> None:
    assert np.isnan(few_labels.accuracy(np.zeros(0, np.int64), np.zeros(0, np.int64)))
    assert few_labels.accuracy(np.array([1, 2, 3, 4]), np.array([1, 2, 3, 0])) == 0.75


def test_mean_and_spread_are_those_of_numpy() -> None:
    mean, spread = few_labels.mean_and_spread([[0.1, 0.3], [0.5, 0.5]])
    assert mean.tolist() == pytest.approx([0.2, 0.5])
    assert spread.tolist() == pytest.approx([np.std([0.1, 0.3], ddof=1), 0])


@pytest.mark.parametrize("dataset", data.DATASETS)
def test_no_feature_comes_from_a_net_that_was_told_labels(dataset: str) -> None:
    nets = {part for name in few_labels.FEATURES for part in few_labels.parts(dataset, name)}
    assert nets >= {"conv", "undercomplete", PATCHES}
    assert not nets & set(few_labels.TOLD)
    for name in nets & set(recipes.RECIPES):
        recipe = recipes.recipe(dataset, name)
        assert recipe.variant not in few_labels.TOLD
        assert all(getattr(phase, "target", "image") == "image" for phase in recipe.phases)


# What follows asks the code that makes the curves, on small digits in place of the data sets.
WAYS = [*((head, PIXELS) for head in HEADS), *((NETS[0], name) for name in ("stacked", RANDOM))]
Answers = Callable[..., list[np.ndarray]]


@pytest.fixture
def answers(digits, put, monkeypatch) -> Answers:
    """What every way tells 100 test images to be, when the labels that are not drawn are others."""
    put("stacked", "stacked")
    x, labels = digits
    pixels, truth = data.to_pixels(x), labels.numpy()
    train = data.frozen(np.tile(pixels[:1500], (4, 1, 1)), np.tile(truth[:1500], 4), decoded=False)
    test = data.frozen(pixels[1500:], truth[1500:], decoded=False)
    rows = few_labels.draw(few_labels.pool(train).labels, 20, 0)
    kept, _ = data.split_off_validation(len(train.labels))

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

        monkeypatch.setattr(data, "original", lambda _dataset, split: splits[split])
        monkeypatch.setattr(few_labels, "draw", lambda *_: rows)  # drawn before the scrambling
        monkeypatch.setattr(few_labels, "accuracy", note)
        points = [few_labels_making.Point(*way, 20, 0) for way in WAYS]
        list(few_labels_making.measured("mnist", points, images, Patches()))
        assert len(found) == len(WAYS)
        return found

    return ask


def differ(one: list[np.ndarray], other: list[np.ndarray]) -> list[bool]:
    return [bool((a != b).any()) for a, b in zip(one, other, strict=True)]


def test_labels_that_were_not_drawn_change_nothing(answers: Answers) -> None:
    assert not any(differ(answers(False), answers(True)))


@pytest.mark.parametrize("split", ["train", "test"])
def test_a_leak_that_is_planted_is_found(answers: Answers, monkeypatch, split: data.Split) -> None:
    """A head that looks up the labels of a split behind our back must fail the test above."""

    def leaking(seen: few_labels.Seen, drawn: np.ndarray, labels: np.ndarray) -> np.ndarray:
        whole = data.original("mnist", split)
        told = (few_labels.pool(whole) if split == "train" else whole).labels
        if split == "test":
            return told[: len(seen.asked)].copy()
        return few_labels.svm(seen, np.arange(len(told)), told)

    monkeypatch.setitem(few_labels.HEADS, "RBF SVM", leaking)
    found = dict(zip(WAYS, differ(answers(False), answers(True)), strict=True))
    assert found.pop(("RBF SVM", PIXELS))
    assert not any(found.values())


def test_test_images_are_asked_about_one_by_one(answers: Answers) -> None:
    few, more = answers(False, images=30), answers(False, images=100)
    assert not any(differ(few, [told[:30] for told in more]))


@pytest.mark.parametrize("dataset", SHIPPED)
def test_shipped_curves_hold_every_draw_of_every_way(dataset: str) -> None:
    curves = few_labels.curves(dataset)
    assert tuple(curves.sizes) == few_labels.SIZES
    assert [(c.head, c.features) for c in curves.curves] == few_labels_making.ways()
    for curve in curves.curves:
        values = np.array(curve.accuracy)
        assert values.shape == (len(few_labels.SIZES), few_labels.DRAWS), curve.name
        assert ((values > 0.05) & (values < 1)).all(), curve.name
        assert values.mean(axis=1)[-1] > values.mean(axis=1)[0], curve.name
    found = study.read(dataset, few_labels.NAME)
    assert found.test is not None and found.test.images == 10_000
    at = few_labels.SIZES.index(few_labels_making.POINT)
    shipped = {curve.name: curve.accuracy[at][0] for curve in curves.curves}
    again = [f"{head}, {name}" for head, name in few_labels_making.AGAIN]
    assert found.test.values == pytest.approx({name: shipped[name] for name in again}, abs=2e-3)


@pytest.mark.data
@pytest.mark.parametrize(
    ("dataset", "way"),
    [("mnist", ("RBF SVM", "undercomplete")), ("fashion", ("logistic regression", "conv"))],
)
def test_a_point_of_a_shipped_curve_is_found_again(dataset: str, way, original, lacking) -> None:
    if dataset not in SHIPPED:
        lacking(f"needs the study {few_labels.NAME} of {dataset}")
    original(dataset, "test")
    size, seed = 200, 4
    counted = few_labels.patches(dataset)
    point = few_labels_making.Point(*way, size, seed)
    ((_, found),) = few_labels_making.measured(dataset, [point], 10_000, counted)
    (curve,) = (c for c in few_labels.curves(dataset).curves if (c.head, c.features) == way)
    assert found == pytest.approx(curve.accuracy[few_labels.SIZES.index(size)][seed], abs=1e-3)


@pytest.mark.parametrize("dataset", SHIPPED)
def test_damaged_files_are_named(dataset: str, tmp_path, monkeypatch) -> None:
    here = card.folder(dataset, few_labels.NAME)
    there = tmp_path / dataset / few_labels.NAME
    there.mkdir(parents=True)
    for path in here.iterdir():
        content = bytearray(path.read_bytes())
        if path.name != study.FILE:
            content[len(content) // 2] ^= 1
        (there / path.name).write_bytes(bytes(content))
    monkeypatch.setattr(card, "CHECKPOINTS", tmp_path)
    with pytest.raises(checkpoint.CheckpointError, match=r"curves\.json is damaged"):
        few_labels.curves(dataset)
    with pytest.raises(checkpoint.CheckpointError, match=r"patches\.safetensors is damaged"):
        few_labels.patches(dataset)


def test_patches_ship_in_half_precision_and_come_back(checkpoints, images) -> None:
    fitted = Patches()
    fitted.fit(images(120))
    content = checkpoint.to_bytes(checkpoint.halved(fitted.state_dict()))
    about = study.Study(
        name=few_labels.NAME,
        dataset="mnist",
        method="",
        origin={},
        seconds=1,
        device="",
        files={},
    )
    study.write(about, {few_labels.PATCHES_FILE: content})
    found = few_labels.patches("mnist")
    one, other = found.encode(images(4)), fitted.encode(images(4))
    assert torch.allclose(one, other, atol=0.05 * other.abs().max().item())
