"""Random views of an image, and the contrastive training."""

import pytest
import torch

from ae_models.datasets import DATASETS
from ae_models.networks import simclr
from ae_models.networks.simclr import SimClr, Views, contrastive_loss, view, views_of
from ae_models.training.loop import train
from ae_models.training.phases import GradientPhase, TrainingSet
from ae_models.training.state import TrainingState

STILL = Views(False, 0, 0, 1, 1, 1, 0, 0, 0)  # a view that is the image itself


def test_a_view_may_be_the_image_itself_or_its_mirror(images) -> None:
    x = images(6)
    seen = view(x, STILL, torch.Generator().manual_seed(0))
    assert torch.allclose(seen, x, atol=1e-4)
    both = view(x, STILL._replace(mirrored=True), torch.Generator().manual_seed(0))
    mirrored = [torch.allclose(a, b.flip(2), atol=1e-4) for a, b in zip(both, x, strict=True)]
    kept = [torch.allclose(a, b, atol=1e-4) for a, b in zip(both, x, strict=True)]
    assert all(m or k for m, k in zip(mirrored, kept, strict=True)) and any(mirrored) and any(kept)


@pytest.mark.parametrize("dataset", DATASETS)
def test_views_differ_stay_in_range_and_repeat_with_the_seed(dataset: str, images) -> None:
    x = images(20)
    first, again = (view(x, views_of(dataset), torch.Generator().manual_seed(1)) for _ in range(2))
    assert torch.equal(first, again)
    assert first.shape == x.shape and first.min() >= 0 and first.max() <= 1
    assert (first - x).abs().mean() > 0.02
    assert not torch.equal(first, view(x, views_of(dataset), torch.Generator().manual_seed(2)))


def test_views_that_agree_cost_less_than_views_of_other_images() -> None:
    z = torch.eye(8)
    other = z.roll(1, dims=0)
    assert contrastive_loss(z, z).item() < 0.1 < 2 < contrastive_loss(z, other).item()
    # Two images, all four codes alike: each picks its partner out of three by chance.
    assert contrastive_loss(torch.ones(2, 4), torch.ones(2, 4)).item() == pytest.approx(
        1.0986, abs=1e-3
    )


def test_training_needs_no_label(digits, monkeypatch) -> None:
    monkeypatch.setattr(simclr, "FEATURES", 16)
    x, labels = digits
    losses = []
    for given in (labels[:400], torch.zeros(400, dtype=torch.long)):
        torch.manual_seed(0)
        run = TrainingState(
            SimClr(views_of("mnist")),
            [GradientPhase(2, 4e-3, 100, part="whole")],
            0,
            torch.device("cpu"),
        )
        part = TrainingSet(x[:400], given, x[400:500], labels[400:500])
        losses.append([sum(epoch.loss.values()) for epoch in train(run, part)])
    assert losses[0] == losses[1]
    assert losses[0][1] < losses[0][0]


def test_a_code_has_unit_length(images) -> None:
    torch.manual_seed(0)
    z = SimClr(views_of("mnist")).eval().encode(images(5))
    assert torch.allclose(z.norm(dim=1), torch.ones(5), atol=1e-5)
