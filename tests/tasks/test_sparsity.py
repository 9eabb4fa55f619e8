"""Who fires, how strongly, and what they draw together, against plain loops."""

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


def test_who_fires_comes_strongest_first() -> None:
    firing = sparsity.firing(np.array([0, 1, 0, -4, 3, 0], np.float32))
    assert firing.units.tolist() == [3, 4, 1]
    assert firing.strengths.tolist() == [-4, 3, 1]
    assert firing.shares.tolist() == pytest.approx([4 / 8, 3 / 8, 1 / 8])
    assert not len(sparsity.firing(np.zeros(5, np.float32)).units)


def test_activity_counts_units_images_and_the_dead() -> None:
    activity = sparsity.activity(CODES)
    assert activity.mean.tolist() == pytest.approx([0, 2, 0, 4 / 3])
    assert activity.often.tolist() == pytest.approx([0, 2 / 3, 0, 2 / 3])
    assert activity.counts.tolist() == [2, 1, 1]
    assert activity.dead == 2
    assert not any(array.flags.writeable for array in activity)


def test_the_count_is_that_of_the_card(model, images) -> None:
    x = images(30)
    counts = sparsity.activity(model.encode(x).numpy()).counts
    assert counts.mean() == pytest.approx(model.extra_metrics(x)[Metric("active_units")], rel=1e-6)


def test_a_picture_is_the_sum_of_what_its_units_draw(model, images) -> None:
    z = model.encode(images(1))[0].numpy()
    firing = sparsity.firing(z)
    assert 3 < len(firing.units) < 20
    pictures = sparsity.built_up(model, z, len(firing.units))
    logits = model.decoder.bias.clone()
    for count, unit in enumerate(firing.units):
        drawing = model.decoder.weight[:, unit]
        logits = logits + z[unit] * drawing / drawing.norm()
        assert torch.allclose(pictures[count].flatten(), logits.sigmoid(), atol=1e-5), count
    whole = model.decode(torch.from_numpy(z)[None])
    assert torch.allclose(pictures[-1], whole[0], atol=1e-6)
    assert torch.allclose(sparsity.built_up(model, z, 2), pictures[:2], atol=1e-6)


def test_nothing_is_built_of_no_units(model) -> None:
    assert sparsity.built_up(model, np.zeros(20, np.float32), 5).shape == (0, 1, 28, 28)


def test_the_loudest_images_of_a_unit_are_those_in_which_it_fires() -> None:
    assert sparsity.loudest(CODES, 1, 5).tolist() == [2, 0]
    assert sparsity.loudest(CODES, 1, 1).tolist() == [2]
    assert sparsity.loudest(CODES, 0, 5).tolist() == []
