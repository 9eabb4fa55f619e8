"""Patch features against the same computation written as plain loops."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from ae_models import inference
from ae_models.networks import patch_features
from ae_models.networks.patch_features import PatchFeatures


@pytest.fixture
def small(monkeypatch) -> PatchFeatures:
    """A code of few centres."""
    monkeypatch.setattr(patch_features, "CENTRES", 12)
    monkeypatch.setattr(patch_features, "DIMENSIONS", 5)
    return PatchFeatures()


def by_hand(model: PatchFeatures, x: torch.Tensor) -> torch.Tensor:
    """What `activations` gives, one patch after the other."""
    rows = F.unfold(x, patch_features.SIDE).transpose(1, 2)  # (B, 529, 36)
    rows = rows - rows.mean(dim=2, keepdim=True)
    rows = rows / (rows.std(dim=2, keepdim=True) + patch_features.EPSILON)
    seen = (rows - model.mean) @ model.whitening
    distance = torch.cdist(seen, model.centres.expand(len(x), -1, -1))
    nearer = (distance.mean(dim=2, keepdim=True) - distance).clamp(min=0)
    field = nearer.transpose(1, 2).reshape(len(x), -1, 23, 23)
    return F.adaptive_avg_pool2d(field, patch_features.GRID).flatten(1).sqrt()


def test_convolutions_count_what_loops_count(small, images) -> None:
    x = images(40)
    small.fit(x)
    assert torch.allclose(small.activations(x[:3]), by_hand(small, x[:3]), atol=2e-3)


def test_the_code_consists_of_principal_components_of_the_activations(small, images) -> None:
    x = images(60)
    small.fit(x)
    z = inference.encode(small, x)
    assert z.shape == (60, 5)
    assert z.mean(dim=0).abs().max() < 1e-3
    spread = z.std(dim=0)
    assert (spread.diff() <= 1e-6).all()  # the largest direction first
    gram = small.directions.T @ small.directions
    assert torch.allclose(gram, torch.eye(5), atol=1e-4)


def test_the_same_images_give_the_same_code(small, images) -> None:
    x = images(40)
    small.fit(x, seed=3)
    once = small.encode(x)
    other = PatchFeatures()
    other.fit(x, seed=3)
    assert torch.equal(once, other.encode(x))


def test_an_empty_image_has_a_finite_code(small, images) -> None:
    small.fit(images(40))
    for value in (0.0, 1.0):
        assert small.encode(torch.full((1, 1, 28, 28), value)).isfinite().all()
    assert small.encode(torch.zeros(0, 1, 28, 28)).shape == (0, 5)


def test_centres_are_found_where_the_points_are(monkeypatch) -> None:
    monkeypatch.setattr(patch_features, "CENTRES", 2)
    random = torch.Generator().manual_seed(0)
    points = torch.cat([torch.zeros(50, 3), torch.ones(50, 3)])
    points = points + 0.01 * torch.randn(100, 3, generator=random)
    found = patch_features.centres(points, torch.Generator().manual_seed(1))
    assert np.sort(found[:, 0].numpy()).round(1).tolist() == [0.0, 1.0]
