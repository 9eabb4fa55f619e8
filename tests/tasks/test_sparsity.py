"""Active units, activation rates and cumulative reconstructions, against plain loops."""

import numpy as np
import pytest
import torch

from ae_models.metric_key import Metric
from ae_models.tasks import sparsity
from ae_models.variants.sparse import Sparse, SparseConfig

CODES = np.array([[0, 2, 0, 1], [0, 0, 0, 3], [0, 4, 0, 0]], np.float32)


@pytest.fixture
def model() -> Sparse:
    torch.manual_seed(0)
    return Sparse(SparseConfig(latent_dim=20)).eval().requires_grad_(False)


def test_active_units_are_sorted_by_activation() -> None:
    active = sparsity.active_units(np.array([0, 1, 0, -4, 3, 0], np.float32))
    assert active.units.tolist() == [3, 4, 1]
    assert active.activations.tolist() == [-4, 3, 1]
    assert active.shares.tolist() == pytest.approx([4 / 8, 3 / 8, 1 / 8])
    assert not len(sparsity.active_units(np.zeros(5, np.float32)).units)


def test_activity_counts_units_images_and_dead_units() -> None:
    activity = sparsity.activity(CODES)
    assert activity.mean.tolist() == pytest.approx([0, 2, 0, 4 / 3])
    assert activity.rate.tolist() == pytest.approx([0, 2 / 3, 0, 2 / 3])
    assert activity.counts.tolist() == [2, 1, 1]
    assert activity.dead == 2
    assert not any(array.flags.writeable for array in activity)


def test_mean_count_equals_the_figure_of_the_card(model, images) -> None:
    x = images(30)
    counts = sparsity.activity(model.encode(x).numpy()).counts
    assert counts.mean() == pytest.approx(model.extra_metrics(x)[Metric("active_units")], rel=1e-6)


def test_reconstruction_is_the_sum_of_the_atoms(model, images) -> None:
    z = model.encode(images(1))[0].numpy()
    active = sparsity.active_units(z)
    assert 3 < len(active.units) < 20
    pictures = sparsity.cumulative_reconstructions(model, z, len(active.units))
    logits = model.decoder.bias.clone()
    for count, unit in enumerate(active.units):
        atom = model.decoder.weight[:, unit]
        logits = logits + z[unit] * atom / atom.norm()
        assert torch.allclose(pictures[count].flatten(), logits.sigmoid(), atol=1e-5), count
    whole = model.decode(torch.from_numpy(z)[None])
    assert torch.allclose(pictures[-1], whole[0], atol=1e-6)
    assert torch.allclose(sparsity.cumulative_reconstructions(model, z, 2), pictures[:2], atol=1e-6)


def test_no_active_unit_gives_no_reconstruction(model) -> None:
    assert sparsity.cumulative_reconstructions(model, np.zeros(20, np.float32), 5).shape == (
        0,
        1,
        28,
        28,
    )


def test_top_activating_images_are_those_with_an_active_unit() -> None:
    assert sparsity.top_activating(CODES, 1, 5).tolist() == [2, 0]
    assert sparsity.top_activating(CODES, 1, 1).tolist() == [2]
    assert sparsity.top_activating(CODES, 0, 5).tolist() == []
