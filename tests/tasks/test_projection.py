"""Codes on a plane, and walks between them."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.decomposition import PCA

from ae_models import checkpoint
from ae_models.tasks import projection

CODES = (
    np.random.default_rng(0).normal(size=(300, 6)) * [5, 4, 3, 2, 1, 0.5] + np.arange(6)
).astype(np.float32)
A, B = CODES[0], CODES[1]


def test_the_plane_is_that_of_scikit_learn() -> None:
    ours = projection.on_plane(CODES, projection.principal(CODES))
    theirs = PCA(2).fit_transform(CODES)
    for axis in (0, 1):  # a direction has no sign
        sign = np.sign(ours[:, axis] @ theirs[:, axis])
        assert ours[:, axis] == pytest.approx(sign * theirs[:, axis], abs=1e-3)


def test_shares_are_those_of_scikit_learn() -> None:
    shares = projection.shares(projection.principal(CODES))
    assert shares == pytest.approx(PCA().fit(CODES).explained_variance_ratio_, abs=1e-5)


def test_equal_codes_have_no_variance_to_share() -> None:
    assert not projection.shares(projection.principal(np.ones((5, 3), np.float32))).any()


def test_principal_directions_refuse_to_be_written_to() -> None:
    for part in projection.principal(CODES):
        with pytest.raises(ValueError, match="read-only"):
            part[0] = 1


def test_a_step_along_a_direction_is_one_standard_deviation() -> None:
    axes = projection.principal(CODES)
    assert projection.along(A, axes, np.zeros(3, np.float32)) == pytest.approx(A)
    moved = projection.along(A, axes, np.array([0, 1], np.float32))
    assert np.linalg.norm(moved - A) == pytest.approx(axes.spread[1], rel=1e-4)
    assert (moved - A) @ axes.directions[1] == pytest.approx(axes.spread[1], rel=1e-4)


@pytest.mark.parametrize("way", [projection.linear, projection.spherical])
def test_a_walk_starts_and_ends_at_its_ends(way) -> None:  # type: ignore[no-untyped-def]
    codes = way(A, B, 7)
    assert codes.shape == (7, 6)
    assert codes.dtype == np.float32
    assert codes[0] == pytest.approx(A, abs=1e-4)
    assert codes[-1] == pytest.approx(B, abs=1e-4)


def test_the_arc_between_two_codes_of_one_length_keeps_it() -> None:
    start, end = np.eye(2, dtype=np.float32) * 3
    lengths = np.linalg.norm(projection.spherical(start, end, 9), axis=1)
    assert lengths == pytest.approx(np.full(9, 3.0), rel=1e-5)
    assert np.linalg.norm(projection.linear(start, end, 3)[1]) == pytest.approx(3 / 2**0.5)


@pytest.mark.parametrize("end", [A, -A, 2 * A, 0 * A])
def test_the_arc_is_straight_where_there_is_no_angle(end: np.ndarray) -> None:
    codes = projection.spherical(A, end, 5)
    assert np.isfinite(codes).all()
    assert codes == pytest.approx(projection.linear(A, end, 5))


def test_a_shipped_map_comes_back(checkpoints: Path) -> None:
    assert projection.shipped("mnist", "vae") is None
    plane = CODES[:, :2]
    checkpoint.write("mnist", "vae", projection.FILE, projection.to_bytes(plane))
    found = projection.shipped("mnist", "vae")
    assert found is not None
    assert found == pytest.approx(plane, rel=1e-3, abs=1e-3)
    assert not found.flags.writeable


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no safetensors",
        projection.to_bytes(CODES[:, :3]),
        projection.to_bytes(CODES[:, :2])[:-1],
        projection.to_bytes(np.full((4, 2), np.nan, np.float32)),
    ],
    ids=["empty", "text", "three columns", "truncated", "not finite"],
)
def test_a_damaged_map_is_not_offered(checkpoints: Path, content: bytes) -> None:
    checkpoint.write("mnist", "vae", projection.FILE, content)
    assert projection.shipped("mnist", "vae") is None
