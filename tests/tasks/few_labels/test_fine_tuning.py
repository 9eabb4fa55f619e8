"""A pretrained encoder with a softmax layer on top, and the same from random weights."""

import torch

from ae_models.tasks.few_labels import fine_tuning
from ae_models.variants.stacked import Stacked, StackedConfig


def small() -> Stacked:
    torch.manual_seed(5)
    return Stacked(StackedConfig(latent_dim=30, hidden=(200,))).eval().requires_grad_(False)


def test_it_begins_with_the_pretrained_weights_and_leaves_them_alone(monkeypatch, images) -> None:
    monkeypatch.setattr(fine_tuning, "RATE", 0.0)
    start = small()
    net = fine_tuning.tune(start, images(10), torch.arange(10), random=False, seed=0)
    assert all(torch.equal(a.weight, b.weight) for a, b in zip(net.down, start.down, strict=True))
    fresh = fine_tuning.tune(start, images(10), torch.arange(10), random=True, seed=0)
    assert not torch.equal(fresh.down[0].weight, start.down[0].weight)
    assert torch.allclose(net(images(3)), net.top(start.encode(images(3))), atol=1e-5)


def test_it_fits_its_images_and_leaves_the_pretrained_net_unchanged(digits) -> None:
    x, labels = digits
    start = small()
    before = start.down[0].weight.clone()
    net = fine_tuning.tune(start, x[:40], labels[:40], random=False, seed=0)
    assert (net(x[:40]).argmax(dim=1) == labels[:40]).float().mean() > 0.9
    assert torch.equal(start.down[0].weight, before)


def test_the_global_random_numbers_are_left_alone_and_a_seed_repeats(digits) -> None:
    x, labels = digits
    start = small()
    state = torch.get_rng_state()
    one = fine_tuning.tune(start, x[:20], labels[:20], random=True, seed=4)
    assert torch.equal(torch.get_rng_state(), state)
    torch.rand(3)  # what others draw in between
    other = fine_tuning.tune(start, x[:20], labels[:20], random=True, seed=4)
    assert torch.equal(one(x[:5]), other(x[:5]))


def test_few_images_are_shown_as_often_as_many() -> None:
    for images in (10, 20, 50, 100, 1000):
        phase, repeats = fine_tuning.plan(images)
        steps = phase.epochs * (images * repeats // phase.batch_size)
        assert fine_tuning.STEPS <= steps <= 1.5 * fine_tuning.STEPS
