"""The effects that presets describe, measured on fewer images or epochs than on the page."""

import math
from functools import cache

import pytest
import torch

from ae_models.live.config import Choice
from ae_models.live.presets import PRESETS
from ae_models.live.session import LiveSession, Snapshot

BETWEEN = 50  # batches from snapshot to snapshot


@cache
def trained(choice: Choice) -> Snapshot:
    session = LiveSession(choice, torch.device("cpu"))
    session.snapshot()
    while session.advance():
        if session.step % BETWEEN == 0:
            session.snapshot()
    return session.snapshot()


def told(name: str, *changes: dict[str, object]) -> list[Snapshot]:
    """The runs of a preset, each with changes that make it shorter."""
    choices = PRESETS[name].choices
    changes = changes * (len(choices) if len(changes) == 1 else 1)
    return [
        trained(Choice.model_validate(choice.model_dump() | change))
        for choice, change in zip(choices, changes, strict=True)
    ]


def gap(snapshot: Snapshot) -> float:
    """Ratio of the error on validation images to that on training images."""
    return snapshot.points[-1].mse / snapshot.points[-1].mse_trained


def by_centres(snapshot: Snapshot) -> float:
    """How often the nearest centre of a class, of codes, is that of the image's own."""
    assert snapshot.codes is not None
    codes, labels = torch.tensor(snapshot.codes), torch.tensor(snapshot.labels)
    centres = torch.stack([codes[labels == label].mean(0) for label in range(10)])
    return (torch.cdist(codes, centres).argmin(1) == labels).float().mean().item()


def test_a_preset_fits_the_page() -> None:
    assert next(iter(PRESETS)) == "plain" and PRESETS["plain"].choices == (Choice(),)
    for preset in PRESETS.values():
        assert 1 <= len(preset.choices) <= 2 and preset.notice.startswith("Notice: ")
        batches = [
            choice.images // choice.batch_size * sum(p.epochs for p in choice.phases())
            for choice in preset.choices
        ]
        assert max(batches) <= 2_500  # half a minute or so


def test_plain_it_learns_the_average_first_and_strokes_later() -> None:
    (snapshot,) = told("plain", {"images": 1500})
    errors = [point.mse for point in snapshot.points]
    assert errors[0] > 0.2 and errors[1] < 0.09 and errors[-1] < 0.7 * errors[1]


def test_in_two_dimensions_the_classes_separate() -> None:
    (snapshot,) = told("plane", {"images": 1000})
    (start,) = told("plane", {"images": 100, "epochs": 1, "learning_rate": 1e-6})
    assert by_centres(snapshot) > by_centres(start) + 0.05 and by_centres(snapshot) > 0.35
    terms = [point.validation for point in snapshot.points]
    assert terms[-1]["kl"] > 1 and terms[-1]["reconstruction"] < terms[1]["reconstruction"]


def test_deep_sigmoids_hardly_learn_until_they_are_pretrained() -> None:
    random, greedy = told("deep", {"images": 1000, "epochs": 16}, {"images": 1000, "epochs": 4})
    assert random.step == greedy.step  # with no more epochs in all
    early = random.points[1].gradients
    assert early["down.0"] < early["up.0"] / 100
    assert greedy.points[-1].mse < 0.85 * random.points[-1].mse


def test_too_high_a_rate_ends_with_good_weights() -> None:
    wild, calm = told("rate", {"images": 1000, "epochs": 2})
    assert wild.state == "diverged" and "were kept" in wild.reason
    assert math.isfinite(wild.points[-1].mse)
    assert calm.state == "finished" and calm.points[-1].mse < 0.5 * calm.points[0].mse


def test_two_latent_dimensions_are_too_few() -> None:
    two, more = told("small", {"images": 1000, "epochs": 20})
    assert more.points[-1].mse < 0.8 * two.points[-1].mse
    assert gap(two) < 1.1  # it is no overfitting


def test_an_overcomplete_code_copies() -> None:
    copying, squeezing = told("copying", {"images": 1500, "epochs": 8})
    assert copying.copied_mse < 0.4 * squeezing.copied_mse
    assert copying.points[-1].mse < squeezing.points[-1].mse < 0.07


def test_a_heavy_kl_term_makes_the_code_collapse() -> None:
    collapsed, alive = told("collapse", {"images": 1000, "epochs": 20})
    assert collapsed.points[-1].validation["kl"] / 10 < 0.1 < 1 < alive.points[-1].validation["kl"]
    spread = collapsed.reconstructed.astype(float).std(axis=0).mean()
    assert spread < 0.2 * alive.reconstructed.astype(float).std(axis=0).mean()


@pytest.mark.parametrize("name", ["bottleneck", "noise", "dropout", "sparse"])
def test_each_closes_a_part_of_the_gap(name: str) -> None:
    free, held = told(name, {"epochs": 60})
    assert free.points[-1].mse_trained < free.points[-1].mse / 2  # the gap opened
    assert gap(held) < 0.7 * gap(free)
