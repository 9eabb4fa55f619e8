"""Projections of codes, against scikit-learn."""

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA

from ae_models.artifacts import checkpoint
from ae_models.tasks import projection

CODES = (np.random.default_rng(0).normal(size=(400, 6)) * [5, 3, 2, 1, 0.5, 0.1] + 7).astype("f4")


def test_principal_directions_are_scikit_learns_up_to_sign() -> None:
    ours, theirs = projection.principal(CODES), PCA(6).fit(CODES.astype("f8"))
    sign = np.sign((ours.directions * theirs.components_).sum(1, keepdims=True))
    assert np.allclose(ours.directions * sign, theirs.components_, atol=1e-4)
    assert np.allclose(ours.spread**2, theirs.explained_variance_, rtol=1e-4)
    assert np.allclose(projection.shares(ours), theirs.explained_variance_ratio_, atol=1e-5)
    plane = projection.on_plane(CODES, ours)
    assert np.allclose(plane * sign[:2, 0], theirs.transform(CODES)[:, :2], atol=1e-3)
    assert not any(array.flags.writeable for array in ours)


def test_one_dimension_and_no_spread_do_not_divide_by_nothing() -> None:
    one = projection.principal(CODES[:, :1])
    assert one.directions.shape == (1, 1) and one.spread[0] == pytest.approx(
        CODES[:, 0].std(ddof=1)
    )
    same = projection.principal(np.ones((10, 3), np.float32))
    assert not same.spread.any() and np.isfinite(projection.shares(same)).all()


def test_a_step_along_a_direction_is_one_standard_deviation() -> None:
    axes = projection.principal(CODES)
    moved = projection.along(CODES[0], axes, np.array([0, 2], np.float32))
    assert np.allclose(moved, CODES[0] + 2 * axes.spread[1] * axes.directions[1], atol=1e-5)
    assert moved.dtype == np.float32
    still = projection.along(CODES[0], axes, np.zeros(3, np.float32))
    assert np.array_equal(still, CODES[0])


def test_a_map_round_trips(checkpoints) -> None:
    plane = CODES[:, :2] * 10
    checkpoint.write("mnist", "vae", projection.FILE, projection.to_bytes(plane))
    found = projection.shipped("mnist", "vae")
    assert found is not None and found.dtype == np.float32 and not found.flags.writeable
    assert np.allclose(found, plane, rtol=1e-3)
    assert projection.shipped("mnist", "conv") is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"text",
        projection.to_bytes(CODES[:, :2])[:-1],
        projection.to_bytes(CODES[:, :3]),
        projection.to_bytes(CODES[:, :2] * np.nan),
        checkpoint.to_bytes({"other": torch.zeros(5, 2)}),
    ],
    ids=["empty", "text", "cut", "three columns", "NaN", "another key"],
)
def test_a_damaged_map_is_left_out(content: bytes, checkpoints) -> None:
    checkpoint.write("mnist", "vae", projection.FILE, content)
    assert projection.shipped("mnist", "vae") is None


def test_tsne_keeps_neighbours_together_and_a_seed_repeats() -> None:
    rng = np.random.default_rng(0)
    group = np.repeat(np.arange(3), 20)
    codes = (rng.normal(size=(60, 5)) + 30 * np.eye(5)[group]).astype(np.float32)
    plane = projection.tsne(codes, seed=1)
    assert plane.shape == (60, 2) and plane.dtype == np.float32
    distance = np.linalg.norm(plane[:, None] - plane, axis=2) + 1e9 * np.eye(60)
    assert np.array_equal(group[distance.argmin(1)], group)
    assert np.array_equal(plane, projection.tsne(codes, seed=1))
