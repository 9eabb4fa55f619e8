"""Interpolation, label transfer and attribute directions, against closed forms."""

import math

import numpy as np
import pytest
import torch

from ae_models import inference
from ae_models.base import LacksAbility
from ae_models.images.attributes import measure
from ae_models.tasks import interpolation
from ae_models.tasks.interpolation import Groups
from ae_models.variants.cvae import Cvae
from ae_models.variants.cvae_attributes import CvaeAttributes
from ae_models.variants.plain import PlainAutoencoder
from ae_models.variants.vae import Vae

CODES = (np.random.default_rng(0).normal(size=(400, 6)) * [5, 3, 2, 1, 0.5, 0.1] + 7).astype("f4")
KINDS = {"plain": PlainAutoencoder, "vae": Vae, "cvae": Cvae, "cvae-attributes": CvaeAttributes}


def fresh(kind: str) -> torch.nn.Module:
    """An untrained model whose prior bends codes all the same."""
    torch.manual_seed(1)
    variant = KINDS[kind]
    model = variant(variant.Config(latent_dim=4))
    for name, weight in model.named_parameters():
        if name.startswith("prior"):
            torch.nn.init.normal_(weight, std=0.1)
    return model.eval().requires_grad_(False)


def given(model: torch.nn.Module, *labels: int) -> torch.Tensor | None:
    return torch.tensor(labels) if getattr(model, "needs_label", False) else None


@pytest.mark.parametrize("walk", [interpolation.linear, interpolation.spherical])
@pytest.mark.parametrize("pair", [(0, 1), (2, 2)])
def test_interpolations_start_and_end_at_their_codes(walk, pair) -> None:
    start, end = CODES[list(pair)] - 7
    codes = walk(start, end, 7)
    assert codes.shape == (7, 6) and codes.dtype == np.float32
    assert np.allclose(codes[0], start, atol=1e-5) and np.allclose(codes[-1], end, atol=1e-5)


def test_linear_is_straight_and_spherical_keeps_the_norm() -> None:
    start, end = np.array([3, 0], np.float32), np.array([0, 3], np.float32)
    assert np.allclose(np.diff(interpolation.linear(start, end, 4), axis=0), [[-1, 1]] * 3)
    arc = interpolation.spherical(start, end, 4)
    assert np.allclose(np.linalg.norm(arc, axis=1), 3, atol=1e-5)
    angles = np.degrees(np.arctan2(arc[:, 1], arc[:, 0]))
    assert np.allclose(angles, [0, 30, 60, 90], atol=1e-3)


@pytest.mark.parametrize("end", [[0, 0], [-2, 0], [4, 0]], ids=str)
def test_parallel_codes_are_interpolated_linearly(end: list[int]) -> None:
    start, end = np.array([2, 0], np.float32), np.array(end, np.float32)
    assert np.array_equal(
        interpolation.spherical(start, end, 5), interpolation.linear(start, end, 5)
    )


@pytest.mark.parametrize("way", interpolation.WAYS)
@pytest.mark.parametrize("kind", KINDS)
def test_an_interpolation_begins_and_ends_at_the_reconstructions(
    kind: str, way: str, images
) -> None:
    model, pair = fresh(kind), images(2)
    labels = given(model, 3, 8)
    strip = interpolation.interpolate(model, pair, 7, way, labels)
    ends = inference.reconstruct(model, pair, labels)
    assert strip.shape == (7, 1, 28, 28)
    assert torch.allclose(strip[[0, -1]], ends, atol=1e-5)
    assert not torch.allclose(strip[3], strip[0], atol=1e-5)


def test_a_class_conditional_model_gets_the_nearer_label(images) -> None:
    model, pair = fresh("cvae"), images(2)
    for steps in (6, 7):
        strip = interpolation.interpolate(model, pair, steps, "straight", torch.tensor([3, 8]))
        codes = interpolation.linear(
            *interpolation.encoded(model, pair, torch.tensor([3, 8])), steps
        )
        labels = torch.tensor([3 if step < steps / 2 else 8 for step in range(steps)])
        assert set(labels.tolist()) == {3, 8}
        assert torch.allclose(strip, model.decode(torch.from_numpy(codes), labels), atol=1e-5)


def test_a_cross_fade_mixes_two_images(images) -> None:
    pair = images(2)
    strip = interpolation.cross_fade(pair, 5)
    assert torch.equal(strip[[0, -1]], pair)
    assert torch.allclose(strip[1], 0.75 * pair[0] + 0.25 * pair[1])


def test_from_an_image_to_itself_nothing_moves(images) -> None:
    pair = images(1).repeat(2, 1, 1, 1)
    for way in interpolation.WAYS:
        strip = interpolation.interpolate(fresh("vae"), pair, 4, way)
        assert torch.allclose(strip, strip[:1].expand(4, -1, -1, -1), atol=1e-6)
    assert torch.allclose(interpolation.cross_fade(pair, 3), pair[:1].expand(3, -1, -1, -1))


@pytest.mark.parametrize("kind", ["cvae", "cvae-attributes"])
def test_the_label_changes_and_the_code_stays(kind: str, images) -> None:
    model, x, label = fresh(kind), images(1), torch.tensor([4])
    pictures = interpolation.transfer(model, x, label, "code")
    z = model.encode(x, label)
    for other in range(10):
        expected = model.decode(z, torch.tensor([other]))
        assert torch.allclose(pictures[other], expected[0], atol=1e-5)
    assert len({picture.numpy().tobytes() for picture in pictures}) == 10


@pytest.mark.parametrize("kind", ["cvae", "cvae-attributes"])
def test_the_label_changes_and_the_style_stays(kind: str, images) -> None:
    model, x, label = fresh(kind), images(1), torch.tensor([4])
    style = model.to_style(model.encode(x, label), label)
    pictures = interpolation.transfer(model, x, label, "style")
    for other in range(10):
        z = model.from_style(style, torch.tensor([other]))
        assert torch.allclose(model.to_style(z, torch.tensor([other])), style, atol=1e-3)
        assert torch.allclose(pictures[other], model.decode(z, torch.tensor([other]))[0], atol=1e-4)
    own = inference.reconstruct(model, x, label)
    assert torch.allclose(pictures[4], own[0], atol=1e-4)
    kept = interpolation.transfer(model, x, label, "code")
    assert torch.allclose(pictures[4], kept[4], atol=1e-4)
    assert not torch.allclose(pictures[5], kept[5], atol=1e-4)


def test_label_transfer_needs_a_class_conditional_model(images) -> None:
    with pytest.raises(LacksAbility, match="lacks the ability SamplesInStyles"):
        interpolation.transfer(fresh("vae"), images(1), torch.tensor([0]), "code")


def test_the_most_similar_image_of_each_label_is_another_one(images) -> None:
    among = images(60)
    labels = np.arange(60) % 9  # nobody shows a 9
    found = interpolation.most_similar(among[7:8], among, labels, 10)
    distance = (among - among[7:8]).flatten(1).norm(dim=1)
    distance[7] = torch.inf
    for label in range(9):
        of_label = [i for i in range(60) if labels[i] == label]
        assert found[label] == min(of_label, key=lambda i: distance[i])
    assert found[9] == -1 and 7 not in found
    alone = interpolation.most_similar(among[:1], among[:1], labels[:1], 10)
    assert (alone == -1).all()


def test_groups_are_the_ends_of_an_attribute() -> None:
    values = np.array([5, 1, 4, 2, 3, 9, 0, 8, 7, 6], np.float32)
    groups = interpolation.ends(values, np.arange(10))
    assert set(groups.one) == {6, 1} and set(groups.other) == {5, 7}
    some = interpolation.ends(values, np.array([0, 2, 4, 3, 1]), part=0.4)
    assert set(some.one) == {1, 3} and set(some.other) == {0, 2}
    assert [len(g) for g in interpolation.ends(values, np.arange(3))] == [0, 0]


def test_groups_are_two_classes_or_what_lies_inside() -> None:
    labels = np.array([1, 0, 2, 1, 0])
    groups = interpolation.classes(labels, 1, 2)
    assert groups.one.tolist() == [0, 3] and groups.other.tolist() == [2]
    plane = np.array([[0, 0], [1, 1], [3, 3], [1, -2]], np.float32)
    triangle = np.array([[-1, -1], [4, -1], [0.5, 4]], np.float32)
    assert interpolation.inside(plane, triangle).tolist() == [0, 1]
    assert not len(interpolation.inside(plane, triangle[:2]))


def test_a_planted_direction_is_found() -> None:
    rng = np.random.default_rng(3)
    codes = rng.normal(size=(4000, 5)).astype(np.float32)
    planted = np.array([1, -2, 0, 0.5, 0], np.float32)
    amount = rng.uniform(-1, 1, 4000).astype(np.float32)
    codes += amount[:, None] * planted
    groups = interpolation.ends(amount, np.arange(4000))
    found = interpolation.direction(codes, groups)
    assert found.dtype == np.float32
    span = amount[groups.other].mean() - amount[groups.one].mean()
    assert span == pytest.approx(1.6, abs=0.1)
    assert np.abs(found - span * planted).max() < 0.15
    back = interpolation.direction(codes, Groups(groups.other, groups.one))
    assert np.allclose(back, -found)


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        ([], [1, 2], interpolation.EMPTY),
        ([1, 2], [], interpolation.EMPTY),
        ([3], [1, 2], interpolation.ONE),
        ([1, 2], [2, 1], interpolation.SAME),
    ],
)
def test_groups_without_a_direction_are_refused(one, other, said: str) -> None:
    groups = Groups(np.array(one, np.int64), np.array(other, np.int64))
    with pytest.raises(ValueError) as refused:
        interpolation.direction(CODES, groups)
    assert str(refused.value) == said


@pytest.mark.parametrize("kind", ["plain", "cvae"])
def test_an_image_is_moved_by_steps_from_its_reconstruction(kind: str, images) -> None:
    model, x = fresh(kind), images(1)
    label = given(model, 6)
    along = np.array([1, 0, -1, 2], np.float32)
    steps = np.array([-1.5, 0, 2], np.float32)
    pictures = interpolation.moved(model, x, along, steps, label)
    assert torch.allclose(pictures[1], inference.reconstruct(model, x, label)[0], atol=1e-5)
    z = model.encode(x, label) + 2 * torch.from_numpy(along)
    assert torch.allclose(pictures[2], model.decode(z, label)[0], atol=1e-5)


def test_pixels_are_moved_by_the_difference_of_mean_images(images) -> None:
    x = images(40)
    flat = x.flatten(1).numpy()
    groups = Groups(np.arange(20), np.arange(20, 40))
    along = interpolation.direction(flat, groups)
    steps = np.array([0, 1, -3], np.float32)
    pictures = interpolation.moved_pixels(x[:1], along, steps)
    assert torch.allclose(pictures[0], x[0], atol=1e-6)
    way = x[20:].mean(0) - x[:20].mean(0)
    assert torch.allclose(pictures[1], (x[0] + way).clamp(0, 1), atol=1e-5)
    assert pictures.min() >= 0 and pictures.max() <= 1


def test_strokes_grow_along_the_direction_from_thin_to_thick(lacking) -> None:
    import ae_models
    from ae_models import datasets
    from ae_models.artifacts import card, image_source

    if not (card.folder("mnist", "vae") / "card.json").exists():
        lacking("needs the checkpoint vae of mnist")
    shown = image_source.load("mnist", "test")
    x = datasets.to_tensor(shown.pixels[:1000])
    model = ae_models.load("mnist", "vae")
    values = measure(["thickness"], x)[:, 0].numpy()
    groups = interpolation.ends(values, np.arange(len(x)))
    along = interpolation.direction(interpolation.encoded(model, x, None), groups)
    steps = np.array([-1, 0, 1], np.float32)
    risen = []
    for i in range(20):
        widths = measure(["thickness"], interpolation.moved(model, x[i : i + 1], along, steps))
        risen.append(bool((widths[1:] > widths[:-1]).all()))
        assert all(map(math.isfinite, widths.flatten().tolist()))
    assert sum(risen) >= 19
